/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/multiboot.h"

#include "core-vmm/loader/acpi_tables.h"
#include "core-vmm/loader/boot_layout.h"
#include "trace/boot.h"
#include "trace/multiboot_image.h"

#define CODE_SELECTOR 0x10

/* The page at AT_BOOT_INFO: the information, what it points to, and the modules' strings, cut at TEXT_BYTES. */
#define TEXT_BYTES 256u
struct information {
	struct multiboot_info info;
	struct multiboot_mmap map[BOOT_MAP];
	struct multiboot_module module[VTS_BOOT_INITRDS];
	char loader[8];
	char text[VTS_BOOT_INITRDS][TEXT_BYTES];
};
_Static_assert(sizeof(struct information) <= PAGE_SIZE, "all of it lies in one page");

#define AT(member) ((uint32_t)(AT_BOOT_INFO + offsetof(struct information, member)))

static uint64_t pages_round(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) & PAGE_MASK;
}

static void map_fill(const struct guest_memory *memory, struct information *out)
{
	struct boot_range range[BOOT_MAP];

	boot_map(memory, range);
	for (unsigned i = 0; i < BOOT_MAP; i++)
		out->map[i] = (struct multiboot_mmap){.size = sizeof(out->map[i]) - 4,
						      .base = range[i].start,
						      .length = range[i].end - range[i].start,
						      .type = range[i].type};
	out->info.mem_lower = (uint32_t)(range[0].end >> 10);
	out->info.mem_upper = (uint32_t)((memory->bytes >> 10) - 1024);
}

/** Copy the modules into memory from @at on, and list them. -1: no memory. */
static int modules_add(struct guest_memory *memory, const struct guest_image *image, uint64_t at,
		       struct information *out)
{
	for (unsigned i = 0; i < image->module_count && i < VTS_BOOT_INITRDS; i++) {
		const struct guest_module *module = &image->modules[i];
		unsigned length = 0;

		if (guest_memory_write(memory, at, module->data, module->bytes))
			return -1;
		for (; module->text[length] && length < TEXT_BYTES - 1; length++)
			out->text[i][length] = module->text[length];
		out->module[i] = (struct multiboot_module){.start = (uint32_t)at,
							   .end = (uint32_t)(at + module->bytes),
							   .string = AT(text[0]) + i * TEXT_BYTES};
		out->info.mods_count++;
		at += pages_round(module->bytes);
	}
	return 0;
}

static int information_write(struct guest_memory *memory, const struct guest_image *image,
			     uint64_t modules)
{
	uint64_t hpa = guest_memory_back(memory, AT_BOOT_INFO); /* a page, and clear */
	struct information *out = hpa ? platform_virt(hpa) : NULL;

	if (!out)
		return -1;
	out->info = (struct multiboot_info){
	    .flags = MULTIBOOT_INFO_MEM | MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODS |
		     MULTIBOOT_INFO_MMAP | MULTIBOOT_INFO_LOADER,
	    .cmdline = AT_ARGS,
	    .mods_addr = AT(module),
	    .mmap_addr = AT(map),
	    .mmap_length = sizeof(out->map),
	    .boot_loader_name = AT(loader),
	};
	__builtin_memcpy(out->loader, "vtscope", sizeof(out->loader));
	map_fill(memory, out);
	return modules_add(memory, image, modules, out);
}

static int segments_write(struct guest_memory *memory, const void *file,
			  const struct vts_multiboot_layout *layout)
{
	for (unsigned i = 0; i < layout->count; i++) {
		const struct vts_multiboot_segment *segment = &layout->segment[i];

		if (guest_memory_write(memory, segment->address,
				       (const char *)file + segment->file_offset,
				       segment->file_bytes))
			return -1;
	}
	return 0;
}

const char *multiboot_load(struct guest_memory *memory, const struct guest_image *image,
			   struct guest_entry *entry)
{
	struct vts_multiboot_layout layout;
	uint64_t module_bytes = 0;
	const char *error;

	for (unsigned i = 0; i < image->module_count; i++)
		module_bytes += pages_round(image->modules[i].bytes);
	error =
	    vts_multiboot_layout(image->file, image->bytes, memory->bytes, module_bytes, &layout);
	if (error)
		return error;
	if (boot_pages_clear(memory) || boot_segments_write(memory, CODE_SELECTOR, false) ||
	    boot_args_write(memory, image->args) < 0 ||
	    segments_write(memory, image->file, &layout) ||
	    information_write(memory, image, layout.modules))
		return "no memory for the guest's image";
	entry->kernel = true;
	entry->protected = true;
	entry->rip = layout.entry;
	entry->rax = MULTIBOOT_LOADER_MAGIC;
	entry->rbx = AT_BOOT_INFO;
	entry->code_selector = CODE_SELECTOR;
	return acpi_tables_exist() ? acpi_tables_write(memory) : NULL;
}
