/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot 1 images, judged and loaded; tests/e2e/multiboot.sh runs one. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "core-vmm/loader/multiboot_image.h"
#include "tests/unit/fake/dsdt.h"
#include "tests/unit/fake/machine.h"

#define MEMORY (32ul << 20)
#define BYTES  8192u
#define LOAD   0x200000u
#define AT     0x100u /* of the header */

static unsigned char *file;
static struct guest_image image;
static struct guest_entry entry;
static struct vts_multiboot_header header;
static struct vts_elf32 elf;
static struct vts_elf32_segment segment;

static void seal(void)
{
	header.checksum = -(header.magic + header.flags);
	memcpy(file + AT, &header, sizeof(header));
}

static void flat(void)
{
	header = (struct vts_multiboot_header){.magic = VTS_MULTIBOOT_MAGIC,
					       .flags = VTS_MULTIBOOT_ADDRESSES | 3,
					       .header_addr = LOAD + AT,
					       .load_addr = LOAD,
					       .bss_end_addr = LOAD + 3 * BYTES,
					       .entry_addr = LOAD + 0x200};
	seal();
}

static void elf32(void)
{
	header = (struct vts_multiboot_header){.magic = VTS_MULTIBOOT_MAGIC, .flags = 3};
	seal();
	elf = (struct vts_elf32){.magic = VTS_ELF_MAGIC,
				 .class = VTS_ELF32_CLASS,
				 .data = VTS_ELF_LITTLE,
				 .type = VTS_ELF_EXEC,
				 .machine = VTS_ELF_386,
				 .entry = LOAD + 0x80,
				 .phoff = 64,
				 .phentsize = sizeof(segment),
				 .phnum = 1};
	segment = (struct vts_elf32_segment){.type = VTS_ELF_LOAD,
					     .offset = 0x200,
					     .paddr = LOAD,
					     .filesz = 0x1000,
					     .memsz = 0x3000};
	memcpy(file, &elf, sizeof(elf));
	memcpy(file + elf.phoff, &segment, sizeof(segment));
}

static void start(void)
{
	fake_start(MEMORY, false);
	/* To the byte, so that the sanitizer sees who reads behind it. */
	file = malloc(BYTES);
	memset(file, 0x90, BYTES);
	image = (struct guest_image){.file = file, .bytes = BYTES, .args = "name"};
}

static void stop(void)
{
	free(file);
}

TestSuite(multiboot_load, .init = start, .fini = stop);

static const char *load(void)
{
	return guest_image_load(&fake.vm.memory, &image, &entry);
}

Test(multiboot_load, flat)
{
	flat();
	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(entry.protected32);
	cr_expect(eq(u64, entry.rip, LOAD + 0x200));
	cr_expect(eq(u64, entry.rax, 0x2badb002));
	cr_expect(eq(u64, fake_read(LOAD + BYTES - 8), 0x9090909090909090));
	cr_expect(eq(u64, fake_read(LOAD + BYTES), 0));
	header.load_end_addr = LOAD + 0x1000;
	seal();
	fake_start(MEMORY, false);
	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(eq(u64, fake_read(LOAD + 0x1000), 0));
}

Test(multiboot_load, elf32)
{
	elf32();
	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(eq(u64, entry.rip, LOAD + 0x80));
	cr_expect(eq(u64, fake_read(LOAD + 0xff8), 0x9090909090909090));
	cr_expect(eq(u64, fake_read(LOAD + 0x1000), 0));
}

Test(multiboot_load, the_module_lies_behind)
{
	image.initrd = "module";
	image.initrd_bytes = 6;
	flat();
	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(eq(u64, fake_read(LOAD + 3 * BYTES), 0x0000656c75646f6d));
}

static void refused(const char *what)
{
	const char *error = load();

	cr_expect(error && strstr(error, what), "expected \"%s\", got \"%s\"", what,
		  error ? error : "no error");
	stop();
	start();
}

#define REFUSED(make, change, what)                                                                \
	do {                                                                                       \
		make();                                                                            \
		change;                                                                            \
		seal();                                                                            \
		memcpy(file + 64, &segment, make == elf32 ? sizeof(segment) : 0);                  \
		memcpy(file, &elf, make == elf32 ? sizeof(elf) : 0);                               \
		refused(what);                                                                     \
	} while (0)

Test(multiboot_load, damaged_and_unfit_images_are_refused)
{
	REFUSED(flat, header.flags |= VTS_MULTIBOOT_VIDEO, "video mode");
	REFUSED(flat, header.flags |= 1 << 9, "does not know");
	REFUSED(flat, header.header_addr = LOAD - 1, "contradict");
	REFUSED(flat, header.header_addr = LOAD + AT + 4, "contradict");
	REFUSED(flat, header.load_end_addr = LOAD - 1, "contradict");
	REFUSED(flat, header.bss_end_addr = LOAD - 1, "contradict");
	REFUSED(flat, header.load_end_addr = LOAD + BYTES + 1, "behind the file's end");
	REFUSED(flat, header.bss_end_addr = LOAD + BYTES - 1, "larger in the file");
	REFUSED(flat, header.entry_addr = LOAD + 3 * BYTES, "entry point");
	REFUSED(flat, header.bss_end_addr = 0xffffffff, "does not fit");
	REFUSED(flat, (header.load_addr = 0xff000, header.header_addr = 0xff000 + AT),
		"below 1 MiB");
	REFUSED(elf32, elf.class = 2, "neither flat nor ELF32");
	REFUSED(elf32, elf.machine = 62, "neither flat nor ELF32");
	REFUSED(elf32, elf.phoff = BYTES - 1, "program headers");
	REFUSED(elf32, elf.phnum = 0xffff, "program headers");
	REFUSED(elf32, elf.phentsize = 31, "program headers");
	REFUSED(elf32, segment.offset = BYTES, "behind the file's end");
	REFUSED(elf32, segment.filesz = 0xffffffff, "behind the file's end");
	REFUSED(elf32, segment.memsz = 0xfff, "larger in the file");
	REFUSED(elf32, segment.paddr = 0x1000, "below 1 MiB");
	REFUSED(elf32, segment.memsz = 0xffffffff, "does not fit");
	REFUSED(elf32, segment.type = 2, "entry point");
	image.initrd_bytes = MEMORY;
	REFUSED(flat, (void)0, "module do not fit");
	flat();
	file[AT + 8]++;
	refused("not an ELF file");
}

/* Whatever the headers say, nothing outside the file is read and nothing outside the guest's memory is written. */
Test(multiboot_load, any_header)
{
	srand(1);
	for (unsigned i = 0; i < 20000; i++) {
		bool is_flat = rand() % 2;

		is_flat ? flat() : elf32();
		for (unsigned changes = 1 + (unsigned)rand() % 4; changes; changes--)
			if (is_flat)
				((unsigned char *)&header)[12 + (unsigned)rand() % 20] ^=
				    (unsigned char)rand();
			else
				file[(unsigned)rand() % 96] ^= (unsigned char)rand();
		seal();
		if (rand() % 4)
			image.bytes = (size_t)rand() % BYTES + 1;
		load();
		stop();
		start();
	}
}
