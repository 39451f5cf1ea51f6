// SPDX-License-Identifier: GPL-2.0-only
/* Symbols: those of this very program, and files that are none or are damaged. */
#include <criterion/criterion.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/symbols.h"

/** A symbol of this program that the test looks up. */
int tools_symbols_landmark(int a);
__attribute__((noinline)) int tools_symbols_landmark(int a)
{
	return a * 3 + 1;
}

/** Where the program was loaded: what its file calls 0. */
static int load_address(struct dl_phdr_info *info, size_t size, void *address)
{
	(void)size;
	*(uint64_t *)address = info->dlpi_addr;
	return 1; /* the first one is the program itself */
}

static uint64_t landmark(void)
{
	uint64_t base;

	dl_iterate_phdr(load_address, &base);
	return (uint64_t)(uintptr_t)tools_symbols_landmark - base;
}

Test(symbols, finds_a_function_of_this_program)
{
	struct vts_error error;
	struct symbols *symbols = symbols_open("/proc/self/exe", &error);
	uint64_t start, address = landmark();
	char text[128];

	cr_assert_not_null(symbols, "%s", error.text);
	cr_assert_str_eq(symbols_find(symbols, address + 1, &start), "tools_symbols_landmark");
	cr_assert_eq(start, address);
	cr_assert_str_eq(symbols_text(symbols, address, text, sizeof(text)),
			 "tools_symbols_landmark");
	cr_assert_str_eq(symbols_text(symbols, address + 2, text, sizeof(text)),
			 "tools_symbols_landmark+0x2");
	cr_assert_str_eq(symbols_text(symbols, 1, text, sizeof(text)), "0x1");
	cr_assert_null(symbols_find(symbols, UINT64_MAX, &start));
	symbols_close(symbols);
}

Test(symbols, without_a_file_there_are_raw_addresses)
{
	uint64_t start;
	char text[32];

	cr_assert_null(symbols_find(NULL, 0x1000, &start));
	cr_assert_str_eq(symbols_text(NULL, 0x1000, text, sizeof(text)), "0x1000");
}

static void refused(const char *path, const char *why)
{
	struct vts_error error;

	cr_assert_null(symbols_open(path, &error));
	cr_assert(strstr(error.text, why), "%s", error.text);
}

Test(symbols, says_what_is_wrong_with_a_file)
{
	refused("/nonexistent/guest.elf", "No such file");
	refused("/proc/self/environ", "neither an ELF file nor a list of symbols");
	refused("/dev/zero", "neither an ELF file nor a list of symbols");
	refused("/dev/null", "no symbols of code");
	refused("/", "Is a directory");
}

/** Symbols from a file with this text; NULL and @error if it is refused. */
static struct symbols *listed(const char *text, struct vts_error *error)
{
	char path[] = "/tmp/vtscope-symbols.XXXXXX";
	int fd = mkstemp(path);
	struct symbols *symbols;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	symbols = symbols_open(path, error);
	unlink(path);
	return symbols;
}

Test(symbols, reads_a_list_as_the_kernel_has_it)
{
	struct vts_error error;
	struct symbols *symbols = listed("ffffffff81000100 t helper\n"
					 "ffffffff81000100 T __helper_text_end\n"
					 "ffffffff81000100 t another_alias\n"
					 "ffffffff81000000 t startup\n"
					 "ffffffff81000000 T _stext\n"
					 "ffffffff81000180 D data\n"
					 "ffffffff81000200 W weak\n"
					 "ffffffffc0000000 t module_code\t[ext4]\n",
					 &error);
	static const struct {
		uint64_t address;
		const char *text;
	} cases[] = {
	    {0xffffffff80ffffff, "0xffffffff80ffffff"},
	    {0xffffffff81000000, "startup"}, /* no mark of a section */
	    {0xffffffff810000ff, "startup+0xff"},
	    {0xffffffff8100017f, "another_alias+0x7f"},
	    {0xffffffff81000180, "0xffffffff81000180"}, /* data is no code, and ends it */
	    {0xffffffff81000201, "weak+0x1"},
	    {0xffffffff81010200, "0xffffffff81010200"}, /* nothing is that long */
	    {0xffffffffc0000004, "module_code+0x4"},
	};
	char text[64];

	cr_assert_not_null(symbols, "%s", error.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(symbols_text(symbols, cases[i].address, text, sizeof(text)),
				 cases[i].text, "case %zu: %s", i, text);
	symbols_close(symbols);
}

static void refused_text(const char *text, const char *why)
{
	struct vts_error error;

	cr_expect_null(listed(text, &error), "%s", text);
	cr_expect(strstr(error.text, why), "%s", error.text);
}

Test(symbols, says_what_is_wrong_with_a_list)
{
	char long_line[3000];

	refused_text("hello\n", "neither an ELF file nor a list");
	refused_text("1000 T main\nnonsense\n", "line 2 is not");
	refused_text("1000 T main\n2000 T\n", "line 2 is not");
	refused_text("1000 T main\n2000 T cut", "line 2 is not");
	refused_text("11112222333344445 T main\n", "line 1 is not");
	refused_text("-1 T main\n", "line 1 is not");
	refused_text("1000 D data\n", "no symbols of code");
	refused_text("0000000000000000 T main\n0000000000000000 t other\n",
		     "every address in it is 0");
	memset(long_line, 'a', sizeof(long_line));
	memcpy(long_line, "1000 T ", 7);
	memcpy(long_line + sizeof(long_line) - 2, "\n", 2);
	refused_text(long_line, "line 1 is not");
}

/** A copy of this program's file in memory. */
static char *own_file(size_t *bytes)
{
	FILE *file = fopen("/proc/self/exe", "rb");
	char *data;

	cr_assert_not_null(file);
	fseek(file, 0, SEEK_END);
	*bytes = (size_t)ftell(file);
	rewind(file);
	data = malloc(*bytes);
	cr_assert_eq(fread(data, 1, *bytes, file), *bytes);
	fclose(file);
	return data;
}

static void write_file(const char *path, const char *data, size_t bytes)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(data, 1, bytes, file), bytes);
	fclose(file);
}

/** Open what may be damaged: anything but a crash is right. */
static void survive(const char *path)
{
	struct vts_error error;
	struct symbols *symbols = symbols_open(path, &error);
	uint64_t start;

	if (!symbols)
		cr_assert_neq(error.text[0], '\0');
	for (uint64_t address = 0; address < 1 << 20; address += 4093)
		symbols_find(symbols, address, &start);
	symbols_close(symbols);
}

Test(symbols, survives_damaged_section_headers, .timeout = 120)
{
	char path[] = "/tmp/vtscope-symbols.XXXXXX";
	size_t bytes;
	char *data = own_file(&bytes);
	Elf64_Ehdr *header = (Elf64_Ehdr *)data;
	size_t sections = header->e_shoff, length = header->e_shnum * sizeof(Elf64_Shdr);
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	for (size_t at = 0; at < length; at += 37) {
		data[sections + at] ^= 0x5a;
		write_file(path, data, bytes);
		survive(path);
		data[sections + at] ^= 0x5a;
	}
	for (size_t at = 16; at < sizeof(*header); at++) {
		data[at] ^= 0xff;
		write_file(path, data, bytes);
		survive(path);
		data[at] ^= 0xff;
	}
	for (size_t kept = bytes; kept > bytes / 20; kept -= bytes / 20) {
		write_file(path, data, kept);
		survive(path);
	}
	unlink(path);
	free(data);
}
