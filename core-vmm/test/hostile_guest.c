/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hostile guest's memory: descriptors, page tables and code. Whatever exception a snippet of its
 * code raises, the handler goes on with the next one, at the privilege and in the mode that its
 * frame says.
 */
#include "core-vmm/test/hostile.h"

#include "core-vmm/abi/guest.h"

#define AT_GDT	   0x1000ul
#define AT_IDT	   0x2000ul
#define AT_TSS	   0x3000ul /* with an I/O bitmap of three pages behind it */
#define AT_HANDLER 0x8000ul
#define AT_FRAMES  0x9000ul
#define AT_COUNTER 0x6000ul
#define AT_STACK   0x20000ul
#define AT_ROOT	   HOSTILE_TABLES

#define TSS_BYTES    104u
#define FRAME_BYTES  40u
#define GATE_KERNEL  0x8eull
#define GATE_USER    0xeeull
#define STACK_SHARED 0x28000ul /* of snippets; from here downwards */

/* Segments that frames may name. */
enum {
	KERNEL_CODE64 = 0x08,
	KERNEL_DATA = 0x10,
	TSS_SELECTOR = 0x18, /* two entries */
	KERNEL_CODE32 = 0x28,
	USER_DATA = 0x30 | 3,
	USER_CODE64 = 0x38 | 3,
	USER_CODE32 = 0x40 | 3,
	USER_CODE16 = 0x48 | 3,
	GDT_NOISE = 0x50,
	GDT_BYTES = 0x80
};

#define PTE_P  1ull
#define PTE_W  2ull
#define PTE_U  4ull
#define PTE_PS 0x80ull

/* One buffer, since one VM is made at a time. */
static uint64_t page[512];

static int page_put(struct guest_memory *memory, uint64_t gpa)
{
	return guest_memory_write(memory, gpa, page, PAGE_SIZE);
}

static void page_clear(void)
{
	platform_clear(page, PAGE_SIZE);
}

static int gdt_put(struct guest_memory *memory, uint64_t *random)
{
	page_clear();
	page[KERNEL_CODE64 / 8] = 0x00af9b000000ffff;
	page[KERNEL_DATA / 8] = 0x00cf93000000ffff;
	page[TSS_SELECTOR / 8] = 0x2067 | (AT_TSS & 0xffffff) << 16 | 0x89ull << 40;
	page[KERNEL_CODE32 / 8] = 0x00cf9b000000ffff;
	page[USER_DATA / 8] = 0x00cff3000000ffff;
	page[USER_CODE64 / 8] = 0x00affb000000ffff;
	page[USER_CODE32 / 8] = 0x00cffb000000ffff;
	page[USER_CODE16 / 8] = 0x400ffb010000ffff; /* its base: the snippets */
	for (unsigned at = GDT_NOISE; at < GDT_BYTES; at += 8)
		page[at / 8] = random_next(random);
	return page_put(memory, AT_GDT);
}

/** All vectors lead to the handler; one in sixteen is noise in one guest of four. */
static int idt_put(struct guest_memory *memory, uint64_t *random, uint64_t protection)
{
	bool noise = !random_below(random, 4);

	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t entry = vector == 13 ? protection : AT_HANDLER;
		uint64_t type =
		    vector >= 32 || vector == 3 || vector == 4 ? GATE_USER : GATE_KERNEL;

		page[vector * 2] = (entry & 0xffff) | (uint64_t)KERNEL_CODE64 << 16 | type << 40 |
				   (entry >> 16 & 0xffff) << 48;
		page[vector * 2 + 1] = 0;
		if (noise && !random_below(random, 16))
			page[vector * 2] ^= random_next(random);
	}
	return page_put(memory, AT_IDT);
}

/** The I/O bitmap opens every port to CPL 3, or none, or some. */
static int tss_put(struct guest_memory *memory, uint64_t *random)
{
	uint64_t kind = random_below(random, 3);
	int error;

	page_clear();
	page[0] = AT_STACK << 32; /* RSP0, at byte 4 */
	page[TSS_BYTES / 8 - 1] |= (uint64_t)TSS_BYTES << 48;
	for (unsigned i = TSS_BYTES / 8; i < 512; i++)
		page[i] = kind == 0 ? 0 : kind == 1 ? ~0ull : random_next(random);
	error = page_put(memory, AT_TSS);
	return error | page_put(memory, AT_TSS + PAGE_SIZE);
}

