// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/vtrun_elf.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct test_elf test_elf_make(unsigned long long address)
{
	struct test_elf elf = {
	    .header = {.e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_entry = address + 4,
		       .e_phoff = offsetof(struct test_elf, segments),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 2,
		       .e_shentsize = sizeof(Elf64_Shdr)},
	    .segments = {{PT_LOAD, PF_R | PF_X, offsetof(struct test_elf, code), address, address,
			  16, 16, 16},
			 {PT_LOAD, PF_R | PF_W, offsetof(struct test_elf, data), address + 0x1000,
			  address + 0x1000, 32, TEST_ELF_MEMORY, 16}},
	};

	memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
	elf.header.e_ident[EI_CLASS] = ELFCLASS64;
	elf.header.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.header.e_ident[EI_VERSION] = EV_CURRENT;
	memset(elf.code, 0x90, sizeof(elf.code));
	memset(elf.data, 0xda, sizeof(elf.data));
	return elf;
}

const char *test_elf_write(const void *elf, unsigned long bytes)
{
	static char path[64];
	static int fd = -1;

	if (fd >= 0)
		close(fd);
	fd = memfd_create("elf", MFD_CLOEXEC);
	cr_assert_eq(write(fd, elf, bytes), (ssize_t)bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}
