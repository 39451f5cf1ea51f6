/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/multiboot_image.h"

#include "core-vmm/loader/acpi_tables.h"
#include "core-vmm/loader/boot_layout.h"

#define CODE_SELECTOR 0x08

#define INFO_MEMORY  (1u << 0)
#define INFO_CMDLINE (1u << 2)
#define INFO_MODULES (1u << 3)
#define INFO_MAP     (1u << 6)
#define INFO_LOADER  (1u << 9)

#define MAP_RAM	     1
#define MAP_RESERVED 2

#define LOW_MEMORY_END 0xa0000ull /* where a PC has its display and its BIOS */
#define HIGH_MEMORY    0x100000ull

struct info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
};

struct map_entry {
	uint32_t size; /* of what follows */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

/** The information and all that it points to, but for the command line: a page. */
struct info_page {
	struct info info;
	struct {
		uint32_t start, end, string, reserved;
	} module;
	struct map_entry map[3];
	char loader[8], module_name[8];
};

#define MAP_ENTRY(start, end, kind)                                                                \
	{                                                                                          \
		sizeof(struct map_entry) - 4, start, (end) - (start), kind                         \
	}
#define IN_PAGE(member) (uint32_t)(AT_BOOT_INFO + offsetof(struct info_page, member))

static int info_write(struct guest_memory *memory, uint64_t module, uint64_t module_bytes)
{
	struct info_page page = {
	    .info = {.flags = INFO_MEMORY | INFO_CMDLINE | INFO_MODULES | INFO_MAP | INFO_LOADER,
		     .mem_lower = LOW_MEMORY_END >> 10,
		     .mem_upper = (uint32_t)((memory->bytes - HIGH_MEMORY) >> 10),
		     .cmdline = AT_ARGS,
		     .mods_count = module_bytes ? 1 : 0,
		     .mods_addr = IN_PAGE(module),
		     .mmap_length = sizeof(page.map),
		     .mmap_addr = IN_PAGE(map),
		     .boot_loader_name = IN_PAGE(loader)},
	    .module = {(uint32_t)module, (uint32_t)(module + module_bytes), IN_PAGE(module_name),
		       0},
	    .map = {MAP_ENTRY(0, LOW_MEMORY_END, MAP_RAM),
		    MAP_ENTRY(ACPI_TABLES_START, ACPI_TABLES_END, MAP_RESERVED),
		    MAP_ENTRY(HIGH_MEMORY, memory->bytes, MAP_RAM)},
	    .loader = "vtscope",
	    .module_name = "initrd",
	};

	return guest_memory_write(memory, AT_BOOT_INFO, &page, sizeof(page));
}

static int segments_load(struct guest_memory *memory, const struct guest_image *image,
			 const struct vts_multiboot *found)
{
	int error = 0;

	for (uint32_t i = 0; i < found->segments && !error; i++) {
		struct vts_multiboot_segment segment =
		    vts_multiboot_segment(image->file, image->bytes, found, i);

		/* Guest memory is clear: so is the rest of the segment. */
		if (segment.bytes && segment.file_bytes)
			error = guest_memory_write(memory, segment.address,
						   (const char *)image->file + segment.file_offset,
						   segment.file_bytes);
	}
	return error;
}

const char *multiboot_load(struct guest_memory *memory, const struct guest_image *image,
			   struct vts_multiboot *found, struct guest_entry *entry)
{
	const char *error = vts_multiboot_layout(image->file, image->bytes, memory->bytes,
						 image->initrd_bytes, found);

	if (error)
		return error;
	if (boot_pages_clear(memory) || boot_segments_write(memory, CODE_SELECTOR, false) ||
	    boot_args_write(memory, image->args) < 0 || segments_load(memory, image, found) ||
	    info_write(memory, found->module, image->initrd_bytes) ||
	    (image->initrd_bytes &&
	     guest_memory_write(memory, found->module, image->initrd, image->initrd_bytes)))
		return "no memory for the guest's image";
	entry->rip = found->entry;
	entry->rax = VTS_MULTIBOOT_LOADER;
	entry->rbx = AT_BOOT_INFO;
	entry->code_selector = CODE_SELECTOR;
	entry->protected32 = true;
	return acpi_tables_exist() ? acpi_tables_write(memory) : NULL;
}