/* The handler, assembled by hand: 64-bit code at absolute addresses below 2 GiB. */
static unsigned code_bytes;

static void code8(uint64_t value)
{
	((uint8_t *)page)[code_bytes++] = (uint8_t)value;
}

static void code(const char *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		code8((uint8_t)bytes[i]);
}
#define CODE(bytes) code(bytes, sizeof(bytes) - 1)

static void code32(uint64_t value)
{
	for (unsigned i = 0; i < 4; i++)
		code8(value >> 8 * i);
}

static void handler_code(void)
{
	CODE("\xc6\x04\x25"), code32(HOSTILE_SKIP), code8(0); /* movb $0, SKIP */
	CODE("\xbc"), code32(AT_STACK);			      /* mov $AT_STACK, %esp */
	CODE("\x8b\x04\x25"), code32(AT_COUNTER);	      /* mov AT_COUNTER, %eax */
	CODE("\x83\xf8"), code8(HOSTILE_SNIPPETS);	      /* cmp $HOSTILE_SNIPPETS, %eax */
	CODE("\x73\x13");				      /* jae 1f */
	CODE("\xff\x04\x25"), code32(AT_COUNTER);	      /* incl AT_COUNTER */
	CODE("\x6b\xc0"), code8(FRAME_BYTES);		      /* imul $FRAME_BYTES, %eax */
	CODE("\x05"), code32(AT_FRAMES);		      /* add $AT_FRAMES, %eax */
	CODE("\x89\xc4");				      /* mov %eax, %esp */
	CODE("\x48\xcf");				      /* iretq */
	CODE("\x31\xff\x31\xc0\x0f\x01\xc1\xf4"); /* 1: xor %edi, %edi; xor %eax, %eax; vmcall; hlt
						   */
}

/** #GP: past the two bytes of RDMSR or WRMSR where a snippet sweeps them; otherwise as any other.
 */
static void protection_code(void)
{
	CODE("\x80\x3c\x25"), code32(HOSTILE_SKIP), code8(0);  /* cmpb $0, SKIP */
	CODE("\x0f\x84"), code32(-(uint64_t)(code_bytes + 4)); /* je the handler, at 0 */
	CODE("\x48\x83\x44\x24\x08\x02");		       /* addq $2, 8(%rsp) */
	CODE("\x48\x83\xc4\x08\x48\xcf");		       /* add $8, %rsp; iretq */
}

/** Entry of the guest: IDT, general registers, and on with the first snippet. */
static void entry_code(uint64_t *random)
{
	CODE("\x0f\x01\x1c\x25"), code32(AT_HANDLER + 0xf00); /* lidt */
	for (unsigned r = 0; r < 16; r++) {
		if (r == RSP)
			continue;
		code8(r < 8 ? 0x48 : 0x49), code8(0xb8 | (r & 7)); /* movabs $noise, %r */
		for (unsigned i = 0; i < 8; i++)
			code8(random_next(random));
	}
	CODE("\xe9"), code32(-(uint64_t)(code_bytes + 4)); /* jmp the handler */
}

static int handler_put(struct guest_memory *memory, uint64_t *random, uint64_t *protection,
		       uint64_t *entry)
{
	page_clear();
	code_bytes = 0;
	handler_code();
	*protection = AT_HANDLER + code_bytes;
	protection_code();
	*entry = AT_HANDLER + code_bytes;
	entry_code(random);
	page[0xf00 / 8] = AT_IDT << 16 | 0xfff;
	return page_put(memory, AT_HANDLER);
}

