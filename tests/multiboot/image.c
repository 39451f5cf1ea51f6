/* SPDX-License-Identifier: GPL-2.0-only */
/* A Multiboot 1 image that says what it was given, pages in all three formats, and ends through isa-debug-exit. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOADER_MAGIC 0x2badb002u
#define UART	     0x3f8
#define DEBUG_EXIT   0xf4

#define CR0_PG	0x80000000u
#define CR4_PSE 0x10u
#define CR4_PAE 0x20u

#define PRESENT_WRITE 3u
#define LARGE	      0x80u

/* An address that paging moves elsewhere. */
#define ELSEWHERE 0x40000000u

struct info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader;
};

struct module {
	uint32_t start, end, string, reserved;
};

struct map_entry {
	uint32_t size;
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

void image_main(uint32_t magic, const struct info *info);
uint64_t long_mode_square(uint32_t value, uint32_t pml4);

static uint32_t table[1024] __attribute__((aligned(4096)));
static uint64_t pml4[512] __attribute__((aligned(4096))), pdpt[512] __attribute__((aligned(4096)));
static uint64_t directory[4][512] __attribute__((aligned(4096)));
static volatile uint32_t seen = 0x5eed, cleared;

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void print(const char *text)
{
	while (*text)
		out(UART, (uint8_t)*text++);
}

static void print_hex(const char *name, uint64_t value)
{
	char digits[17];

	for (unsigned i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	digits[16] = 0;
	print(name);
	print(" ");
	print(digits);
	print("\n");
}

static void info_print(const struct info *info)
{
	const struct module *module = (const void *)info->mods_addr;

	print_hex("flags", info->flags);
	print("cmdline ");
	print((const char *)info->cmdline);
	print("\nloader ");
	print((const char *)info->loader);
	print("\n");
	print_hex("upper", info->mem_upper);
	for (uint32_t at = info->mmap_addr; at < info->mmap_addr + info->mmap_length;) {
		const struct map_entry *entry = (const void *)at;

		print_hex("map", entry->base);
		print_hex("  bytes", entry->length);
		print_hex("  type", entry->type);
		at += entry->size + 4;
	}
	for (uint32_t i = 0; i < info->mods_count; i++, module++) {
		uint32_t sum = 0;

		for (const uint8_t *byte = (const void *)module->start;
		     byte < (const uint8_t *)module->end; byte++)
			sum = sum * 31 + *byte;
		print_hex("module", module->end - module->start);
		print_hex("  sum", sum);
	}
}

static void registers_print(void)
{
	uint32_t cr0, cr4, flags;

	__asm__("mov %%cr0, %0\n\tmov %%cr4, %1\n\tpushf\n\tpop %2"
		: "=r"(cr0), "=r"(cr4), "=r"(flags));
	print_hex("cr0", cr0);
	print_hex("cr4", cr4);
	print_hex("if", flags & 0x200);
	print_hex("bss", cleared);
}

static void cr0_set(bool paging)
{
	uint32_t cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 = paging ? cr0 | CR0_PG : cr0 & ~CR0_PG;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}

/** Read `seen` through ELSEWHERE, which these tables lead to the image. */
static uint32_t paged_read(const void *root, uint32_t cr4)
{
	uint32_t value;

	__asm__ volatile("mov %0, %%cr4\n\tmov %1, %%cr3" : : "r"(cr4), "r"(root) : "memory");
	cr0_set(true);
	value = *(volatile uint32_t *)(ELSEWHERE + (uint32_t)&seen);
	cr0_set(false);
	return value;
}

static void tables_make(void)
{
	for (uint32_t i = 0; i < 1024; i++)
		table[i] = i << 22 | PRESENT_WRITE | LARGE;
	table[ELSEWHERE >> 22] = PRESENT_WRITE | LARGE;
	for (uint32_t i = 0; i < 4; i++) {
		pdpt[i] = (uint32_t)directory[i] | 1u;
		for (uint32_t j = 0; j < 512; j++)
			directory[i][j] = (uint64_t)i << 30 | j << 21 | PRESENT_WRITE | LARGE;
	}
	directory[ELSEWHERE >> 30][0] = PRESENT_WRITE | LARGE;
	pml4[0] = (uint32_t)pdpt | PRESENT_WRITE;
}

void image_main(uint32_t magic, const struct info *info)
{
	print_hex("magic", magic);
	if (magic != LOADER_MAGIC)
		out(DEBUG_EXIT, 1);
	registers_print();
	info_print(info);
	tables_make();
	print_hex("32-bit", paged_read(table, CR4_PSE));
	print_hex("pae", paged_read(pdpt, CR4_PAE));
	for (uint32_t i = 0; i < 4; i++)
		pdpt[i] |= PRESENT_WRITE; /* reserved in PAE paging's */
	print_hex("64-bit", long_mode_square(0x12345678, (uint32_t)pml4));
	print("end\n");
	out(DEBUG_EXIT, 0x15);
}
