// SPDX-License-Identifier: GPL-2.0-only
/* Guests are checked before anything is started; whatever the file holds, what is accepted lies
 * inside. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vtrun_elf.h"
#include "tools/vtrun/elf_image.h"

#define END 0x4000000ull

static int image_read(struct elf_image *image, const void *elf, size_t bytes,
		      struct vts_error *error)
{
	return elf_image_read(image, test_elf_write(elf, bytes), "guest", TEST_ELF_ADDRESS, END,
			      error);
}

Test(elf, a_good_one)
{
	struct test_elf elf = test_elf_make(TEST_ELF_ADDRESS);
	struct elf_image image;
	struct vts_error error;

	cr_assert_eq(image_read(&image, &elf, sizeof(elf), &error), 0, "%s", error.text);
	cr_assert_eq(image.entry, TEST_ELF_ADDRESS + 4);
	cr_assert_eq(image.count, 2);
	cr_assert(image.segments[0].executable && !image.segments[1].executable);
	cr_assert_eq(image.segments[1].bytes, TEST_ELF_MEMORY);
	cr_assert_eq(image.segments[1].file_bytes, 32);
	cr_assert_eq(image.file.data[image.segments[1].file_offset], 0xda);
	elf_image_free(&image);
}

/** One change that must be refused, and a word of the refusal. */
struct change {
	const char *word;
	void (*apply)(struct test_elf *elf);
};

#define CHANGE(name, statement)                                                                    \
	static void name(struct test_elf *elf)                                                     \
	{                                                                                          \
		statement;                                                                         \
	}
CHANGE(below, elf->segments[0].p_paddr = TEST_ELF_ADDRESS - 1)
CHANGE(above, elf->segments[1].p_paddr = END - TEST_ELF_MEMORY + 1)
CHANGE(wraps, elf->segments[1].p_paddr = -4096ull)
CHANGE(huge, elf->segments[1].p_memsz = -1ull)
CHANGE(shrinks, elf->segments[1].p_memsz = 31)
CHANGE(file_ends, elf->segments[1].p_filesz = 33)
CHANGE(file_wraps, elf->segments[1].p_offset = -16ull)
CHANGE(entry_in_data, elf->header.e_entry = TEST_ELF_ADDRESS + 0x1000)
CHANGE(entry_at_end, elf->header.e_entry = TEST_ELF_ADDRESS + 16)
CHANGE(relocatable, elf->header.e_type = ET_REL)
CHANGE(big_endian, elf->header.e_ident[EI_DATA] = ELFDATA2MSB)
CHANGE(i386, elf->header.e_machine = EM_386)
CHANGE(nothing_to_load, elf->segments[0].p_type = elf->segments[1].p_type = PT_NOTE)

Test(elf, bad_ones)
{
	static const struct change changes[] = {
	    {"does not fit", below},	     {"does not fit", above},
	    {"does not fit", wraps},	     {"does not fit", huge},
	    {"larger in the file", shrinks}, {"truncated", file_ends},
	    {"truncated", file_wraps},	     {"entry point", entry_in_data},
	    {"entry point", entry_at_end},   {"ELF type", relocatable},
	    {"guest", big_endian},	     {"ELF machine is 3", i386},
	    {"empty", nothing_to_load},
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct test_elf elf = test_elf_make(TEST_ELF_ADDRESS);
		struct elf_image image;
		struct vts_error error = {""};

		changes[i].apply(&elf);
		cr_expect_eq(image_read(&image, &elf, sizeof(elf), &error), -1, "change %zu", i);
		cr_expect_not_null(strstr(error.text, changes[i].word), "change %zu: %s", i,
				   error.text);
	}
}

Test(elf, cut_anywhere)
{
	struct test_elf elf = test_elf_make(TEST_ELF_ADDRESS);

	for (size_t bytes = 0; bytes < sizeof(elf); bytes++) {
		struct elf_image image;
		struct vts_error error;

		cr_expect_eq(image_read(&image, &elf, bytes, &error), -1, "%zu bytes were taken",
			     bytes);
	}
}

Test(elf, any_bytes_changed)
{
	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct test_elf elf = test_elf_make(TEST_ELF_ADDRESS);
		struct elf_image image;
		struct vts_error error;

		for (int change = rand() % 4; change >= 0; change--)
			((unsigned char *)&elf)[(size_t)rand() % sizeof(elf)] =
			    (unsigned char)rand();
		if (image_read(&image, &elf, sizeof(elf), &error) < 0)
			continue;
		for (size_t i = 0; i < image.count; i++) {
			const struct elf_segment *segment = &image.segments[i];

			cr_assert_geq(segment->address, TEST_ELF_ADDRESS);
			cr_assert_leq(segment->bytes, END - segment->address);
			cr_assert_leq(segment->file_bytes, segment->bytes);
			cr_assert_leq(segment->file_offset + segment->file_bytes, sizeof(elf));
		}
		elf_image_free(&image);
	}
}
