// SPDX-License-Identifier: GPL-2.0-only
/* A guest starts as core-vmm/abi/guest.h says. */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

static const uint32_t rodata[] = {0x01234567, 0x89abcdef};
static uint64_t data = 0x0f1e2d3c4b5a6978;
static uint8_t bss[3 * PAGE_SIZE];

static void boot_info(void)
{
	const struct vtg_boot_info *boot = machine.boot;

	test_equal(boot->magic, VTG_BOOT_MAGIC, "boot information: magic");
	test_equal(boot->version, VTG_ABI_VERSION, "boot information: version");
	test_ok(!(boot->flags & VTG_BOOT_NATIVE) == machine.vmm,
		"boot information: native or not, as CPUID says");
	test_equal(boot->memory_bytes % LARGE_SIZE, 0, "memory is a multiple of 2 MiB");
	test_equal(boot->free_start % PAGE_SIZE, 0, "free memory starts at a page");
	test_ok(boot->free_start >= (uint64_t)image_end, "free memory starts behind the image");
	test_ok(boot->free_start < boot->memory_bytes, "there is free memory");
	test_ok(boot->tsc_hz >= 1000000, "the TSC's frequency is told");
	test_ok(boot->args < VTG_MEMORY_START && strlen(machine.args) < 4096,
		"arguments are a string");
}

static void image(void)
{
	uint8_t any = 0;

	for (unsigned i = 0; i < sizeof(bss); i++)
		any |= ((volatile uint8_t *)bss)[i];
	test_equal(any, 0, "what the file does not hold is clear");
	test_equal(*(volatile uint64_t *)&data, 0x0f1e2d3c4b5a6978, "data is loaded");
	test_equal(*(const volatile uint32_t *)&rodata[1], 0x89abcdef, "read-only data is loaded");
}

static void processor(void)
{
	test_equal(entry_state.cs, VTG_CODE_SELECTOR, "CS");
	test_ok(entry_state.ss == VTG_DATA_SELECTOR && entry_state.ds == VTG_DATA_SELECTOR &&
		    entry_state.es == VTG_DATA_SELECTOR,
		"SS, DS, ES");
	test_ok(!entry_state.fs && !entry_state.gs && !entry_state.ldtr,
		"FS, GS and LDTR are null");
	test_equal(entry_state.tr, VTG_TSS_SELECTOR, "TR");
	test_equal(*(uint16_t *)entry_state.idtr, 0, "IDTR has limit 0");
	test_ok(*(uint16_t *)entry_state.gdtr >= VTG_TSS_SELECTOR + 15, "GDTR covers the TSS");
	test_ok(*(uint64_t *)(entry_state.gdtr + 2) < VTG_MEMORY_START,
		"the GDT lies below the guest");
	test_equal(entry_state.rflags & (RFLAGS_IF | RFLAGS_DF | RFLAGS_TF), 0,
		   "interrupts are off");
	test_ok(entry_state.rsp % 16 == 0 && entry_state.rsp <= VTG_MEMORY_START, "RSP");
	test_equal(cr0_read(), CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG, "CR0");
	test_equal(cr4_read(), CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT, "CR4");
	test_equal(rdmsr(MSR_EFER), EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE, "EFER");
}

/* The loader's entry for 2 MiB at @address, without the bits that the processor sets. */
static uint64_t loader_pde(uint64_t address)
{
	const uint64_t *table = (const uint64_t *)cr3_read();

	for (unsigned shift = 39; shift > 21; shift -= 9) {
		uint64_t entry = table[address >> shift & 511];

		if (!(entry & PTE_P) || entry & PTE_PS)
			return 0;
		table = (const uint64_t *)(entry & PTE_ADDRESS);
	}
	return table[address >> 21 & 511] & ~(PTE_A | PTE_D);
}

static void tables(void)
{
	uint64_t end =
	    machine.boot->memory_bytes < 1ul << 30 ? 1ul << 30 : machine.boot->memory_bytes;
	uint64_t wrong = 0;

	for (uint64_t at = 0; at < end; at += LARGE_SIZE)
		wrong += loader_pde(at) != (at | PTE_P | PTE_W | PTE_PS);
	test_ok(cr3_read() < VTG_MEMORY_START, "CR3 lies below the guest");
	test_equal(wrong, 0,
		   "memory and the first GiB are mapped at their addresses, 2 MiB at a time");
}

int main(void)
{
	boot_info();
	image();
	processor();
	tables();
	return test_done();
}
