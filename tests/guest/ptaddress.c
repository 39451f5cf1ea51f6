// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables written through every way to say an address, by code in awkward places: what
 * interprets such a write must find the same operand that the processor would.
 */
#include "tests/guest/target.h"
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/string.h"

#define CODE WINDOW(34)

/* A page table in the image, for addresses that the code itself holds. */
static uint64_t near_table[512] __attribute__((aligned(4096), used));

static uint64_t a, b;

static void base_and_index(void)
{
	TARGET_ROW("base RSP", a, b,
		   "mov %%rsp, %%rbx\n\tmov %%rdi, %%rsp\n\tmov %%rax, (%%rsp)\n\tmov %%rbx, %%rsp",
		   b, 0, 0);
	TARGET_ROW("base RBP", a, b,
		   "push %%rbp\n\tmov %%rdi, %%rbp\n\tmov %%rax, 0(%%rbp)\n\tpop %%rbp", b, 0, 0);
	TARGET_ROW("base R12", a, b,
		   "push %%r12\n\tmov %%rdi, %%r12\n\tmov %%rax, (%%r12)\n\tpop %%r12", b, 0, 0);
	TARGET_ROW("base R13", a, b,
		   "push %%r13\n\tmov %%rdi, %%r13\n\tmov %%rax, (%%r13)\n\tpop %%r13", b, 0, 0);
	TARGET_ROW("base R8, an 8-bit displacement", a, b,
		   "push %%r8\n\tlea -100(%%rdi), %%r8\n\tmov %%rax, 100(%%r8)\n\tpop %%r8", b, 0,
		   0);
	TARGET_ROW("a negative 32-bit displacement", a, b,
		   "add $0x12345, %%rdi\n\tmov %%rax, -0x12345(%%rdi)", b, 0, 0);
	TARGET_ROW("index R15, scale 4", a, b,
		   "push %%r15\n\tmov $-3, %%r15\n\tmov %%rax, 12(%%rdi,%%r15,4)\n\tpop %%r15", b,
		   0, 0);
	TARGET_ROW("index R12, scale 2", a, b,
		   "push %%r12\n\tmov $16, %%r12\n\tmov %%rax, -32(%%rdi,%%r12,2)\n\tpop %%r12", b,
		   0, 0);
	TARGET_ROW("no base, index only", a, b, "shr $3, %%rdi\n\tmov %%rax, (,%%rdi,8)", b, 0, 0);
	TARGET_ROW("a 32-bit address", a, b, "mov %%rax, (%%edi)", b, 0, 0);
	TARGET_ROW("a 32-bit address that wraps", a, b,
		   "mov $-1, %%rbx\n\tshl $32, %%rbx\n\tadd %%rdi, %%rbx\n\tmov %%rax, (%%ebx)", b,
		   0, 0);
}

static void sources(void)
{
	uint64_t low = (a & ~0xfful) | 0x27;

	TARGET_ROW("source R9", a, b,
		   "push %%r9\n\tmov %%rax, %%r9\n\tmov %%r9, (%%rdi)\n\tpop %%r9", b, 0, 0);
	TARGET_ROW("source SIL", a, low,
		   "push %%rsi\n\tmov $0x27, %%esi\n\tmov %%sil, (%%rdi)\n\tpop %%rsi", 0, 0, 0);
	TARGET_ROW("source R10B", a, low,
		   "push %%r10\n\tmov $0x27, %%r10d\n\tmov %%r10b, (%%rdi)\n\tpop %%r10", 0, 0, 0);
	TARGET_ROW("source CH", a, b, "mov %%ch, 1(%%rdi)", 0, b & 0xff00, 0);
	TARGET_ROW("a 16-bit immediate", a, (a & ~0xfffful) | 0x1027, "movw $0x1027, (%%rdi)", 0, 0,
		   0);
	TARGET_ROW("an 8-bit immediate behind a displacement", a, low,
		   "movb $0x27, 0x7f(%%rdi,%%rcx)", 0, -0x7ful, 0);
}

/* FS and GS add their bases; the others are ignored in 64-bit mode. */
static void segments(void)
{
	wrmsr(MSR_FS_BASE, 0x123450);
	wrmsr(MSR_GS_BASE, -0x5000ul);
	TARGET_ROW("FS", a, b, "sub $0x123450, %%rdi\n\tmov %%rax, %%fs:(%%rdi)", b, 0, 0);
	TARGET_ROW("GS, a negative base", a, b, "add $0x5000, %%rdi\n\tmov %%rax, %%gs:(%%rdi)", b,
		   0, 0);
	TARGET_ROW("ES, which is ignored", a, b, ".byte 0x26\n\tmov %%rax, (%%rdi)", b, 0, 0);
	TARGET_ROW("stos, whose ES is ignored", a, b, "stosq", b, 0, 0);
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, 0);
}

static void string_forms(void)
{
	TARGET_ROW("stosl, stosl", a, b, "stosl\n\tshr $32, %%rax\n\tstosl", b, 0, 0);
	TARGET_ROW("stosw", a, b, "stosw", b, 0, 0);
	TARGET_ROW("stosb downwards", a, (a & ~0xfful) | 0x27, "std\n\tstosb\n\tcld", 0x27, 0, 0);
	TARGET_ROW("rep stosq of nothing", a, a, "rep stosq", b, 0, 0);
	TARGET_ROW("stosq with a 32-bit address", a, b, "addr32 stosq", b, 0, 0);
	TARGET_ROW(
	    "movsq from the stack", a, b,
	    "push %%rsi\n\tpush %%rax\n\tmov %%rsp, %%rsi\n\tmovsq\n\tpop %%rax\n\tpop %%rsi", b, 0,
	    0);
	TARGET_ROW("movsq from the next entry", a, b,
		   "push %%rsi\n\tmov %%rax, 8(%%rdi)\n\tlea 8(%%rdi), %%rsi\n\tmovsq\n\tpop %%rsi",
		   b, 0, 0);
}

