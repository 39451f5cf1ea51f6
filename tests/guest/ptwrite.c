// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables written with instructions of many kinds. Each row writes the PTE of a page that is in
 * use, so that it leads from one frame to another; then memory must hold the new PTE, and the page
 * must be the new frame.
 */
#include "tests/guest/target.h"
#include "tests/guest/test.h"
#include "workloads/lib/string.h"

static void moves(uint64_t a, uint64_t b)
{
	TARGET_ROW("mov, 64 bits", a, b, "mov %%rax, (%%rdi)", b, 0, 0);
	TARGET_ROW("mov, 32 bits", a, b, "mov %%eax, (%%rdi)", b, 0, 0);
	TARGET_ROW("mov, 16 bits", a, b, "mov %%ax, (%%rdi)", b, 0, 0);
	TARGET_ROW("mov, 8 bits, the second byte", a, b, "mov %%ah, 1(%%rdi)", b, 0, 0);
	TARGET_ROW("mov, 8 bits, not present", a, a & ~0xfful, "movb $0, (%%rdi)", 0, 0, 0);
	TARGET_ROW("mov of an immediate, 64 bits", a, 0, "movq $0, (%%rdi)", 0, 0, 0);
	TARGET_ROW("mov of an immediate, 32 bits, sign-extended", a, 0xfffffffffffff000,
		   "movq $-4096, (%%rdi)", 0, 0, 0);
	TARGET_ROW("mov of an immediate, 32 bits, the upper half", a, a | PTE_NX,
		   "movl $0x80000000, 4(%%rdi)", 0, 0, 0);
	TARGET_ROW("mov with an index", a, b, "mov %%rax, -64(%%rdi,%%rcx,8)", b, 8, 0);
	TARGET_ROW("movnti", a, b, "movnti %%rax, (%%rdi)", b, 0, 0);
	TARGET_ROW("mov of a segment register", a, (a & ~0xfffful) | VTG_DATA_SELECTOR,
		   "mov %%ss, (%%rdi)", 0, 0, 0);
	TARGET_ROW("setcc", a, (a & ~0xfful) | 1, "cmp %%rax, %%rax\n\tsete (%%rdi)", 0, 0, 0);
}

