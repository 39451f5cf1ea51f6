/* SPDX-License-Identifier: GPL-2.0-only */
/* What loader/dsdt.S has of iasl. */
#ifndef TESTS_UNIT_FAKE_DSDT_H
#define TESTS_UNIT_FAKE_DSDT_H

__asm__(".section .rodata\n"
	".globl acpi_dsdt, acpi_dsdt_end\n"
	"acpi_dsdt: .ascii \"DSDT\"\n"
	".zero 60\n"
	"acpi_dsdt_end:\n"
	".previous");

#endif
