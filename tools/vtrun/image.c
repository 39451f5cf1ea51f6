// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/boot.h"
#include "trace/multiboot.h"

#define SECTOR_BYTES  512u
#define PAGE_BYTES    4096u
#define PAGE_ROUND(x) (((x) + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1))

/* Disks of whole cylinders of 16 heads and 63 sectors: Bochs finds their geometry by itself. */
#define CYLINDER_BYTES (16u * 63u * SECTOR_BYTES)

/* Of a PC: what lies from here to 1 MiB is the BIOS's. */
#define LOW_MEMORY_END 0x9fc00ull

/** The blob as it grows; addresses are physical. */
struct layout {
	unsigned char *data; /* VTS_BOOT_ADDRESS on */
	uint64_t bytes, capacity;
};

/** Reserve @bytes at the next page; their physical address. */
static uint32_t layout_add(struct layout *layout, const void *data, uint64_t bytes)
{
	uint64_t offset = PAGE_ROUND(layout->bytes);

	memcpy(layout->data + offset, data, bytes);
	layout->bytes = offset + bytes;
	return (uint32_t)(VTS_BOOT_ADDRESS + offset);
}

static uint64_t vmm_bytes(const struct elf_image *vmm)
{
	uint64_t end = VTS_BOOT_ADDRESS;

	for (size_t i = 0; i < vmm->count; i++) {
		if (vmm->segments[i].address + vmm->segments[i].bytes > end)
			end = vmm->segments[i].address + vmm->segments[i].bytes;
	}
	return end - VTS_BOOT_ADDRESS;
}

static int layout_init(struct layout *layout, const struct elf_image *vmm, const char *cmdline,
		       const struct image_module *modules, size_t count, struct vts_error *error)
{
	uint64_t parts = 4 + 2 * count; /* each begins on a page */

	layout->capacity = vmm_bytes(vmm) + strlen(cmdline) + (parts + 1) * PAGE_BYTES;
	for (size_t i = 0; i < count; i++)
		layout->capacity += modules[i].blob->bytes;
	layout->bytes = vmm_bytes(vmm);
	layout->data = calloc(1, layout->capacity);
	if (!layout->data)
		return error_set(error, "disk image: no space: %s; free some memory",
				 strerror(errno));
	for (size_t i = 0; i < vmm->count; i++) {
		const struct elf_segment *segment = &vmm->segments[i];

		memcpy(layout->data + (segment->address - VTS_BOOT_ADDRESS),
		       vmm->file.data + segment->file_offset, segment->file_bytes);
	}
	return 0;
}

/** Memory of the machine, whole MiB; whole GiB for large guests, so that 1 GiB pages can back them. */
static uint64_t machine_bytes(const struct layout *layout, uint64_t guest_memory)
{
	uint64_t step = guest_memory < 1u << 30 ? 1u << 20 : 1u << 30;
	uint64_t needed =
	    VTS_BOOT_ADDRESS + layout->capacity + VTS_BOOT_OVERHEAD_BYTES + guest_memory;

	return (needed + step - 1) & ~(step - 1);
}

static uint32_t mmap_add(struct layout *layout, uint64_t machine, uint32_t *bytes)
{
	struct multiboot_mmap map[] = {
	    {20, 0, LOW_MEMORY_END, MULTIBOOT_MEMORY_RAM},
	    {20, LOW_MEMORY_END, VTS_BOOT_ADDRESS - LOW_MEMORY_END, MULTIBOOT_MEMORY_RESERVED},
	    {20, VTS_BOOT_ADDRESS, machine - VTS_BOOT_ADDRESS, MULTIBOOT_MEMORY_RAM},
	};

	*bytes = sizeof(map);
	return layout_add(layout, map, sizeof(map));
}

