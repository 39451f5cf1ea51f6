// SPDX-License-Identifier: GPL-2.0-only
/* Unwinding a guest kernel's stack: by tables that are made here, and by frame pointers. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/unwind.h"

#define TEXT   0xffffffff81000000ull
#define TABLES 0xffffffff82000000ull
#define BYTES  0x400
#define STACK  0xffffc90000001000ull
#define MODULE 0xffffffffc0000100ull

/* Registers and types, as in the tables of Linux before 6.4. */
enum { UNDEFINED, PREV_SP, BP = 4, SP };
enum { CALL, REGS, REGS_PARTIAL };

struct row {
	uint64_t from; /* offset in the code */
	int16_t sp_offset, bp_offset;
	unsigned sp_reg, bp_reg, type;
};

/* Functions of 0x100 bytes: one with nothing but a return address, one with a frame of 24 bytes and
 * RBP saved, one by RBP; then entry code, where an exception's registers lie. */
static const struct row rows[] = {
    {0x000, 8, 0, SP, UNDEFINED, CALL},	       {0x100, 32, -16, SP, PREV_SP, CALL},
    {0x200, 16, -16, BP, PREV_SP, CALL},       {0x300, 0, 0, SP, UNDEFINED, REGS},
    {0x380, 0, 0, UNDEFINED, UNDEFINED, CALL},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static unsigned char code[BYTES], ips[4 * ROWS], table[6 * ROWS];
static char path[] = "/tmp/vtscope-unwind.XXXXXX";

static void put32(unsigned char *at, uint64_t value)
{
	uint32_t word = (uint32_t)value;

	memcpy(at, &word, 4);
}

/** Calls that return to these places, and tables; @later: as since Linux 6.4. */
static void fill(bool later)
{
	static const uint64_t returns[] = {0x150, 0x250, 0x350, 0x390};

	for (size_t i = 0; i < sizeof(returns) / sizeof(*returns); i++) {
		code[returns[i] - 5] = 0xe8;
		put32(code + returns[i] - 4, -returns[i]);
	}
	for (size_t i = 0; i < ROWS; i++) {
		put32(ips + 4 * i, TEXT + rows[i].from - (TABLES + 4 * i));
		memcpy(table + 6 * i, &rows[i].sp_offset, 2);
		memcpy(table + 6 * i + 2, &rows[i].bp_offset, 2);
		table[6 * i + 4] = (unsigned char)(rows[i].sp_reg | rows[i].bp_reg << 4);
		table[6 * i + 5] = (unsigned char)(rows[i].type + (later ? 2 : 0));
	}
}

static void section(Elf *elf, unsigned name, uint64_t address, uint64_t flags, void *bytes,
		    size_t size)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *data = elf_newdata(scn);
	GElf_Shdr header;

	*data = (Elf_Data){.d_buf = bytes, .d_size = size, .d_align = 1, .d_version = EV_CURRENT};
	gelf_getshdr(scn, &header);
	header.sh_name = name;
	header.sh_type = SHT_PROGBITS;
	header.sh_flags = flags | SHF_ALLOC;
	header.sh_addr = address;
	gelf_update_shdr(scn, &header);
}

/** The file, with the tables as they stand; the table of rows cut to @row_bytes. */
static void write_file(bool later, size_t row_bytes)
{
	static char names[] = "\0.text\0.orc_unwind_ip\0.orc_unwind\0.orc_header\0.shstrtab";
	int fd = mkstemp(path);
	GElf_Ehdr header;
	Elf_Scn *strings;
	GElf_Shdr string_header;
	Elf_Data *data;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	gelf_newehdr(elf, ELFCLASS64);
	section(elf, 1, TEXT, SHF_EXECINSTR, code, sizeof(code));
	section(elf, 7, TABLES, 0, ips, sizeof(ips));
	section(elf, 22, TABLES + sizeof(ips), 0, table, row_bytes);
	if (later)
		section(elf, 34, TABLES + 0x1000, 0, names, 4);
	strings = elf_newscn(elf);
	data = elf_newdata(strings);
	*data = (Elf_Data){
	    .d_buf = names, .d_size = sizeof(names), .d_align = 1, .d_version = EV_CURRENT};
	gelf_getshdr(strings, &string_header);
	string_header.sh_name = 46;
	string_header.sh_type = SHT_STRTAB;
	gelf_update_shdr(strings, &string_header);
	gelf_getehdr(elf, &header);
	header.e_type = ET_EXEC;
	header.e_machine = EM_X86_64;
	header.e_shstrndx = (uint16_t)elf_ndxscn(strings);
	gelf_update_ehdr(elf, &header);
	cr_assert_geq(elf_update(elf, ELF_C_WRITE), 0, "%s", elf_errmsg(-1));
	elf_end(elf);
	close(fd);
}

