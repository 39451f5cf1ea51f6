/* SPDX-License-Identifier: GPL-2.0-only */
/* dsdt.asl as iasl compiled it; empty, where there was no iasl. */
	.section .rodata
	.globl	acpi_dsdt, acpi_dsdt_end
	.balign	16
acpi_dsdt:
	.incbin	"obj/dsdt.aml"
acpi_dsdt_end:
