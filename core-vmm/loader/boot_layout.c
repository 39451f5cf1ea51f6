/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/boot_layout.h"

#include "core-vmm/loader/acpi_tables.h"
#include "core-vmm/loader/guest_image.h"

#define LOW_MEMORY_END 0xa0000ull /* where a PC has its display and its BIOS */
#define HIGH_MEMORY    0x100000ull

#define TYPE_RAM      1
#define TYPE_RESERVED 2

#define PTE_TABLE 0x003ull /* P, W */
#define PTE_LARGE 0x083ull /* P, W, PS */

/** A native machine's memory is not clear: its firmware was here. */
int boot_pages_clear(struct guest_memory *memory)
{
	int error = 0;

	for (uint64_t gpa = AT_PML4; gpa < AT_STACK_TOP && !error; gpa += PAGE_SIZE) {
		uint64_t hpa = guest_memory_back(memory, gpa);

		error = !hpa;
		if (hpa)
			platform_clear(platform_virt(hpa), PAGE_SIZE);
	}
	return error;
}

static int word_write(struct guest_memory *memory, uint64_t gpa, uint64_t word)
{
	return guest_memory_write(memory, gpa, &word, sizeof(word));
}

int boot_pages_write(struct guest_memory *memory)
{
	uint64_t gigabytes = (memory->bytes + (1ull << 30) - 1) >> 30;
	int error = boot_pages_clear(memory) | word_write(memory, AT_PML4, AT_PDPT | PTE_TABLE);

	for (uint64_t i = 0; i < gigabytes; i++)
		error |= word_write(memory, AT_PDPT + i * 8, (AT_PD + i * PAGE_SIZE) | PTE_TABLE);
	for (uint64_t i = 0; i < gigabytes * 512; i++)
		error |= word_write(memory, AT_PD + i * 8, i << LARGE_SHIFT | PTE_LARGE);
	return error;
}

int boot_segments_write(struct guest_memory *memory, unsigned code_selector, bool code64)
{
	uint16_t io_map = TSS_BYTES;
	const uint64_t gdt[4] = {code64 ? 0x00AF9B000000FFFF : 0x00CF9B000000FFFF,
				 0x00CF93000000FFFF,
				 /* available TSS (SDM vol. 3, 8.2.2, 8.2.3) */
				 (TSS_BYTES - 1) | (AT_TSS & 0xFFFFFF) << 16 | 0x89ull << 40};

	return guest_memory_write(memory, AT_GDT + code_selector, gdt, sizeof(gdt)) |
	       guest_memory_write(memory, AT_TSS + TSS_BYTES - sizeof(io_map), &io_map,
				  sizeof(io_map));
}

int boot_args_write(struct guest_memory *memory, const char *text)
{
	unsigned length = 0;

	while (text[length] && length < GUEST_ARGS_BYTES - 1)
		length++;
	return guest_memory_write(memory, AT_ARGS, text, length) ? -1 : (int)length;
}

void boot_map(const struct guest_memory *memory, struct boot_range map[BOOT_MAP])
{
	map[0] = (struct boot_range){0, LOW_MEMORY_END, TYPE_RAM};
	map[1] = (struct boot_range){ACPI_TABLES_START, ACPI_TABLES_END, TYPE_RESERVED};
	map[2] = (struct boot_range){HIGH_MEMORY, memory->bytes, TYPE_RAM};
}
