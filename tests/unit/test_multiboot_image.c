/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot images of every kind of damage: judged without a byte read past their end, and nothing outside memory accepted. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/multiboot_image.h"

#define MEMORY	   (64ull << 20)
#define FILE_BYTES 400u
#define RUNS	   200000u

static uint64_t random_state = 1;

static uint32_t random32(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33);
}

static void header_put(uint8_t *file, unsigned at, uint32_t flags)
{
	struct multiboot_header header = {
	    .magic = MULTIBOOT_HEADER_MAGIC,
	    .flags = flags,
	    .checksum = -(MULTIBOOT_HEADER_MAGIC + flags),
	    .header_addr = 0x200000 + at,
	    .load_addr = 0x200000,
	    .bss_end_addr = 0x300000,
	    .entry_addr = 0x200010,
	};

	memcpy(file + at, &header, sizeof(header));
}

/** An ELF32 header with two segments of the file, a header in them. */
static void elf_put(uint8_t *file)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
	const uint32_t program[2][8] = {{1, 0, 0, 0x100000, 200, 0x1000, 7, 4096},
					{1, 200, 0, 0x102000, 100, 100, 6, 4096}};

	memcpy(file, ident, sizeof(ident));
	file[18] = 3;	 /* machine */
	file[26] = 0x10; /* entry: 0x100000 */
	file[28] = 52;	 /* phoff */
	file[42] = 32;	 /* phentsize */
	file[44] = 2;	 /* phnum */
	memcpy(file + 52, program, sizeof(program));
	header_put(file, 120, 3);
}

static void accepted_check(const struct vts_multiboot_layout *layout, size_t bytes,
			   uint64_t modules)
{
	cr_assert_leq(layout->count, VTS_MULTIBOOT_SEGMENTS);
	cr_assert(layout->modules + modules <= MEMORY);
	for (unsigned i = 0; i < layout->count; i++) {
		const struct vts_multiboot_segment *segment = &layout->segment[i];

		cr_assert(segment->address >= VTS_MULTIBOOT_LOWEST);
		cr_assert(segment->address + segment->bytes <= layout->modules);
		cr_assert_leq(segment->file_bytes, segment->bytes);
		cr_assert(segment->file_offset <= bytes &&
			  segment->file_bytes <= bytes - segment->file_offset);
	}
}

static unsigned damaged_run(void (*make)(uint8_t *))
{
	unsigned accepted = 0;

	for (unsigned run = 0; run < RUNS; run++) {
		struct vts_multiboot_layout layout;
		size_t bytes = run % 4 ? FILE_BYTES : random32() % (FILE_BYTES + 1);
		uint8_t whole[FILE_BYTES] = {0}, *file = malloc(bytes ? bytes : 1);
		uint64_t modules = random32() % 4 ? 0 : (uint64_t)random32() << random32() % 32;

		make(whole);
		for (unsigned i = random32() % 4; i; i--)
			whole[random32() % 160] = (uint8_t)random32();
		memcpy(file, whole, bytes);
		if (vts_multiboot_is(file, bytes) &&
		    !vts_multiboot_layout(file, bytes, MEMORY, modules, &layout)) {
			accepted_check(&layout, bytes, modules);
			accepted++;
		}
		free(file);
	}
	return accepted;
}

static void flat_put(uint8_t *file)
{
	header_put(file, 16, 3 | MULTIBOOT_HEADER_ADDRESS);
}

Test(multiboot_image, damaged_flat)
{
	cr_assert_gt(damaged_run(flat_put), RUNS / 10);
}

Test(multiboot_image, damaged_elf)
{
	cr_assert_gt(damaged_run(elf_put), RUNS / 10);
}

Test(multiboot_image, flat)
{
	uint8_t file[FILE_BYTES] = {0};
	struct vts_multiboot_layout layout;

	flat_put(file);
	cr_assert(vts_multiboot_is(file, sizeof(file)));
	cr_assert_null(vts_multiboot_layout(file, sizeof(file), MEMORY, 0, &layout));
	cr_assert_eq(layout.count, 1);
	cr_assert_eq(layout.segment[0].address, 0x200000);
	cr_assert_eq(layout.segment[0].bytes, 0x100000);
	cr_assert_eq(layout.segment[0].file_bytes, FILE_BYTES);
	cr_assert_eq(layout.entry, 0x200010);
	cr_assert_eq(layout.modules, 0x300000);
	cr_assert_not_null(vts_multiboot_layout(file, sizeof(file), 0x300000, 1, &layout));
	cr_assert_eq(layout.needed, 0x300001);
}

Test(multiboot_image, elf)
{
	uint8_t file[FILE_BYTES] = {0};
	struct vts_multiboot_layout layout;

	elf_put(file);
	cr_assert_null(vts_multiboot_layout(file, sizeof(file), MEMORY, 0, &layout));
	cr_assert_eq(layout.count, 2);
	cr_assert_eq(layout.segment[1].address, 0x102000);
	cr_assert_eq(layout.entry, 0x100000);
	cr_assert_eq(layout.modules, 0x103000);
}

Test(multiboot_image, header_place)
{
	static uint8_t file[MULTIBOOT_HEADER_SEARCH + 64];

	header_put(file, MULTIBOOT_HEADER_SEARCH - 12, 0);
	cr_assert(vts_multiboot_is(file, sizeof(file)), "its first three words end in 8192 bytes");
	memset(file, 0, sizeof(file));
	header_put(file, MULTIBOOT_HEADER_SEARCH - 8, 0);
	cr_assert_not(vts_multiboot_is(file, sizeof(file)));
	memset(file, 0, sizeof(file));
	header_put(file, 2, 0);
	cr_assert_not(vts_multiboot_is(file, sizeof(file)), "not aligned");
}
