// SPDX-License-Identifier: GPL-2.0-only
/* The disk image, read back as the boot sector and a Multiboot kernel read it (specification
 * 0.6.96). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/vtrun_elf.h"
#include "tools/vtrun/image.h"
#include "trace/boot.h"

#define MEMORY (64ull << 20)
#define LIMIT  (2048ull << 20)

static unsigned char sector[512];
static struct blob boot = {sector, sizeof(sector)};

static void boot_make(void)
{
	memset(sector, 0xcc, sizeof(sector));
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

static void vmm_make(struct elf_image *vmm)
{
	struct test_elf elf = test_elf_make(VTS_BOOT_ADDRESS);
	struct vts_error error;

	cr_assert_eq(elf_image_read(vmm, test_elf_write(&elf, sizeof(elf)), "VMM", VTS_BOOT_ADDRESS,
				    VTS_BOOT_ADDRESS + VTS_BOOT_OVERHEAD_BYTES, &error),
		     0, "%s", error.text);
}

/** The blob as the boot sector would load it, and its patch. */
static unsigned char *image_load(const struct image *image, struct vts_boot_patch *patch)
{
	unsigned char *memory, first[512];

	cr_assert_eq(pread(image->fd, first, sizeof(first), 0), 512);
	memcpy(patch, first + VTS_BOOT_PATCH_OFFSET, sizeof(*patch));
	memset(first + VTS_BOOT_PATCH_OFFSET, 0xcc, sizeof(*patch));
	cr_assert_eq(memcmp(first, sector, sizeof(first)), 0,
		     "the boot sector was changed elsewhere");
	memory = malloc(patch->sectors * 512ul);
	cr_assert_eq(pread(image->fd, memory, patch->sectors * 512ul, 512), patch->sectors * 512l);
	return memory;
}

static uint32_t word(const unsigned char *memory, uint64_t address)
{
	uint32_t value;

	memcpy(&value, memory + (address - VTS_BOOT_ADDRESS), sizeof(value));
	return value;
}

Test(image, is_what_multiboot_says, .init = boot_make)
{
	static unsigned char large[100000] = {[99999] = 7};
	struct blob guest = {large, sizeof(large)}, input = {(unsigned char *)"typed", 5};
	struct image_module modules[] = {{"guest", &guest}, {"stdin", &input}};
	struct vts_boot_patch patch;
	struct vts_error error;
	struct elf_image vmm;
	struct image image;
	unsigned char *memory;
	uint32_t info, table;

	vmm_make(&vmm);
	cr_assert_eq(
	    image_make(&image, &boot, &vmm, "key=value args=x", modules, 2, MEMORY, LIMIT, &error),
	    0, "%s", error.text);
	memory = image_load(&image, &patch);
	cr_assert_eq(patch.entry, VTS_BOOT_ADDRESS + 4);
	cr_assert_eq(memory[0], 0x90);
	cr_assert_eq(memory[0x1000], 0xda);
	cr_assert_eq(memory[0x1000 + 32], 0, "what the file does not give is zero");

	info = patch.info;
	cr_assert_eq(info % 4096, 0);
	cr_assert_geq(info, VTS_BOOT_ADDRESS + 0x1000 + TEST_ELF_MEMORY);
	cr_assert_eq(word(memory, info), 0x4d, "flags mem, cmdline, mods, mmap");
	cr_assert_str_eq((char *)memory + word(memory, info + 16) - VTS_BOOT_ADDRESS,
			 "key=value args=x");
	cr_assert_eq(word(memory, info + 20), 2);
	table = word(memory, info + 24);
	cr_assert_eq(word(memory, table + 4) - word(memory, table), sizeof(large));
	cr_assert_eq(memory[word(memory, table) + 99999 - VTS_BOOT_ADDRESS], 7);
	cr_assert_str_eq((char *)memory + word(memory, table + 8) - VTS_BOOT_ADDRESS, "guest");
	cr_assert_eq(word(memory, table + 20) - word(memory, table + 16), 5);
	cr_assert_str_eq((char *)memory + word(memory, table + 24) - VTS_BOOT_ADDRESS, "stdin");

	cr_assert_eq(image.machine_bytes % (1 << 20), 0);
	cr_assert_geq(image.machine_bytes,
		      MEMORY + VTS_BOOT_OVERHEAD_BYTES + patch.sectors * 512ull);
	cr_assert_eq(word(memory, info + 8), (image.machine_bytes >> 10) - 1024, "mem_upper, KiB");
	cr_assert_eq(word(memory, info + 44) % 24, 0, "whole entries of the memory map");
	free(memory);
	close(image.fd);
	elf_image_free(&vmm);
}

Test(image, refusals, .init = boot_make)
{
	struct vts_error error;
	struct elf_image vmm;
	struct image image;

	vmm_make(&vmm);
	cr_assert_eq(image_make(&image, &boot, &vmm, "", NULL, 0, LIMIT, LIMIT, &error), -1);
	cr_assert_not_null(strstr(error.text, "--mem"));
	sector[510] = 0;
	cr_assert_eq(image_make(&image, &boot, &vmm, "", NULL, 0, MEMORY, LIMIT, &error), -1);
	cr_assert_not_null(strstr(error.text, "not a boot sector"));
	elf_image_free(&vmm);
}
