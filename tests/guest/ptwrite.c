// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables written with instructions of many kinds. Each row writes the PTE of a page that is in use, so that it leads from one
 * frame to another; then memory must hold the new PTE, and the page must be the new frame.
 */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define BASE  WINDOW(31)
#define FLAGS (PTE_P | PTE_W | PTE_U)
#define BITS  (PTE_A | PTE_D)

/* Frames at 2^n and 2^n + 4 KiB, 8 KiB, 12 KiB, n being 14 or more: their addresses differ in bits 12 and 13. */
static uint64_t *root, *ptes, frame[4];

static void reset(uint64_t index, uint64_t pte)
{
	pte_write(&ptes[index], pte);
	invlpg(BASE + index * PAGE_SIZE);
	try_read(BASE + index * PAGE_SIZE);
}

/* The frame that page @index leads to, or -1. */
static int frame_behind(uint64_t index)
{
	uint64_t value;

	invlpg(BASE + index * PAGE_SIZE);
	value = try_read(BASE + index * PAGE_SIZE + 8);
	return trap_seen.vector == TRAP_NONE ? (int)value : -1;
}

static void check(uint64_t index, uint64_t pte, const char *name)
{
	int want = pte & PTE_P ? (int)(pte >> 12 & 3) : -1, got = frame_behind(index);
	bool good = (ptes[index] & ~BITS) == (pte & ~BITS) && got == want;

	test_ok(good, name);
	if (!good)
		printf("# PTE 0x%lx, expected 0x%lx; frame %d, expected %d\n", ptes[index], pte,
		       got, want);
}

/* One instruction, from @before to @after, with the operands PTE (RDI), new (RAX, RCX) and old (RDX). */
#define ROW(text, before, after, instruction, a, c, d)                                             \
	do {                                                                                       \
		uint64_t rax = (a), rcx = (c), rdx = (d), *pte = &ptes[0];                         \
                                                                                                   \
		reset(0, (before));                                                                \
		__asm__ volatile(instruction                                                       \
				 : "+a"(rax), "+c"(rcx), "+d"(rdx), "+D"(pte)::"rbx", "memory",    \
				   "cc");                                                          \
		check(0, (after), text);                                                           \
	} while (0)

static void moves(uint64_t a, uint64_t b)
{
	ROW("mov, 64 bits", a, b, "mov %%rax, (%%rdi)", b, 0, 0);
	ROW("mov, 32 bits", a, b, "mov %%eax, (%%rdi)", b, 0, 0);
	ROW("mov, 16 bits", a, b, "mov %%ax, (%%rdi)", b, 0, 0);
	ROW("mov, 8 bits, the second byte", a, b, "mov %%ah, 1(%%rdi)", b, 0, 0);
	ROW("mov, 8 bits, not present", a, a & ~0xfful, "movb $0, (%%rdi)", 0, 0, 0);
	ROW("mov of an immediate, 64 bits", a, 0, "movq $0, (%%rdi)", 0, 0, 0);
	ROW("mov of an immediate, 32 bits, sign-extended", a, 0xfffffffffffff000,
	    "movq $-4096, (%%rdi)", 0, 0, 0);
	ROW("mov of an immediate, 32 bits, the upper half", a, a | PTE_NX,
	    "movl $0x80000000, 4(%%rdi)", 0, 0, 0);
	ROW("mov with an index", a, b, "mov %%rax, -64(%%rdi,%%rcx,8)", b, 8, 0);
	ROW("movnti", a, b, "movnti %%rax, (%%rdi)", b, 0, 0);
	ROW("mov of a segment register", a, (a & ~0xfffful) | VTG_DATA_SELECTOR,
	    "mov %%ss, (%%rdi)", 0, 0, 0);
	ROW("setcc", a, (a & ~0xfful) | 1, "cmp %%rax, %%rax\n\tsete (%%rdi)", 0, 0, 0);
}