/** The frame with which snippet @index starts: privilege, mode, flags, stack. */
static void frame_make(uint64_t *frame, unsigned index, uint64_t *random)
{
	static const uint64_t codes[] = {KERNEL_CODE64, KERNEL_CODE64, KERNEL_CODE64, KERNEL_CODE32,
					 USER_CODE64,	USER_CODE64,   USER_CODE32,   USER_CODE16};
	uint64_t cs = codes[random_below(random, 8)];
	bool user;

	if (index < 2) /* the sweeps */
		cs = KERNEL_CODE64;
	if (index == HOSTILE_SNIPPETS - 1) /* out of long mode */
		cs = KERNEL_CODE32;
	user = cs & 3;
	frame[0] = (user ? HOSTILE_USER : 0) + HOSTILE_CODE + index * HOSTILE_SNIPPET;
	frame[1] = cs;
	frame[2] = 2 | (random_next(random) & 0x3cd5); /* arithmetic flags, IF, DF, IOPL */
	if (!random_below(random, 16))
		frame[2] |= 1ull << 8; /* TF */
	if (!random_below(random, 8))
		frame[2] |= 1ull << 18; /* AC */
	frame[3] = (user ? HOSTILE_USER : 0) + STACK_SHARED;
	frame[4] = user ? USER_DATA : KERNEL_DATA;
	if (cs == USER_CODE16)
		frame[0] = index * HOSTILE_SNIPPET;
}

static int frames_put(struct guest_memory *memory, uint64_t *random)
{
	page_clear();
	for (unsigned i = 0; i < HOSTILE_SNIPPETS; i++)
		frame_make(&page[i * FRAME_BYTES / 8], i, random);
	return page_put(memory, AT_FRAMES);
}

static int code_put(struct guest_memory *memory, uint64_t seed, uint64_t *random)
{
	static uint8_t snippet[HOSTILE_SNIPPET + 64];

	for (unsigned i = 0; i < HOSTILE_SNIPPETS; i++) {
		for (unsigned at = 0; at < sizeof(snippet); at += 2)
			snippet[at] = 0x0f, snippet[at + 1] = 0x0b; /* UD2 */
		hostile_snippet(snippet, seed, i, random);
		if (guest_memory_write(memory, HOSTILE_CODE + i * HOSTILE_SNIPPET, snippet,
				       HOSTILE_SNIPPET))
			return -1;
	}
	return 0;
}

uint64_t hostile_entry(uint64_t *random)
{
	uint64_t value = random_next(random), entry = value & 0x1e7; /* P W U A D PS G */

	if (random_below(random, 8))
		entry |= PTE_P;
	if (random_below(random, 4))
		entry &= ~PTE_PS;
	switch (random_below(random, 8)) {
	case 0: /* anywhere in memory */
		return entry | (value >> 16) % (HOSTILE_MEMORY >> PAGE_SHIFT) << PAGE_SHIFT;
	case 1: /* anything, reserved bits too */
		return value;
	case 2: /* a large page of memory */
		return entry | (value >> 16) % (HOSTILE_MEMORY >> LARGE_SHIFT) << LARGE_SHIFT;
	case 3: /* just behind memory, or not executable */
		return (value >> 63 ? 1ull << 63 : 0) | entry |
		       (value >> 16) % (HOSTILE_MEMORY >> (PAGE_SHIFT - 1)) << PAGE_SHIFT;
	case 4: /* the guest's own tables */
		return entry | (HOSTILE_TABLES + ((value >> 16) % 8 << PAGE_SHIFT));
	default:
		return entry | (HOSTILE_NOISE + ((value >> 16) % HOSTILE_NOISE_MAX << PAGE_SHIFT));
	}
}

static int noise_put(struct guest_memory *memory, uint64_t *random, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++) {
		for (unsigned at = 0; at < 512; at++)
			page[at] =
			    at & 3 ? page[at - 1] ^ (at & 1) << PAGE_SHIFT : hostile_entry(random);
		if (page_put(memory, HOSTILE_NOISE + i * PAGE_SIZE))
			return -1;
	}
	return 0;
}

