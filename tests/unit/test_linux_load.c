/* SPDX-License-Identifier: GPL-2.0-only */
/* A Linux kernel in a guest's memory: Documentation/arch/x86/boot.rst, and the ACPI tables it is given. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "core-vmm/loader/acpi_tables.h"
#include "core-vmm/loader/linux.h"
#include "tests/unit/fake/dsdt.h"
#include "tests/unit/fake/machine.h"
#include "trace/linux_image.h"

#define MEMORY	  (64ul << 20)
#define SECTORS	  2u
#define CODE_AT	  ((SECTORS + 1) * 512)
#define CODE	  4096u
#define INIT_SIZE 0x4000u
#define LOAD	  0x1000000ul

static unsigned char *file;
static unsigned char initrd[5000];
static const struct guest_module module = {initrd, sizeof(initrd), ""};
static struct guest_image image;
static struct guest_entry entry;
static char cmdline[4096];

static void put(unsigned offset, unsigned bytes, uint64_t value)
{
	memcpy(file + offset, &value, bytes);
}

static void start(void)
{
	fake_start(MEMORY, false);
	/* To the byte, so that the sanitizer sees who reads behind it. */
	file = calloc(1, CODE_AT + CODE);
	memset(file + CODE_AT, 0x90, CODE);
	put(VTS_LINUX_SETUP_SECTS, 1, SECTORS);
	put(VTS_LINUX_SYSSIZE, 4, CODE / 16);
	put(VTS_LINUX_BOOT_FLAG, 2, 0xaa55);
	put(VTS_LINUX_JUMP_OFFSET, 1, 0x6a);
	memcpy(file + VTS_LINUX_MAGIC, "HdrS", 4);
	put(VTS_LINUX_VERSION, 2, 0x20f);
	put(VTS_LINUX_INITRD_MAX, 4, 0x7fffffff);
	put(VTS_LINUX_XLOADFLAGS, 2, 0x7f);
	put(VTS_LINUX_CMDLINE_MAX, 4, 2047);
	put(VTS_LINUX_PREF_ADDRESS, 8, LOAD);
	put(VTS_LINUX_INIT_SIZE, 4, INIT_SIZE);
	memset(initrd, 0x17, sizeof(initrd));
	strcpy(cmdline, "console=ttyS0");
	image = (struct guest_image){.file = file,
				     .bytes = CODE_AT + CODE,
				     .modules = &module,
				     .module_count = 1,
				     .args = cmdline,
				     .seed = 7};
}

static void stop(void)
{
	free(file);
}

TestSuite(linux_load, .init = start, .fini = stop);

static const char *load(void)
{
	return guest_image_load(&fake.vm.memory, &image, &entry);
}

static uint64_t word(uint64_t gpa, unsigned bytes)
{
	uint64_t value = 0;

	cr_assert(eq(int, guest_memory_read(&fake.vm.memory, gpa, &value, bytes), 0));
	return value;
}

Test(linux_load, starts_as_the_protocol_says)
{
	uint64_t params, map;
	char text[32];

	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(eq(u64, entry.rip, LOAD + 0x200));
	cr_expect(eq(u64, word(entry.rip, 4), 0x90909090));
	cr_expect(eq(int, entry.code_selector, 0x10));
	cr_expect(eq(int, entry.gdt_limit, 0x2f));
	cr_expect(eq(u64, word(entry.gdt_base + 0x10, 8), 0x00af9b000000ffff));
	cr_expect(eq(u64, word(entry.gdt_base + 0x18, 8), 0x00cf93000000ffff));

	params = entry.rsi;
	cr_expect(eq(u64, word(params + 0x202, 4), 0x53726448));
	cr_expect(eq(u64, word(params + 0x210, 1), 0xff));
	cr_expect(eq(u64, word(params + 0x21c, 4), sizeof(initrd)));
	cr_expect(eq(u64, word(params + 0x218, 4), MEMORY - 0x2000), "as high as it goes");
	cr_expect(eq(u64, word(MEMORY - 0x2000 + sizeof(initrd) - 1, 2), 0x0017));
	cr_assert(
	    eq(int, guest_memory_read(&fake.vm.memory, word(params + 0x228, 4), text, 14), 0));
	cr_expect(eq(str, text, "console=ttyS0"));
	cr_expect(eq(u64, word(params + 0x070, 8), 0xe0000));

	cr_assert(eq(u64, word(params + 0x1e8, 1), 3));
	map = params + 0x2d0;
	cr_expect(eq(u64, word(map, 8), 0));
	cr_expect(eq(u64, word(map + 8, 8), 0xa0000));
	cr_expect(eq(u64, word(map + 16, 4), 1));
	cr_expect(eq(u64, word(map + 20, 8), 0xe0000));
	cr_expect(eq(u64, word(map + 36, 4), 2));
	cr_expect(eq(u64, word(map + 40, 8) + word(map + 48, 8), MEMORY));
}

Test(linux_load, memory_is_mapped_at_its_address)
{
	uint64_t pdpt, pd;

	cr_assert(eq(ptr, (void *)load(), NULL));
	pdpt = word(entry.cr3, 8) & ~0xffful;
	pd = word(pdpt, 8) & ~0xffful;
	cr_expect(eq(u64, word(pd + 8 * (LOAD >> 21), 8), LOAD | 0x83));
}

