/* SPDX-License-Identifier: GPL-2.0-only */
/* A small good ELF64 executable for tests of vtrun. */
#ifndef TESTS_UNIT_VTRUN_ELF_H
#define TESTS_UNIT_VTRUN_ELF_H

#include <elf.h>

#define TEST_ELF_ADDRESS 0x1000000ull
#define TEST_ELF_MEMORY	 0x3000ull /* of its second segment, more than the file has */

struct test_elf {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2]; /* code, then data that the file gives in part */
	unsigned char code[16], data[32];
};

/** At @address on. */
struct test_elf test_elf_make(unsigned long long address);
/** Write @bytes of it to a new file; its path, static. */
const char *test_elf_write(const void *elf, unsigned long bytes);

#endif
