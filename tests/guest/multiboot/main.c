// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Multiboot image finds at its start (Multiboot specification 0.6.96, 3.2 and 3.3), and that it can go on from there
 * to paging of each kind. Prints TAP to COM1; ends by isa-debug-exit with value 16 (status 33) if all is well.
 */
#include <stdbool.h>

#include "trace/multiboot.h"

#define COM1	      0x3f8
#define GOOD	      16u
#define BAD	      1u
#define PAGE	      4096u
#define LARGE	      0x200000u
#define CR4_PSE	      0x10u
#define CR4_PAE	      0x20u
#define PRESENT	      3u /* writable */
#define PRESENT_LARGE 0x83u

extern uint32_t start_eax, start_ebx, start_eflags, start_cr0, start_cr4;
extern char image_data_end[], image_end[];

uint32_t with_paging(uint32_t root, uint32_t cr4, const volatile uint32_t *at);
uint64_t in_long_mode(uint32_t root, uint64_t a, uint64_t b);
uint32_t test_main(void);

static unsigned tests, failed;
static uint32_t tables[3][PAGE / 4] __attribute__((aligned(4096)));
static uint32_t bss_word;
static volatile uint32_t data_word = 0x600dda7a;

static void put(const char *text)
{
	for (; *text; text++)
		__asm__ volatile("outb %b0, %w1" ::"a"(*text), "d"(COM1));
}

static void put_number(uint32_t number)
{
	char text[12], *at = text + sizeof(text) - 1;

	*at = 0;
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	put(at);
}

static void ok(bool good, const char *name)
{
	put(good ? "ok " : "not ok ");
	put_number(++tests);
	put(" - ");
	put(name);
	put("\n");
	failed += !good;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

/** A module's string without the directories of its file. */
static const char *base_name(uint32_t string)
{
	const char *base = (const char *)string;

	for (const char *at = base; *at && *at != ' '; at++)
		if (*at == '/')
			base = at + 1;
	return base;
}

/** The memory map: what lies at @address. */
static uint32_t type_at(const struct multiboot_info *info, uint64_t address)
{
	for (uint32_t at = info->mmap_addr; at < info->mmap_addr + info->mmap_length;) {
		const struct multiboot_mmap *map = (const void *)at;

		if (address >= map->base && address - map->base < map->length)
			return map->type;
		at += map->size + 4;
	}
	return 0;
}

static void state(void)
{
	ok(start_eax == MULTIBOOT_LOADER_MAGIC, "EAX");
	ok((start_cr0 & 0x80000001) == 1, "protected mode, paging off");
	ok(start_cr4 == 0, "CR4");
	ok(!(start_eflags & 0x20200), "interrupts off, no virtual-8086 mode");
	ok(data_word == 0x600dda7a, "data is loaded");
	ok(!bss_word, "bss is clear");
	/* A20: else 3 MiB would be 2 MiB. */
	*(volatile uint32_t *)0x300000 = 1;
	*(volatile uint32_t *)0x200000 = 2;
	ok(*(volatile uint32_t *)0x300000 == 1, "A20");
}

static void memory(const struct multiboot_info *info)
{
	uint64_t end = 0x100000 + (uint64_t)info->mem_upper * 1024;

	ok(info->flags & MULTIBOOT_INFO_MEM && info->mem_lower == 640, "lower memory");
	ok(info->flags & MULTIBOOT_INFO_MMAP, "a memory map");
	ok(type_at(info, 0x80000) == MULTIBOOT_MEMORY_RAM, "low memory");
	ok(type_at(info, 0xf0000) == MULTIBOOT_MEMORY_RESERVED, "the BIOS's is reserved");
	ok(type_at(info, end - 1) == MULTIBOOT_MEMORY_RAM && !type_at(info, end),
	   "upper memory ends where the map does");
	*(volatile uint32_t *)(uint32_t)(end - 4) = 7;
	ok(*(volatile uint32_t *)(uint32_t)(end - 4) == 7, "its last word is there");
}

/** Two modules, "one" of 5000 bytes that count, and an empty one: how the test runs it. */
static void modules(const struct multiboot_info *info)
{
	const struct multiboot_module *module = (const void *)info->mods_addr;
	bool good = true;

	if (!info->mods_count) {
		put("# no modules\n");
		return;
	}
	ok(info->mods_count == 2, "two modules");
	ok(module[0].end - module[0].start == 5000 && module[0].start % PAGE == 0,
	   "the first, on a page");
	for (uint32_t i = 0; i < 5000; i++)
		good &= ((const char *)module[0].start)[i] == "0123456789"[i % 10];
	ok(good, "its bytes");
	ok(same(base_name(module[0].string), "one two=2"), "its string");
	ok(module[1].start == module[1].end && same(base_name(module[1].string), "two"),
	   "the second, empty");
	ok(module[0].start >= (uint32_t)image_end, "behind the image");
}

static void loader(const struct multiboot_info *info)
{
	const char *cmdline = (const char *)info->cmdline;

	ok(info->flags & MULTIBOOT_INFO_LOADER &&
	       same((const char *)info->boot_loader_name, "vtscope"),
	   "the loader's name");
	ok(begins(cmdline, "multiboot-") && cmdline[10],
	   "the command line begins with the image's name");
	put("# ");
	put(cmdline);
	put("\n");
}

static void tables_clear(void)
{
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < PAGE / 4; j++)
			tables[i][j] = 0;
}

/** Each kind maps all of the first 8 MiB at its address but 2 MiB at 6 MiB, which shows what lies at 4 MiB. */
static void paging(void)
{
	volatile uint32_t *there = (volatile uint32_t *)0x400000,
			  *here = (volatile uint32_t *)0x600000;

	*there = 0x11;
	*here = 0x22;
	tables_clear();
	tables[0][0] = (uint32_t)tables[1] | PRESENT;
	tables[0][1] = (uint32_t)tables[2] | PRESENT;
	for (uint32_t i = 0; i < 1024; i++) {
		tables[1][i] = i * PAGE | PRESENT;
		tables[2][i] = (0x400000 + (i & 511) * PAGE) | PRESENT;
	}
	ok(with_paging((uint32_t)tables[0], 0, here) == 0x11, "32-bit paging, 4 KiB");
	tables_clear();
	tables[0][0] = PRESENT_LARGE;
	tables[0][1] = 0x400000 | PRESENT_LARGE;
	ok(with_paging((uint32_t)tables[0], CR4_PSE, here) == 0x22, "32-bit paging, 4 MiB");
	tables_clear();
	tables[0][0] = (uint32_t)tables[1] | 1;
	for (uint32_t i = 0; i < 4; i++)
		tables[1][2 * i] = (i == 3 ? 2 : i) * LARGE | PRESENT_LARGE;
	ok(with_paging((uint32_t)tables[0], CR4_PAE, here) == 0x11, "PAE paging");
	tables[2][0] = (uint32_t)tables[0] | PRESENT;
	tables[0][0] = (uint32_t)tables[1] | PRESENT;
	ok(in_long_mode((uint32_t)tables[2], 0x100000001, 3) == 0x300000003, "64-bit mode");
	ok(*here == 0x22, "paging off again");
}

uint32_t test_main(void)
{
	const struct multiboot_info *info = (const void *)start_ebx;

	state();
	memory(info);
	modules(info);
	loader(info);
	paging();
	put("1..");
	put_number(tests);
	put("\n");
	return failed ? BAD : GOOD;
}