Test(linux_load, random_bytes_come_of_the_seed)
{
	uint64_t data, first;

	cr_assert(eq(ptr, (void *)load(), NULL));
	data = word(entry.rsi + 0x250, 8);
	cr_expect(eq(u64, word(data, 8), 0));
	cr_expect(eq(u64, word(data + 8, 4), 9));
	cr_expect(eq(u64, word(data + 12, 4), 32));
	first = word(data + 16, 8);
	/* SplitMix64's reference: the first output for seed 7. */
	cr_expect(eq(u64, first, 0x63cbe1e459320dd7));
	image.seed = 8;
	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(ne(u64, word(data + 16, 8), first));
}

static unsigned sum(uint64_t gpa, uint64_t bytes)
{
	unsigned total = 0;

	while (bytes--)
		total += (unsigned)word(gpa + bytes, 1);
	return total & 0xff;
}

Test(linux_load, acpi_tables_are_whole)
{
	uint64_t xsdt, fadt, table;

	cr_assert(eq(ptr, (void *)load(), NULL));
	cr_expect(eq(u64, word(ACPI_TABLES_START, 8), 0x2052545020445352)); /* "RSD PTR " */
	cr_expect(eq(int, (int)sum(ACPI_TABLES_START, 20), 0));
	cr_expect(eq(int, (int)sum(ACPI_TABLES_START, 36), 0));
	xsdt = word(ACPI_TABLES_START + 24, 8);
	cr_expect(eq(u64, word(xsdt, 4), 0x54445358)); /* "XSDT" */
	cr_assert(eq(u64, word(xsdt + 4, 4), 36 + 2 * 8));
	cr_expect(eq(int, (int)sum(xsdt, word(xsdt + 4, 4)), 0));
	for (unsigned i = 0; i < 2; i++) {
		table = word(xsdt + 36 + 8 * i, 8);
		cr_expect(eq(int, (int)sum(table, word(table + 4, 4)), 0), "table %u", i);
	}
	fadt = word(xsdt + 36, 8);
	cr_expect(eq(u64, word(fadt, 4), 0x50434146)); /* "FACP" */
	cr_expect(eq(u64, word(word(fadt + 36, 4), 4), 0x53434146));
	cr_expect(eq(u64, word(word(fadt + 140, 8), 4), 0x54445344));
	cr_expect(eq(u64, word(fadt + 76, 4), 0x608), "the PM timer");
	cr_expect(eq(u64, word(fadt + 120, 8), 0x60c), "the reset register");
	cr_expect(eq(u64, word(word(xsdt + 44, 8), 4), 0x43495041)); /* "APIC" */
}

static void refused(const char *what)
{
	const char *error = load();

	cr_expect(error && strstr(error, what), "expected \"%s\", got \"%s\"", what,
		  error ? error : "no error");
	stop();
	start();
}

Test(linux_load, damaged_and_unfit_files_are_refused)
{
	put(VTS_LINUX_VERSION, 2, 0x20b);
	refused("older than 2.12");
	put(VTS_LINUX_XLOADFLAGS, 2, 0x7e);
	refused("no 64-bit entry point");
	put(VTS_LINUX_JUMP_OFFSET, 1, 0x10);
	refused("setup header is too short");
	put(VTS_LINUX_SYSSIZE, 4, CODE / 16 + 1);
	refused("the file ends before its code");
	put(VTS_LINUX_SYSSIZE, 4, 0xffffffff);
	refused("the file ends before its code");
	put(VTS_LINUX_SETUP_SECTS, 1, 255);
	refused("the file ends before its code");
	put(VTS_LINUX_SYSSIZE, 4, 2);
	refused("it has no code");
	put(VTS_LINUX_INIT_SIZE, 4, CODE - 1);
	refused("contradicts itself");
	put(VTS_LINUX_PREF_ADDRESS, 8, 0xff000);
	refused("contradicts itself");
	put(VTS_LINUX_PREF_ADDRESS, 8, LOAD + 1);
	refused("contradicts itself");
	put(VTS_LINUX_PREF_ADDRESS, 8, ~0xffful);
	refused("contradicts itself");
	put(VTS_LINUX_INIT_SIZE, 4, 0xffffffff);
	refused("do not fit");
	put(VTS_LINUX_PREF_ADDRESS, 8, MEMORY - INIT_SIZE);
	refused("do not fit");
	put(VTS_LINUX_INITRD_MAX, 4, LOAD);
	refused("cannot reach");
	memset(cmdline, 'x', 2048);
	cmdline[2048] = 0;
	refused("longer than this kernel takes");
	image.bytes = VTS_LINUX_HEADER_NEEDED - 1;
	refused("setup header is too short");
	memcpy(file + VTS_LINUX_MAGIC, "HdrT", 4);
	refused("not an ELF file");
}

/* Whatever the header says, nothing outside the file is read and nothing outside the guest's memory is written. */
Test(linux_load, any_header)
{
	srand(1);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned changes = 1 + (unsigned)rand() % 4;

		while (changes--)
			file[VTS_LINUX_SETUP_SECTS + (unsigned)rand() % 0x80] =
			    (unsigned char)rand();
		memcpy(file + VTS_LINUX_MAGIC, "HdrS", 4);
		if (rand() % 4)
			image.bytes = (size_t)rand() % (CODE_AT + CODE) + 1;
		load();
		stop();
		start();
	}
}