static void read_modify_write(uint64_t a, uint64_t b)
{
	/*
	 * The bits that the processor set must not disturb what is compared: the row begins with
	 * both set.
	 */
	uint64_t set = a | TARGET_BITS;

	TARGET_ROW("or", a, b, "or %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("or, 8 bits", a, b, "orb $0x10, 1(%%rdi)", 0, 0, 0);
	TARGET_ROW("and", b, a, "and %%rax, (%%rdi)", ~0x1000ul, 0, 0);
	TARGET_ROW("and with an immediate", a, a & ~PTE_P, "andq $-2, (%%rdi)", 0, 0, 0);
	TARGET_ROW("xor", a, b, "xor %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("add", a, b, "add %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("add of an immediate", a, b, "addq $0x1000, (%%rdi)", 0, 0, 0);
	TARGET_ROW("sub", b, a, "sub %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("adc", a, b, "stc\n\tadc %%rax, (%%rdi)", 0xfff, 0, 0);
	TARGET_ROW("inc, the second byte", a, a + 0x100, "incb 1(%%rdi)", 0, 0, 0);
	TARGET_ROW("dec", set | 1ul << 11, set | 1ul << 11, "decb 6(%%rdi)\n\tincb 6(%%rdi)", 0, 0,
		   0);
	TARGET_ROW("not twice", a, a, "notq (%%rdi)\n\tnotq (%%rdi)", 0, 0, 0);
	TARGET_ROW("neg twice", a, a, "negq (%%rdi)\n\tnegq (%%rdi)", 0, 0, 0);
	TARGET_ROW("shl, 8 bits", a | 0x800, (a & ~0xff00ul) | ((a | 0x800) << 1 & 0xff00),
		   "shlb 1(%%rdi)", 0, 0, 0);
	TARGET_ROW("bts", a, b, "btsq $12, (%%rdi)", 0, 0, 0);
	TARGET_ROW("btr", b, a, "btrq $12, (%%rdi)", 0, 0, 0);
	TARGET_ROW("btc", a, b, "btcq $12, (%%rdi)", 0, 0, 0);
	TARGET_ROW("bts with a register", a, b, "bts %%rax, (%%rdi)", 12, 0, 0);
	TARGET_ROW("bts with a register, from the entry before", a, b,
		   "sub $8, %%rdi\n\tbts %%rax, (%%rdi)", 76, 0, 0);
}

static void locked(uint64_t a, uint64_t b)
{
	uint64_t before = a | TARGET_BITS;

	TARGET_ROW("xchg, 64 bits", a, b, "xchg %%rax, (%%rdi)", b, 0, 0);
	TARGET_ROW("xchg, 32 bits", a, b, "xchg %%eax, (%%rdi)", b, 0, 0);
	TARGET_ROW("lock or", a, b, "lock or %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("lock and", b, a, "lock and %%rax, (%%rdi)", ~0x1000ul, 0, 0);
	TARGET_ROW("lock xor", a, b, "lock xor %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("lock bts", a, b, "lock btsq $12, (%%rdi)", 0, 0, 0);
	TARGET_ROW("lock btr", b, a, "lock btrq $12, (%%rdi)", 0, 0, 0);
	TARGET_ROW("lock add", a, b, "lock addq $0x1000, (%%rdi)", 0, 0, 0);
	TARGET_ROW("lock xadd", a, b, "lock xadd %%rax, (%%rdi)", 0x1000, 0, 0);
	TARGET_ROW("lock inc, a byte", a, a + 0x100, "lock incb 1(%%rdi)", 0, 0, 0);
	TARGET_ROW("lock cmpxchg that finds its value", before, b, "lock cmpxchg %%rcx, (%%rdi)",
		   before, b, 0);
	TARGET_ROW("lock cmpxchg that does not", before, before, "lock cmpxchg %%rcx, (%%rdi)", b,
		   b, 0);
	TARGET_ROW("cmpxchg, 32 bits", before, b, "cmpxchg %%ecx, (%%rdi)", before, b, 0);
	TARGET_ROW("lock cmpxchg8b", before, b,
		   "mov %%ecx, %%ebx\n\tshr $32, %%rcx\n\tlock cmpxchg8b (%%rdi)",
		   before & 0xffffffff, b, before >> 32);
}

/* The flags and registers that such instructions leave must be right too. */
static void results(uint64_t a, uint64_t b)
{
	uint64_t got, old = a | TARGET_BITS;
	bool equal, carry;

	target_reset(0, old);
	__asm__ volatile("xchg %0, %1" : "=r"(got), "+m"(target_ptes[0]) : "0"(b) : "memory");
	test_equal(got, old, "xchg gives the old value");
	target_reset(0, old);
	__asm__ volatile("lock xadd %0, %1"
			 : "=r"(got), "+m"(target_ptes[0])
			 : "0"(0x1000ul)
			 : "memory", "cc");
	test_equal(got, old, "lock xadd gives the old value");
	target_reset(0, old);
	got = b;
	__asm__ volatile("lock cmpxchg %3, %1"
			 : "+a"(got), "+m"(target_ptes[0]), "=@cce"(equal)
			 : "r"(b)
			 : "memory");
	test_ok(!equal && got == old, "a cmpxchg that fails gives the old value, and clears ZF");
	target_reset(0, old);
	got = old;
	__asm__ volatile("lock cmpxchg %3, %1"
			 : "+a"(got), "+m"(target_ptes[0]), "=@cce"(equal)
			 : "r"(b)
			 : "memory");
	test_ok(equal && target_ptes[0] == b, "a cmpxchg that succeeds sets ZF");
	target_reset(0, old);
	__asm__ volatile("lock btsq $5, %0" : "+m"(target_ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(carry, "bts of a bit that is set sets CF");
	target_reset(0, old);
	__asm__ volatile("lock btsq $12, %0" : "+m"(target_ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(!carry, "bts of a bit that is clear clears CF");
	target_reset(0, old);
	__asm__ volatile("addq $-1, %0" : "+m"(target_ptes[0]), "=@ccc"(carry)::"memory");
	test_ok(carry, "add sets CF");
	target_reset(0, old);
	__asm__ volatile("xorq %2, %0"
			 : "+m"(target_ptes[0]), "=@cce"(equal)
			 : "r"(old)
			 : "memory");
	test_ok(equal, "xor to 0 sets ZF");
}

static void check_three(const uint64_t *want, const char *name)
{
	bool good = true;

	for (uint64_t i = 0; i < 3; i++)
		good = good && (target_ptes[i] & ~TARGET_BITS) == (want[i] & ~TARGET_BITS) &&
		       target_behind(i) == (want[i] & PTE_P ? (int)(want[i] >> 12 & 3) : -1);
	test_ok(good, name);
	if (!good)
		printf("# PTEs 0x%lx 0x%lx 0x%lx, expected 0x%lx 0x%lx 0x%lx\n", target_ptes[0],
		       target_ptes[1], target_ptes[2], want[0], want[1], want[2]);
}

static void reset_three(void)
{
	for (uint64_t i = 0; i < 3; i++)
		target_reset(i, target_frame[0] | TARGET_FLAGS);
}

static void several_entries(void)
{
	uint64_t want[3], from[3], *to = target_ptes, *source = from, count = 3, flags[2];

	for (uint64_t i = 0; i < 3; i++)
		want[i] = target_frame[1] | TARGET_FLAGS;
	reset_three();
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(want[0]) : "memory");
	check_three(want, "rep stosq");
	test_ok(to == target_ptes + 3 && !count, "rep stosq: its registers");

	for (uint64_t i = 0; i < 3; i++)
		from[i] = want[i] = target_frame[3 - i] | TARGET_FLAGS;
	reset_three();
	to = target_ptes;
	count = 3;
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	check_three(want, "rep movsq");
	test_ok(to == target_ptes + 3 && source == from + 3 && !count, "rep movsq: its registers");

	reset_three();
	to = target_ptes + 2;
	source = from + 2;
	count = 3;
	__asm__ volatile("std\n\trep movsq\n\tcld" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	check_three(want, "rep movsq, downwards");

	reset_three();
	to = target_ptes;
	count = 24;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(0) : "memory");
	want[0] = want[1] = want[2] = 0;
	check_three(want, "rep stosb");

	reset_three();
	to = target_ptes;
	count = 6;
	source = from;
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(source), "+c"(count)::"memory");
	for (uint64_t i = 0; i < 3; i++)
		want[i] = from[i];
	check_three(want, "rep movsl");

	flags[0] = target_frame[2] | TARGET_FLAGS;
	flags[1] = target_frame[3] | TARGET_FLAGS;
	want[0] = flags[0];
	want[1] = flags[1];
	want[2] = target_frame[0] | TARGET_FLAGS;
	reset_three();
	__asm__ volatile("movups %1, %%xmm0\n\tmovups %%xmm0, %0"
			 : "=m"(*(uint64_t(*)[2])target_ptes)
			 : "m"(flags));
	check_three(want, "movups over two entries");
}

static void unaligned(void)
{
	uint64_t want[3] = {target_frame[0] | TARGET_FLAGS, target_frame[0] | TARGET_FLAGS,
			    target_frame[0] | TARGET_FLAGS};

	/*
	 * Its lower half into the upper half of one entry, its upper half into the lower half of
	 * the next.
	 */
	reset_three();
	__asm__ volatile("movq %1, 4(%0)" ::"r"(target_ptes),
			 "r"(want[1] << 32 | 0x80000000 | 0x1000ul << 32)
			 : "memory");
	want[0] = (target_frame[0] | TARGET_FLAGS) | PTE_NX;
	want[1] = target_frame[1] | TARGET_FLAGS;
	check_three(want, "mov across two entries");

	reset_three();
	__asm__ volatile("movl %1, 6(%0)" ::"r"(target_ptes),
			 "r"((uint32_t)(target_frame[0] | TARGET_FLAGS) << 16)
			 : "memory");
	want[0] = target_frame[0] | TARGET_FLAGS;
	want[1] = target_frame[0] | TARGET_FLAGS;
	check_three(want, "mov, 32 bits, across two entries");

	reset_three();
	__asm__ volatile("movq %1, 12(%0)" ::"r"(target_ptes),
			 "r"((target_frame[2] | TARGET_FLAGS) << 32)
			 : "memory");
	want[1] = (target_frame[0] | TARGET_FLAGS) & 0xffffffff;
	want[2] = target_frame[2] | TARGET_FLAGS;
	check_three(want, "mov across the next two entries");
}

/* The last entry of one table and the first of the next, which lies behind it. */
static void across_tables(void)
{
	uint64_t last = TARGET_BASE + LARGE_SIZE - PAGE_SIZE, *pair = &target_ptes[511];

	pte_write(&pair[0], target_frame[0] | TARGET_FLAGS);
	pte_write(&pair[1], target_frame[0] | TARGET_FLAGS);
	invlpg(last);
	invlpg(last + PAGE_SIZE);
	try_read(last);
	try_read(last + PAGE_SIZE);
	__asm__ volatile("movq %1, 4(%0)" ::"r"(pair),
			 "r"((target_frame[1] | TARGET_FLAGS) << 32 | 0x80000000)
			 : "memory");
	test_equal(pte_read(&pair[0]) & ~TARGET_BITS, target_frame[0] | TARGET_FLAGS | PTE_NX,
		   "mov across two tables: the first");
	test_equal(pte_read(&pair[1]) & ~TARGET_BITS, target_frame[1] | TARGET_FLAGS,
		   "mov across two tables: the second");
	test_ok(target_behind(511) == 0, "mov across two tables: the first page");
	test_ok(target_behind(512) == 1, "mov across two tables: the second page");
	__asm__ volatile("rep stosq" ::"D"(pair), "c"(2), "a"(target_frame[2] | TARGET_FLAGS)
			 : "memory");
	test_ok(target_behind(511) == 2 && target_behind(512) == 2, "rep stosq across two tables");
}

/* PUSH, CALL and an exception's frame, with the stack in a page table. */
static void stack_in_table(void)
{
	uint64_t want = target_frame[3] | TARGET_FLAGS;

	target_reset(0, target_frame[0] | TARGET_FLAGS);
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %0, %%rsp\n\t"
			 "push %1\n\t"
			 "mov %%rbx, %%rsp" ::"r"(&target_ptes[1]),
			 "r"(want)
			 : "rbx", "memory");
	target_check(0, want, "push");
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "push %1\n\t"
			 "pop (%0)\n\t"
			 "mov %%rbx, %%rsp" ::"r"(&target_ptes[0]),
			 "r"(target_frame[1] | TARGET_FLAGS)
			 : "rbx", "memory");
	target_check(0, target_frame[1] | TARGET_FLAGS, "pop to memory");
	trap_set_stack_top(2, (uint64_t)&target_ptes[64]);
	trap_set_stack(VECTOR_UD, 2);
	TRY_PLAIN("ud2");
	test_trap(VECTOR_UD, 0, "an exception whose stack lies in a page table");
	trap_set_stack(VECTOR_UD, 0);
	memset(&target_ptes[1], 0, 63 * 8);
	cr3_write(cr3_read());
	test_equal((uint64_t)(int64_t)target_behind(63), (uint64_t)-1,
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

	target_reset(0, target_frame[0] | TARGET_FLAGS);
	operands[0] = (uint64_t)target_ptes;
	operands[1] = target_frame[2] | TARGET_FLAGS;
	user_run(user_write, (uint64_t)operands, NULL);
	target_check(0, target_frame[2] | TARGET_FLAGS, "mov at CPL 3");
}

int main(void)
{
	uint64_t a, b;

	target_init();
	a = target_frame[0] | TARGET_FLAGS;
	b = target_frame[1] | TARGET_FLAGS;
	moves(a, b);
	read_modify_write(a, b);
	locked(a, b);
	results(a, b);
	several_entries();
	unaligned();
	across_tables();
	stack_in_table();
	from_user();
	return test_done();
}