/** Memory at its address by 4 KiB pages, for supervisors; and from HOSTILE_USER on, for all. */
static int tables_put(struct guest_memory *memory, uint64_t *random, bool noise)
{
	uint64_t chunks = HOSTILE_MEMORY >> LARGE_SHIFT, at = HOSTILE_TABLES;
	int error = 0;

	page_clear();
	page[0] = (at + PAGE_SIZE) | PTE_P | PTE_W | PTE_U;
	for (unsigned i = 1; noise && i < 512; i++)
		page[i] = hostile_entry(random);
	error |= page_put(memory, at);
	page_clear();
	page[0] = (at + 2 * PAGE_SIZE) | PTE_P | PTE_W | PTE_U;
	page[HOSTILE_USER >> 30] = (at + 3 * PAGE_SIZE) | PTE_P | PTE_W | PTE_U;
	for (unsigned i = 2; noise && i < 512; i++)
		page[i] = hostile_entry(random);
	page[HOSTILE_DEVICES >> 30] = HOSTILE_TABLES_IO | PTE_P | PTE_W | PTE_U;
	error |= page_put(memory, at + PAGE_SIZE);
	for (unsigned user = 0; user < 2; user++) {
		page_clear();
		for (uint64_t i = 0; i < chunks; i++)
			page[i] = (user ? i << LARGE_SHIFT | PTE_PS : at + (4 + i) * PAGE_SIZE) |
				  PTE_P | PTE_W | (user ? PTE_U : 0);
		/* What lies beyond is mapped too: nothing is there. */
		page[chunks] = chunks << LARGE_SHIFT | PTE_PS | PTE_P | PTE_W | PTE_U;
		error |= page_put(memory, at + (2 + user) * PAGE_SIZE);
	}
	for (uint64_t i = 0; i < chunks; i++) {
		for (uint64_t j = 0; j < 512; j++)
			page[j] = i << LARGE_SHIFT | j << PAGE_SHIFT | PTE_P | PTE_W;
		error |= page_put(memory, at + (4 + i) * PAGE_SIZE);
	}
	return error;
}

/** Registers of devices, by 2 MiB. */
static int tables_io_put(struct guest_memory *memory)
{
	static const uint32_t devices[] = {0xfee00000, 0xfec00000, 0xe0000000, 0xe0000000};

	page_clear();
	for (unsigned i = 0; i < 4; i++)
		page[i] = devices[i] | PTE_PS | PTE_P | PTE_W | PTE_U;
	return page_put(memory, HOSTILE_TABLES_IO);
}

/** What guests that leave long mode load into CR3. */
static int tables_legacy_put(struct guest_memory *memory, uint64_t *random)
{
	uint32_t *entry = (uint32_t *)page;
	int error;

	page_clear();
	page[0] = (HOSTILE_TABLES + 2 * PAGE_SIZE) | PTE_P;
	page[1] = (HOSTILE_TABLES + 3 * PAGE_SIZE) | PTE_P;
	page[2] = random_below(random, 4) ? 0 : hostile_entry(random);
	page[3] = random_below(random, 4) ? 0 : hostile_entry(random) & ~0x1e6ull;
	error = page_put(memory, HOSTILE_TABLES_PAE);
	for (unsigned i = 0; i < 1024; i++)
		entry[i] = (uint32_t)hostile_entry(random);
	for (unsigned i = 0; i < HOSTILE_MEMORY >> 22; i++)
		entry[i] = i << 22 | PTE_PS | PTE_P | PTE_W | PTE_U;
	return error | page_put(memory, HOSTILE_TABLES_32);
}

int hostile_fill(struct guest_memory *memory, uint64_t seed, struct guest_entry *entry)
{
	uint64_t random = seed * 0x2545f4914f6cdd1dull, protection, rip;
	unsigned pages = (unsigned)random_below(&random, HOSTILE_NOISE_MAX + 1);
	bool noise = !random_below(&random, 3);
	int error = tables_put(memory, &random, noise) | noise_put(memory, &random, pages) |
		    tables_legacy_put(memory, &random) | tables_io_put(memory) |
		    gdt_put(memory, &random) | tss_put(memory, &random) |
		    handler_put(memory, &random, &protection, &rip) |
		    idt_put(memory, &random, protection) | frames_put(memory, &random) |
		    code_put(memory, seed, &random);

	*entry = (struct guest_entry){.rip = rip,
				      .rsp = AT_STACK,
				      .cr3 = AT_ROOT,
				      .gdt_base = AT_GDT,
				      .gdt_limit = GDT_BYTES - 1,
				      .tss_base = AT_TSS,
				      .tss_limit = 0x2067,
				      .code_selector = VTG_CODE_SELECTOR};
	return error;
}