static void read_modify_write(uint64_t a, uint64_t b)
{
	/* The bits that the processor set must not disturb what is compared: the row begins with both set. */
	uint64_t set = a | BITS;

	ROW("or", a, b, "or %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("or, 8 bits", a, b, "orb $0x10, 1(%%rdi)", 0, 0, 0);
	ROW("and", b, a, "and %%rax, (%%rdi)", ~0x1000ul, 0, 0);
	ROW("and with an immediate", a, a & ~PTE_P, "andq $-2, (%%rdi)", 0, 0, 0);
	ROW("xor", a, b, "xor %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("add", a, b, "add %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("add of an immediate", a, b, "addq $0x1000, (%%rdi)", 0, 0, 0);
	ROW("sub", b, a, "sub %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("adc", a, b, "stc\n\tadc %%rax, (%%rdi)", 0xfff, 0, 0);
	ROW("inc, the second byte", a, a + 0x100, "incb 1(%%rdi)", 0, 0, 0);
	ROW("dec", set | 1ul << 11, set | 1ul << 11, "decb 6(%%rdi)\n\tincb 6(%%rdi)", 0, 0, 0);
	ROW("not twice", a, a, "notq (%%rdi)\n\tnotq (%%rdi)", 0, 0, 0);
	ROW("neg twice", a, a, "negq (%%rdi)\n\tnegq (%%rdi)", 0, 0, 0);
	ROW("shl, 8 bits", a | 0x800, (a & ~0xff00ul) | ((a | 0x800) << 1 & 0xff00),
	    "shlb 1(%%rdi)", 0, 0, 0);
	ROW("bts", a, b, "btsq $12, (%%rdi)", 0, 0, 0);
	ROW("btr", b, a, "btrq $12, (%%rdi)", 0, 0, 0);
	ROW("btc", a, b, "btcq $12, (%%rdi)", 0, 0, 0);
	ROW("bts with a register", a, b, "bts %%rax, (%%rdi)", 12, 0, 0);
	ROW("bts with a register, from the entry before", a, b,
	    "sub $8, %%rdi\n\tbts %%rax, (%%rdi)", 76, 0, 0);
}

static void locked(uint64_t a, uint64_t b)
{
	uint64_t before = a | BITS;

	ROW("xchg, 64 bits", a, b, "xchg %%rax, (%%rdi)", b, 0, 0);
	ROW("xchg, 32 bits", a, b, "xchg %%eax, (%%rdi)", b, 0, 0);
	ROW("lock or", a, b, "lock or %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("lock and", b, a, "lock and %%rax, (%%rdi)", ~0x1000ul, 0, 0);
	ROW("lock xor", a, b, "lock xor %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("lock bts", a, b, "lock btsq $12, (%%rdi)", 0, 0, 0);
	ROW("lock btr", b, a, "lock btrq $12, (%%rdi)", 0, 0, 0);
	ROW("lock add", a, b, "lock addq $0x1000, (%%rdi)", 0, 0, 0);
	ROW("lock xadd", a, b, "lock xadd %%rax, (%%rdi)", 0x1000, 0, 0);
	ROW("lock inc, a byte", a, a + 0x100, "lock incb 1(%%rdi)", 0, 0, 0);
	ROW("lock cmpxchg that finds its value", before, b, "lock cmpxchg %%rcx, (%%rdi)", before,
	    b, 0);
	ROW("lock cmpxchg that does not", before, before, "lock cmpxchg %%rcx, (%%rdi)", b, b, 0);
	ROW("cmpxchg, 32 bits", before, b, "cmpxchg %%ecx, (%%rdi)", before, b, 0);
	ROW("lock cmpxchg8b", before, b,
	    "mov %%ecx, %%ebx\n\tshr $32, %%rcx\n\tlock cmpxchg8b (%%rdi)", before & 0xffffffff, b,
	    before >> 32);
}

/* The flags and registers that such instructions leave must be right too. */
static void results(uint64_t a, uint64_t b)
{
	uint64_t got, old = a | BITS;
	bool equal, carry;

	reset(0, old);
	__asm__ volatile("xchg %0, %1" : "=r"(got), "+m"(ptes[0]) : "0"(b) : "memory");
	test_equal(got, old, "xchg gives the old value");
	reset(0, old);
	__asm__ volatile("lock xadd %0, %1"
			 : "=r"(got), "+m"(ptes[0])
			 : "0"(0x1000ul)
			 : "memory", "cc");
	test_equal(got, old, "lock xadd gives the old value");
	reset(0, old);
	got = b;
	__asm__ volatile("lock cmpxchg %3, %1"
			 : "+a"(got), "+m"(ptes[0]), "=@cce"(equal)
			 : "r"(b)
			 : "memory");
	test_ok(!equal && got == old, "a cmpxchg that fails gives the old value, and clears ZF");
	reset(0, old);
	got = old;
	__asm__ volatile("lock cmpxchg %3, %1"
			 : "+a"(got), "+m"(ptes[0]), "=@cce"(equal)
			 : "r"(b)
			 : "memory");
	test_ok(equal && ptes[0] == b, "a cmpxchg that succeeds sets ZF");
	reset(0, old);
	__asm__ volatile("lock btsq $5, %0" : "+m"(ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(carry, "bts of a bit that is set sets CF");
	reset(0, old);
	__asm__ volatile("lock btsq $12, %0" : "+m"(ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(!carry, "bts of a bit that is clear clears CF");
	reset(0, old);
	__asm__ volatile("addq $-1, %0" : "+m"(ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(carry, "add sets CF");
	reset(0, old);
	__asm__ volatile("xorq %2, %0" : "+m"(ptes[0]), "=@cce"(equal) : "r"(old) : "memory");
	test_ok(equal, "xor to 0 sets ZF");
}

static void check_three(const uint64_t *want, const char *name)
{
	bool good = true;

	for (uint64_t i = 0; i < 3; i++)
		good = good && (ptes[i] & ~BITS) == (want[i] & ~BITS) &&
		       frame_behind(i) == (want[i] & PTE_P ? (int)(want[i] >> 12 & 3) : -1);
	test_ok(good, name);
	if (!good)
		printf("# PTEs 0x%lx 0x%lx 0x%lx, expected 0x%lx 0x%lx 0x%lx\n", ptes[0], ptes[1],
		       ptes[2], want[0], want[1], want[2]);
}

static void reset_three(void)
{
	for (uint64_t i = 0; i < 3; i++)
		reset(i, frame[0] | FLAGS);
}

static void several_entries(void)
{
	uint64_t want[3], from[3], *to = ptes, *source = from, count = 3, flags[2];

	for (uint64_t i = 0; i < 3; i++)
		want[i] = frame[1] | FLAGS;
	reset_three();
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(want[0]) : "memory");
	check_three(want, "rep stosq");
	test_ok(to == ptes + 3 && !count, "rep stosq: its registers");

	for (uint64_t i = 0; i < 3; i++)
		from[i] = want[i] = frame[3 - i] | FLAGS;
	reset_three();
	to = ptes;
	count = 3;
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	check_three(want, "rep movsq");
	test_ok(to == ptes + 3 && source == from + 3 && !count, "rep movsq: its registers");

	reset_three();
	to = ptes + 2;
	source = from + 2;
	count = 3;
	__asm__ volatile("std\n\trep movsq\n\tcld" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	check_three(want, "rep movsq, downwards");

	reset_three();
	to = ptes;
	count = 24;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(0) : "memory");
	want[0] = want[1] = want[2] = 0;
	check_three(want, "rep stosb");

	reset_three();
	to = ptes;
	count = 6;
	source = from;
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	for (uint64_t i = 0; i < 3; i++)
		want[i] = from[i];
	check_three(want, "rep movsl");

	flags[0] = frame[2] | FLAGS;
	flags[1] = frame[3] | FLAGS;
	want[0] = flags[0];
	want[1] = flags[1];
	want[2] = frame[0] | FLAGS;
	reset_three();
	__asm__ volatile("movups %1, %%xmm0\n\tmovups %%xmm0, %0"
			 : "=m"(*(uint64_t(*)[2])ptes)
			 : "m"(flags));
	check_three(want, "movups over two entries");
}

static void unaligned(void)
{
	uint64_t want[3] = {frame[0] | FLAGS, frame[0] | FLAGS, frame[0] | FLAGS};

	/* Its lower half into the upper half of one entry, its upper half into the lower half of the next. */
	reset_three();
	__asm__ volatile("movq %1, 4(%0)" ::"r"(ptes),
			 "r"(want[1] << 32 | 0x80000000 | 0x1000ul << 32)
			 : "memory");
	want[0] = (frame[0] | FLAGS) | PTE_NX;
	want[1] = frame[1] | FLAGS;
	check_three(want, "mov across two entries");

	reset_three();
	__asm__ volatile("movl %1, 6(%0)" ::"r"(ptes), "r"((uint32_t)(frame[0] | FLAGS) << 16)
			 : "memory");
	want[0] = frame[0] | FLAGS;
	want[1] = frame[0] | FLAGS;
	check_three(want, "mov, 32 bits, across two entries");

	reset_three();
	__asm__ volatile("movq %1, 12(%0)" ::"r"(ptes), "r"((frame[2] | FLAGS) << 32) : "memory");
	want[1] = (frame[0] | FLAGS) & 0xffffffff;
	want[2] = frame[2] | FLAGS;
	check_three(want, "mov across the next two entries");
}

/* The last entry of one table and the first of the next, which lies behind it. */
static void across_tables(void)
{
	uint64_t last = BASE + LARGE_SIZE - PAGE_SIZE, *pair = &ptes[511];

	pte_write(&pair[0], frame[0] | FLAGS);
	pte_write(&pair[1], frame[0] | FLAGS);
	invlpg(last);
	invlpg(last + PAGE_SIZE);
	try_read(last);
	try_read(last + PAGE_SIZE);
	__asm__ volatile("movq %1, 4(%0)" ::"r"(pair), "r"((frame[1] | FLAGS) << 32 | 0x80000000)
			 : "memory");
	test_equal(pte_read(&pair[0]) & ~BITS, frame[0] | FLAGS | PTE_NX,
		   "mov across two tables: the first");
	test_equal(pte_read(&pair[1]) & ~BITS, frame[1] | FLAGS,
		   "mov across two tables: the second");
	test_ok(frame_behind(511) == 0, "mov across two tables: the first page");
	test_ok(frame_behind(512) == 1, "mov across two tables: the second page");
	__asm__ volatile("rep stosq" ::"D"(pair), "c"(2), "a"(frame[2] | FLAGS) : "memory");
	test_ok(frame_behind(511) == 2 && frame_behind(512) == 2, "rep stosq across two tables");
}

/* PUSH, CALL and an exception's frame, with the stack in a page table. */
static void stack_in_table(void)
{
	uint64_t want = frame[3] | FLAGS;

	reset(0, frame[0] | FLAGS);
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %0, %%rsp\n\t"
			 "push %1\n\t"
			 "mov %%rbx, %%rsp" ::"r"(&ptes[1]),
			 "r"(want)
			 : "rbx", "memory");
	check(0, want, "push");
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "push %1\n\t"
			 "pop (%0)\n\t"
			 "mov %%rbx, %%rsp" ::"r"(&ptes[0]),
			 "r"(frame[1] | FLAGS)
			 : "rbx", "memory");
	check(0, frame[1] | FLAGS, "pop to memory");
	trap_set_stack_top(2, (uint64_t)&ptes[64]);
	trap_set_stack(VECTOR_UD, 2);
	TRY_PLAIN("ud2");
	test_trap(VECTOR_UD, 0, "an exception whose stack lies in a page table");
	trap_set_stack(VECTOR_UD, 0);
	memset(&ptes[1], 0, 63 * 8);
	cr3_write(cr3_read());
	test_equal((uint64_t)(int64_t)frame_behind(63), (uint64_t)-1,
		   "what it left there is cleared");
}

static __attribute__((naked)) void user_write(void)
{
	__asm__("mov 8(%rdi), %rax\n\t"
		"mov (%rdi), %rdi\n\t"
		"mov %rax, (%rdi)\n\t" USER_RETURN);
}

static void from_user(void)
{
	static uint64_t operands[2];

	reset(0, frame[0] | FLAGS);
	operands[0] = (uint64_t)ptes;
	operands[1] = frame[2] | FLAGS;
	user_run(user_write, (uint64_t)operands, NULL);
	check(0, frame[2] | FLAGS, "mov at CPL 3");
}

int main(void)
{
	uint64_t memory = (uint64_t)memory_take(4 * PAGE_SIZE, 4 * PAGE_SIZE);

	root = paging_init();
	ptes = paging_window(root, BASE, 2 * WINDOW_TABLE_PAGES);
	for (uint64_t i = 0; i < 4; i++) {
		frame[i] = memory + i * PAGE_SIZE;
		((uint64_t *)frame[i])[1] = i;
	}
	moves(frame[0] | FLAGS, frame[1] | FLAGS);
	read_modify_write(frame[0] | FLAGS, frame[1] | FLAGS);
	locked(frame[0] | FLAGS, frame[1] | FLAGS);
	results(frame[0] | FLAGS, frame[1] | FLAGS);
	several_entries();
	unaligned();
	across_tables();
	stack_in_table();
	from_user();
	return test_done();
}
