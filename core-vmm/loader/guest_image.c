/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/guest_image.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/loader/elf64.h"

/* Where the boot structures lie: below 640 KiB, where a native machine has free memory too. */
#define AT_PML4	     0x10000ull
#define AT_PDPT	     0x11000ull
#define AT_PD	     0x12000ull /* four of them */
#define AT_GDT	     0x16000ull
#define AT_TSS	     0x16100ull
#define AT_BOOT_INFO 0x17000ull
#define AT_ARGS	     0x18000ull
#define AT_STACK_TOP 0x1d000ull /* 16 KiB below */

#define TSS_BYTES 104u

#define PTE_TABLE 0x003ull /* P, W */
#define PTE_LARGE 0x083ull /* P, W, PS */

/** A native machine's memory is not clear: its firmware was here. */
static int boot_pages_clear(struct guest_memory *memory)
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

/** All guest memory, and at least the first GiB, at its physical address. */
static int page_tables_write(struct guest_memory *memory)
{
	uint64_t gigabytes = (memory->bytes + (1ull << 30) - 1) >> 30;
	int error = word_write(memory, AT_PML4, AT_PDPT | PTE_TABLE);

	for (uint64_t i = 0; i < gigabytes; i++)
		error |= word_write(memory, AT_PDPT + i * 8, (AT_PD + i * PAGE_SIZE) | PTE_TABLE);
	for (uint64_t i = 0; i < gigabytes * 512; i++)
		error |= word_write(memory, AT_PD + i * 8, i << LARGE_SHIFT | PTE_LARGE);
	return error;
}

static int segments_write(struct guest_memory *memory)
{
	uint16_t io_map = TSS_BYTES;
	uint64_t gdt[5] = {
	    [VTG_CODE_SELECTOR / 8] = 0x00AF9B000000FFFF,
	    [VTG_DATA_SELECTOR / 8] = 0x00CF93000000FFFF,
	    /* available 64-bit TSS (SDM vol. 3, 8.2.3) */
	    [VTG_TSS_SELECTOR / 8] = (TSS_BYTES - 1) | (AT_TSS & 0xFFFFFF) << 16 | 0x89ull << 40,
	};

	return guest_memory_write(memory, AT_GDT, gdt, sizeof(gdt)) |
	       guest_memory_write(memory, AT_TSS + TSS_BYTES - sizeof(io_map), &io_map,
				  sizeof(io_map));
}

static int args_write(struct guest_memory *memory, const char *args)
{
	uint64_t length = 0;

	while (args[length] && length < GUEST_ARGS_BYTES - 1)
		length++;
	return guest_memory_write(memory, AT_ARGS, args, length);
}

const char *guest_image_load(struct guest_memory *memory, const struct guest_image *image,
			     struct guest_entry *entry)
{
	struct vtg_boot_info info = {.magic = VTG_BOOT_MAGIC,
				     .version = VTG_ABI_VERSION,
				     .flags = image->native ? VTG_BOOT_NATIVE : 0,
				     .memory_bytes = memory->bytes,
				     .tsc_hz = image->hz,
				     .args = AT_ARGS,
				     .seed = image->seed};
	uint64_t end;
	const char *error =
	    elf64_load(memory, image->elf, image->bytes, VTG_MEMORY_START, &entry->rip, &end);

	if (error)
		return error;
	info.free_start = (end + PAGE_SIZE - 1) & PAGE_MASK;
	if (boot_pages_clear(memory) || page_tables_write(memory) || segments_write(memory) ||
	    args_write(memory, image->args) ||
	    guest_memory_write(memory, AT_BOOT_INFO, &info, sizeof(info)))
		return "no memory for the guest's boot structures";
	entry->rsp = AT_STACK_TOP;
	entry->rdi = AT_BOOT_INFO;
	entry->cr3 = AT_PML4;
	entry->gdt_base = AT_GDT;
	entry->gdt_limit = 5 * 8 - 1;
	entry->tss_base = AT_TSS;
	entry->tss_limit = TSS_BYTES - 1;
	return NULL;
}