/** The Multiboot information and all that it points to; its address. */
static uint32_t info_add(struct layout *layout, const char *cmdline,
			 const struct image_module *modules, size_t count, uint64_t machine)
{
	struct multiboot_module table[IMAGE_MODULES_MAX] = {0};
	struct multiboot_info info = {
	    .flags = MULTIBOOT_INFO_MEM | MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODS |
		     MULTIBOOT_INFO_MMAP,
	    .mem_lower = LOW_MEMORY_END >> 10,
	    .mem_upper = (uint32_t)((machine - VTS_BOOT_ADDRESS) >> 10),
	    .mods_count = (uint32_t)count,
	};
	uint32_t address = layout_add(layout, &info, sizeof(info));

	info.cmdline = layout_add(layout, cmdline, strlen(cmdline) + 1);
	info.mmap_addr = mmap_add(layout, machine, &info.mmap_length);
	for (size_t i = 0; i < count; i++) {
		table[i].string = layout_add(layout, modules[i].name, strlen(modules[i].name) + 1);
		table[i].start = layout_add(layout, modules[i].blob->data, modules[i].blob->bytes);
		table[i].end = table[i].start + (uint32_t)modules[i].blob->bytes;
	}
	info.mods_addr = layout_add(layout, table, count * sizeof(table[0]));
	memcpy(layout->data + (address - VTS_BOOT_ADDRESS), &info, sizeof(info));
	return address;
}

static int image_write(struct image *image, const struct blob *boot, const struct layout *layout,
		       uint32_t entry, uint32_t info, struct vts_error *error)
{
	unsigned char sector[SECTOR_BYTES];
	struct vts_boot_patch patch = {
	    .sectors = (uint32_t)((layout->bytes + SECTOR_BYTES - 1) / SECTOR_BYTES),
	    .entry = entry,
	    .info = info,
	};
	uint64_t bytes = (1ull + patch.sectors) * SECTOR_BYTES;

	memcpy(sector, boot->data, sizeof(sector));
	memcpy(sector + VTS_BOOT_PATCH_OFFSET, &patch, sizeof(patch));
	bytes = (bytes + CYLINDER_BYTES - 1) / CYLINDER_BYTES * CYLINDER_BYTES;
	if (ftruncate(image->fd, (off_t)bytes) < 0 ||
	    write_all(image->fd, sector, sizeof(sector)) < 0 ||
	    write_all(image->fd, layout->data, layout->bytes) < 0)
		return error_set(error, "disk image: no space: %s; free some memory",
				 strerror(errno));
	return 0;
}

int image_make(struct image *image, const struct blob *boot, const struct elf_image *vmm,
	       const char *cmdline, const struct image_module *modules, size_t count,
	       uint64_t guest_memory, uint64_t machine_limit, struct vts_error *error)
{
	struct layout layout = {0};
	uint32_t info;
	int result;

	image->fd = -1;
	if (boot->bytes != SECTOR_BYTES || boot->data[510] != 0x55 || boot->data[511] != 0xaa)
		return error_set(error, "boot.bin: not a boot sector: build vtscope again");
	if (layout_init(&layout, vmm, cmdline, modules, count, error) < 0)
		return -1;
	image->machine_bytes = machine_bytes(&layout, guest_memory);
	if (image->machine_bytes > machine_limit) {
		free(layout.data);
		return error_set(
		    error,
		    "--mem: this engine has %llu MiB at most, and needs %llu MiB beside the "
		    "guest's: give less",
		    (unsigned long long)machine_limit >> 20,
		    (unsigned long long)(image->machine_bytes - guest_memory) >> 20);
	}
	info = info_add(&layout, cmdline, modules, count, image->machine_bytes);
	image->fd = memfd_create("vtscope-disk", 0);
	result = image->fd < 0
		     ? error_set(error, "disk image: %s: free some memory", strerror(errno))
		     : image_write(image, boot, &layout, (uint32_t)vmm->entry, info, error);
	free(layout.data);
	if (result < 0 && image->fd >= 0)
		close(image->fd);
	return result;
}