static struct unwind *open_tables(bool later, uint64_t text)
{
	struct vts_error error;
	struct unwind *unwind;

	fill(later);
	write_file(later, sizeof(table));
	unwind = unwind_open(path, text, &error);
	unlink(path);
	cr_assert_not_null(unwind, "%s", error.text);
	return unwind;
}

/** Frames of a stack that begins at @rip with these words must be these, and end so. */
static void expect(const struct unwind *unwind, uint64_t rip, uint64_t rbp, const uint64_t *words,
		   size_t count, enum unwind_end end, const uint64_t *frames, size_t expected)
{
	struct unwind_stack stack = {rip, STACK, rbp, words, count};
	uint64_t got[UNWIND_FRAMES];
	size_t depth;

	cr_expect_eq(unwind_frames(unwind, &stack, got, &depth), end);
	cr_assert_eq(depth, expected, "%zu frames, the last 0x%llx", depth,
		     (unsigned long long)got[depth - 1]);
	for (size_t i = 0; i < depth; i++)
		cr_expect_eq(got[i], frames[i], "frame %zu: 0x%llx", i, (unsigned long long)got[i]);
}
#define EXPECT(unwind, rip, rbp, words, end, ...)                                                  \
	expect(unwind, rip, rbp, words, sizeof(words) / 8, end, (const uint64_t[]){__VA_ARGS__},   \
	       sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

/* 0x000 was called by 0x100 (24 bytes: 1, 3, RBP), which was called by 0x200 (RBP's frame), which was
 * called by entry code, under which user space stood. */
#define WORDS(shift, cs)                                                                           \
	{                                                                                          \
		TEXT + (shift) + 0x150, 1, 3, STACK + 40, TEXT + (shift) + 0x250, 0xb9,            \
		    TEXT + (shift) + 0x350, [7 + 4] = 0xcc, [7 + 16] = 0x401000, [7 + 17] = cs,    \
						 [7 + 19] = 0x7fff0000                             \
	}

Test(unwind, frames_to_where_user_space_entered)
{
	for (unsigned later = 0; later < 2; later++) {
		struct unwind *unwind = open_tables(later, 0);
		const uint64_t words[] = WORDS(0, 0x33);

		EXPECT(unwind, TEXT + 0x10, 0xa5, words, UNWIND_DONE, TEXT + 0x10, TEXT + 0x14f,
		       TEXT + 0x24f, TEXT + 0x34f);
		unwind_close(unwind);
		strcpy(path, "/tmp/vtscope-unwind.XXXXXX");
	}
}

Test(unwind, a_kernel_that_moved_itself)
{
	struct unwind *unwind = open_tables(false, TEXT + 0x1200000);
	const uint64_t words[] = WORDS(0x1200000, 0x33);

	EXPECT(unwind, TEXT + 0x1200010, 0, words, UNWIND_DONE, TEXT + 0x1200010, TEXT + 0x120014f,
	       TEXT + 0x120024f, TEXT + 0x120034f);
	unwind_close(unwind);
}

Test(unwind, an_interrupted_function_of_the_kernel)
{
	struct unwind *unwind = open_tables(false, 0);
	uint64_t words[] = WORDS(0, 0x10);
	uint64_t outer[40];

	memset(outer, 0, sizeof(outer));
	memcpy(outer, words, sizeof(words));
	outer[7 + 16] = TEXT + 0x20; /* in the function at 0x000, not behind a call of it */
	outer[7 + 19] = STACK + 8 * 30;
	outer[30] = TEXT + 0x390; /* its caller: the end */
	EXPECT(unwind, TEXT + 0x10, 0, outer, UNWIND_DONE, TEXT + 0x10, TEXT + 0x14f, TEXT + 0x24f,
	       TEXT + 0x34f, TEXT + 0x20, TEXT + 0x38f);
	/* It had another stack. */
	outer[7 + 19] = STACK - 0x10000;
	EXPECT(unwind, TEXT + 0x10, 0, outer, UNWIND_CUT, TEXT + 0x10, TEXT + 0x14f, TEXT + 0x24f,
	       TEXT + 0x34f, TEXT + 0x20);
	unwind_close(unwind);
}

Test(unwind, words_that_do_not_reach)
{
	struct unwind *unwind = open_tables(false, 0);
	const uint64_t words[] = {TEXT + 0x150, 1, 2};

	EXPECT(unwind, TEXT + 0x10, 0, words, UNWIND_CUT, TEXT + 0x10, TEXT + 0x14f);
	unwind_close(unwind);
}

/* A module's frames are left out, and so is what looks like a return address but leads nowhere. */
Test(unwind, code_that_the_tables_do_not_know)
{
	struct unwind *unwind = open_tables(false, 0);
	const uint64_t words[] = {7,
				  TEXT + 0x151,
				  TEXT + 0x150,
				  1,
				  STACK + 8,
				  3,
				  0x1234 /* no caller */,
				  TEXT + 0x150,
				  1,
				  0xbb,
				  3,
				  TEXT + 0x390};

	EXPECT(unwind, MODULE, 0, words, UNWIND_DONE, MODULE, TEXT + 0x14f, TEXT + 0x38f);
	unwind_close(unwind);
}

Test(unwind, nothing_known_at_all)
{
	struct unwind *unwind = open_tables(false, 0);
	const uint64_t words[] = {1, 2, 3};

	EXPECT(unwind, 0x401000, 0, words, UNWIND_BROKEN, 0x401000);
	expect(unwind, TEXT, 0, NULL, 0, UNWIND_CUT, (const uint64_t[]){TEXT}, 1);
	unwind_close(unwind);
}

/* Whatever the words are, it ends, and within them. */
Test(unwind, hostile_words)
{
	struct unwind *unwind = open_tables(false, 0);
	struct unwind_stack stack = {TEXT + 0x10, STACK, STACK, NULL, 64};
	uint64_t *words = malloc(64 * 8), frames[UNWIND_FRAMES];
	static const uint64_t pieces[] = {TEXT + 0x150, TEXT + 0x250, TEXT + 0x350, STACK,
					  STACK + 64,	MODULE,	      0x10,	    UINT64_MAX - 7};
	size_t count;

	srand(1);
	stack.words = words;
	for (unsigned round = 0; round < 20000; round++) {
		for (unsigned i = 0; i < 64; i++)
			words[i] = pieces[rand() % 8] + (rand() % 4 ? 0 : (uint64_t)(rand() % 512));
		stack.rbp = words[round % 64];
		stack.rsp = round % 3 ? STACK : UINT64_MAX - 7 - 8 * (round % 70);
		unwind_frames(round % 2 ? unwind : NULL, &stack, frames, &count);
		cr_assert(count >= 1 && count <= UNWIND_FRAMES);
	}
	free(words);
	unwind_close(unwind);
}

Test(unwind, frame_pointers)
{
	const uint64_t words[] = {9, 9, STACK + 40, 0x2000, 9, 0, 0x3000};
	const uint64_t loop[] = {STACK, 0x2000};

	EXPECT(NULL, 0x1000, STACK + 16, words, UNWIND_DONE, 0x1000, 0x1fff, 0x2fff);
	EXPECT(NULL, 0x1000, 12345, words, UNWIND_BROKEN, 0x1000);
	EXPECT(NULL, 0x1000, STACK, loop, UNWIND_BROKEN, 0x1000, 0x1fff);
}

static void expect_refused(const char *why)
{
	struct vts_error error;

	cr_expect_null(unwind_open(path, 0, &error));
	cr_expect_not_null(strstr(error.text, why), "%s", error.text);
	unlink(path);
}

Test(unwind, tables_that_do_not_fit_together)
{
	fill(false);
	write_file(false, sizeof(table) - 6);
	expect_refused("do not fit together");
}

Test(unwind, tables_that_are_not_sorted)
{
	fill(false);
	put32(ips + 8, TEXT - (TABLES + 8));
	write_file(false, sizeof(table));
	expect_refused("not sorted");
}

Test(unwind, files_without_tables)
{
	struct vts_error error;

	cr_expect_null(unwind_open("/proc/self/exe", 0, &error));
	cr_expect_not_null(strstr(error.text, "no unwind tables"), "%s", error.text);
	cr_expect_null(unwind_open("/proc/self/status", 0, &error));
	cr_expect_not_null(strstr(error.text, "not an ELF file"), "%s", error.text);
	cr_expect_null(unwind_open("/nowhere", 0, &error));
	cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
}