/* The table's page is below 2 GiB, so the instruction itself can hold its address. */
static void addresses_in_code(void)
{
	uint64_t at = CODE + (1ul << 30), *pde = paging_entry(paging_init(), at, 2);

	pte_write(pde, (uint64_t)near_table | TARGET_FLAGS);
	near_table[0] = a;
	test_equal(try_read(at + 8), 0, "a table in the image");
	__asm__ volatile("mov %0, near_table(%%rip)" ::"r"(b) : "memory");
	invlpg(at);
	test_equal(try_read(at + 8), 1, "RIP-relative");
	__asm__ volatile("movq %0, near_table(%%rip)" ::"i"(0) : "memory");
	invlpg(at);
	try_read(at + 8);
	test_fault(0, at + 8, "RIP-relative, with an immediate behind");
	__asm__ volatile("mov %0, near_table" ::"r"(a) : "memory");
	invlpg(at);
	test_equal(try_read(at + 8), 0, "absolute, 32 bits");
	__asm__ volatile("movabs %0, near_table" ::"a"(b) : "memory");
	invlpg(at);
	test_equal(try_read(at + 8), 1, "absolute, 64 bits");
	pte_write(pde, 0);
	cr3_write(cr3_read());
}

/* `mov %rsi, 0x11223344(%rdi)`, seven bytes, then RET, at each distance from the end of a page. */
static void code_across_pages(void)
{
	static const uint8_t code[] = {0x48, 0x89, 0xb7, 0x44, 0x33, 0x22, 0x11, 0xc3};
	uint64_t *root = paging_init(), pages = (uint64_t)memory_take(3 * PAGE_SIZE, PAGE_SIZE);
	uint64_t wrong = 0;

	/* The pages are not side by side in memory. */
	paging_map(root, CODE, pages + 2 * PAGE_SIZE, TARGET_FLAGS);
	paging_map(root, CODE + PAGE_SIZE, pages, TARGET_FLAGS);
	for (uint64_t before = 1; before < sizeof(code); before++) {
		uint8_t *at = (uint8_t *)(CODE + PAGE_SIZE - before);

		memcpy(at, code, sizeof(code));
		target_reset(0, a);
		__asm__ volatile("call *%0" ::"r"(at), "D"((uint64_t)target_ptes - 0x11223344),
				 "S"(b)
				 : "memory");
		wrong += (pte_read(target_ptes) & ~TARGET_BITS) != b || target_behind(0) != 1;
	}
	test_equal(wrong, 0, "an instruction that crosses pages, at every byte");
}

/*
 * Trap flag set before the instruction: #DB comes behind it, at once, also when something else has
 * done its work. R11 is left with the address that RIP must then have.
 */
#define STEP(instruction)                                                                          \
	TRY("lea 8f(%%rip), %%r11\n\t"                                                             \
	    "pushfq\n\t"                                                                           \
	    "orl $0x100, (%%rsp)\n\t"                                                              \
	    "popfq\n\t" instruction "\n8:\tnop\n\tnop")

static void check_step(uint64_t rip, const char *name)
{
	bool good = trap_seen.vector == VECTOR_DB && trap_seen.rip == rip;

	test_ok(good, name);
	if (!good)
		printf("# exception %lu at rip 0x%lx, expected %u at 0x%lx\n", trap_seen.vector,
		       trap_seen.rip, VECTOR_DB, rip);
}

#define STEP_ROW(name, instruction, ...)                                                           \
	do {                                                                                       \
		register uint64_t rip __asm__("r11");                                              \
		uint64_t rcx = MSR_PAT;                                                            \
                                                                                                   \
		__asm__ volatile(STEP(instruction)                                                 \
				 : "=&r"(rip), "+c"(rcx)                                           \
				 : __VA_ARGS__                                                     \
				 : "rax", "rbx", "rdx", "memory");                                 \
		check_step(rip, "a single step over " name);                                       \
	} while (0)

static void single_steps(void)
{
	uint64_t dr6;

	STEP_ROW("NOP", "nop", "i"(0));
	target_reset(0, a);
	STEP_ROW("a write to a page table", "mov %3, (%2)", "r"(target_ptes), "r"(b));
	target_check(0, b, "it is done");
	STEP_ROW("CPUID", "cpuid", "i"(0));
	STEP_ROW("IN", "inb $0x61, %%al", "i"(0));
	STEP_ROW("RDMSR", "rdmsr", "i"(0));
	STEP_ROW("MOV CR3", "mov %2, %%cr3", "r"(cr3_read()));
	STEP_ROW("INVLPG", "invlpg (%2)", "r"(TARGET_BASE));
	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	test_equal(dr6 >> 14 & 1, 1, "DR6 says that it was a single step");
}

int main(void)
{
	target_init();
	a = target_frame[0] | TARGET_FLAGS;
	b = target_frame[1] | TARGET_FLAGS;
	base_and_index();
	sources();
	segments();
	string_forms();
	addresses_in_code();
	code_across_pages();
	single_steps();
	return test_done();
}
