// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions at CPL 0 reach the guest as the processor raises them: vector, error code, RIP, CR2.
 * Among them those whose delivery itself needs something from the VMM (a stack never used before),
 * and those that become others.
 */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"

#define WINDOW_BASE   WINDOW(20)
#define NON_CANONICAL 0x8000000000000000ul
#define FLAGS	      (PTE_P | PTE_W | PTE_U)
#define SOFT_VECTOR   0x50

static uint64_t *root;

/* Where the saved RIP must point: labels within the instructions tried. */
#define RIP_IS_AT(label) (trap_seen.rip == (uint64_t)(label))

extern char rip_de[], rip_ud[], rip_bp[], rip_db[], rip_int[], rip_bp_fresh[], rip_int_fresh[];

static void plain(void)
{
	__asm__ volatile(TRY("rip_de: div %b1") : : "a"(1), "c"(0) : "memory");
	test_trap(VECTOR_DE, 0, "division by zero");
	test_ok(RIP_IS_AT(rip_de), "division by zero: RIP is at the instruction");
	TRY_PLAIN("rip_ud: ud2");
	test_trap(VECTOR_UD, 0, "UD2");
	test_ok(RIP_IS_AT(rip_ud), "UD2: RIP is at the instruction");
	TRY_PLAIN("int3\nrip_bp:");
	test_trap(VECTOR_BP, 0, "INT3");
	test_ok(RIP_IS_AT(rip_bp), "INT3: RIP is behind the instruction");
	TRY_PLAIN("int $0x50\nrip_int:");
	test_trap(SOFT_VECTOR, 0, "INT n");
	test_ok(RIP_IS_AT(rip_int), "INT n: RIP is behind the instruction");
	TRY_PLAIN("pushfq\n\t"
		  "orl $0x100, (%%rsp)\n\t"
		  "popfq\n\t"
		  "nop\nrip_db:\tnop");
	test_trap(VECTOR_DB, 0, "single step");
	test_ok(RIP_IS_AT(rip_db), "single step: RIP is behind the instruction");
}

static void device_not_available(void)
{
	uint64_t cr0 = cr0_read();

	cr0_write(cr0 | CR0_TS);
	TRY_PLAIN("fnop");
	test_trap(VECTOR_NM, 0, "a floating-point instruction with CR0.TS");
	cr0_write((cr0 & ~CR0_MP) | CR0_EM);
	TRY_PLAIN("fnop");
	test_trap(VECTOR_NM, 0, "a floating-point instruction with CR0.EM");
	cr0_write(cr0);
	TRY_PLAIN("fnop");
	test_no_trap("a floating-point instruction");
}

static void protection(void)
{
	__asm__ volatile(TRY("mov %0, %%ds")::"r"(0x1238) : "memory");
	test_trap(VECTOR_GP, 0x1238, "a selector outside the GDT");
	try_read(NON_CANONICAL);
	test_trap(VECTOR_GP, 0, "an address that is not canonical");
	__asm__ volatile(
	    "push %%rbp\n\t"
	    "mov %0, %%rbp\n\t" TRY("mov (%%rbp), %%rax") "pop %%rbp" ::"r"(NON_CANONICAL)
	    : "rax", "memory");
	test_trap(VECTOR_SS, 0, "a stack address that is not canonical");
}

/* The gate of @vector in the IDT, as two words. */
static uint64_t *gate_of(unsigned vector)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	return (uint64_t *)(idtr.base + vector * 16);
}

#define GATE_PRESENT  (1ul << 47)
#define GATE_SELECTOR 0xffff0000ul

static void bad_gates(void)
{
	uint64_t *soft = gate_of(SOFT_VECTOR), *ud = gate_of(VECTOR_UD), *gp = gate_of(VECTOR_GP);
	uint64_t good;

	*soft &= ~GATE_PRESENT;
	TRY_PLAIN("int $0x50");
	test_trap(VECTOR_NP, SOFT_VECTOR * 8 + 2, "INT n through a gate that is not present");
	*soft |= GATE_PRESENT;

	good = *ud;
	*ud = (good & ~GATE_SELECTOR) | 0x1230ul << 16;
	TRY_PLAIN("ud2");
	/* EXT is set as delivering an exception found it (SDM vol. 3, 6.13). */
	test_trap(VECTOR_GP, 0x1230 | 1, "an exception through a gate with a bad selector");
	*ud = good;

	good = *gp;
	*gp = (good & ~GATE_SELECTOR) | 0x1230ul << 16;
	__asm__ volatile("mov %%rsp, trap_resume_rsp(%%rip)\n\t" TRY(
			     "mov (%0), %0") "movq $0, trap_resume_rsp(%%rip)" ::"r"(NON_CANONICAL)
			 : "memory");
	test_trap(VECTOR_DF, 0,
		  "a general-protection fault that cannot be delivered: a double fault");
	*gp = good;
}

static void page_faults(void)
{
	uint64_t frame = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);
	uint64_t *pte = paging_entry(root, WINDOW_BASE, 1);
	uint64_t reserved = 1ul << 51;

	*(uint8_t *)frame = 0xc3; /* RET */
	try_read(WINDOW_BASE + 0x123);
	test_fault(0, WINDOW_BASE + 0x123, "a read of a page that is not present");
	try_write(WINDOW_BASE + 0x456, 0);
	test_fault(PF_W, WINDOW_BASE + 0x456, "a write to it");
	try_fetch(WINDOW_BASE + 0x789);
	test_fault(PF_I, WINDOW_BASE + 0x789, "a fetch from it");
	pte_write(pte, frame | PTE_P | PTE_NX);
	try_read(WINDOW_BASE);
	test_no_trap("a read of a page that is read-only and not executable");
	try_write(WINDOW_BASE + 8, 0);
	test_fault(PF_P | PF_W, WINDOW_BASE + 8, "a write to it");
	try_fetch(WINDOW_BASE);
	test_fault(PF_P | PF_I, WINDOW_BASE, "a fetch from it");
	pte_write(pte, frame | PTE_P);
	invlpg(WINDOW_BASE);
	try_fetch(WINDOW_BASE);
	test_no_trap("a fetch from a page that is executable");
	if ((cpuid(0x80000008, 0).eax & 0xff) < 52) {
		pte_write(pte, frame | PTE_P | PTE_W | reserved);
		invlpg(WINDOW_BASE);
		try_write(WINDOW_BASE + 16, 0);
		test_fault(PF_P | PF_W | PF_R, WINDOW_BASE + 16,
			   "a write through a PTE with a reserved bit");
	} else {
		test_skip("a write through a PTE with a reserved bit",
			  "no physical-address bit is reserved");
	}
	pte_write(pte, 0);
	invlpg(WINDOW_BASE);
	try_read(WINDOW_BASE);
	test_fault(0, WINDOW_BASE, "a read of a page that was unmapped");
	try_read(WINDOW_BASE + LARGE_SIZE - 4);
	test_fault(0, WINDOW_BASE + LARGE_SIZE - 4, "a read that begins in an unmapped page");
}

/*
 * Interrupt stack 2 becomes memory that nobody has touched yet, mapped where nothing was mapped
 * yet.
 */
static void fresh_stack(unsigned vector)
{
	static uint64_t at = WINDOW_BASE + (1ul << 30);

	paging_map(root, at, (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE), FLAGS);
	trap_set_stack_top(2, at + PAGE_SIZE);
	trap_set_stack(vector, 2);
	at += LARGE_SIZE;
}

static void fresh_stacks(void)
{
	fresh_stack(VECTOR_UD);
	TRY_PLAIN("ud2");
	test_trap(VECTOR_UD, 0, "a fault delivered on a stack never used");
	fresh_stack(VECTOR_GP);
	__asm__ volatile(TRY("mov %0, %%ds")::"r"(0x1238) : "memory");
	test_trap(VECTOR_GP, 0x1238, "a fault with an error code delivered on a stack never used");
	fresh_stack(VECTOR_BP);
	TRY_PLAIN("int3\nrip_bp_fresh:");
	test_trap(VECTOR_BP, 0, "INT3 delivered on a stack never used");
	test_ok(RIP_IS_AT(rip_bp_fresh),
		"INT3 delivered on a stack never used: RIP is behind the instruction");
	fresh_stack(SOFT_VECTOR);
	TRY_PLAIN("int $0x50\nrip_int_fresh:");
	test_trap(SOFT_VECTOR, 0, "INT n delivered on a stack never used");
	test_ok(RIP_IS_AT(rip_int_fresh),
		"INT n delivered on a stack never used: RIP is behind the instruction");
	fresh_stack(VECTOR_PF);
	try_read(WINDOW_BASE + 0x18);
	test_fault(0, WINDOW_BASE + 0x18,
		   "a page fault delivered on a stack never used: CR2 is its own");
	fresh_stack(VECTOR_DB);
	TRY_PLAIN("pushfq\n\t"
		  "orl $0x100, (%%rsp)\n\t"
		  "popfq\n\t"
		  "nop");
	test_trap(VECTOR_DB, 0, "a single step delivered on a stack never used");
	trap_set_stack(VECTOR_UD, 0);
	trap_set_stack(VECTOR_GP, 0);
	trap_set_stack(VECTOR_BP, 0);
	trap_set_stack(SOFT_VECTOR, 0);
	trap_set_stack(VECTOR_PF, 0);
	trap_set_stack(VECTOR_DB, 0);
}

/* With RSP at @stack: PUSH, whose fault cannot be delivered on that stack either. */
static void push_at(uint64_t stack)
{
	__asm__ volatile("mov %%rsp, trap_resume_rsp(%%rip)\n\t" TRY(
			     "mov %0, %%rsp\n\t"
			     "push %%rax") "movq $0, trap_resume_rsp(%%rip)" ::"r"(stack)
			 : "memory");
}

static void double_faults(void)
{
	push_at(WINDOW_BASE + PAGE_SIZE);
	test_trap(VECTOR_DF, 0, "a page fault on a stack that is not mapped: a double fault");
	push_at(NON_CANONICAL);
	test_trap(VECTOR_DF, 0, "a stack fault on a stack that is not canonical: a double fault");
	/* The double fault's own stack is fresh: its delivery is interrupted as well. */
	fresh_stack(VECTOR_DF);
	push_at(WINDOW_BASE + PAGE_SIZE);
	test_trap(VECTOR_DF, 0, "a double fault delivered on a stack never used");
	trap_set_stack(VECTOR_DF, 1);
	/* A benign exception and then a page fault: the second is delivered as itself. */
	trap_set_stack_top(3, WINDOW_BASE + PAGE_SIZE);
	trap_set_stack(VECTOR_UD, 3);
	TRY_PLAIN("ud2");
	test_fault(PF_W, WINDOW_BASE + PAGE_SIZE - 8,
		   "a page fault in the delivery of an invalid opcode");
	trap_set_stack(VECTOR_UD, 0);
	/* A contributory one likewise: only the other way round makes a double fault. */
	trap_set_stack(VECTOR_GP, 3);
	__asm__ volatile(TRY("mov %0, %%ds")::"r"(0x1238) : "memory");
	test_fault(PF_W, WINDOW_BASE + PAGE_SIZE - 8,
		   "a page fault in the delivery of a general-protection fault");
	trap_set_stack(VECTOR_GP, 0);
}

int main(void)
{
	root = paging_init();
	plain();
	device_not_available();
	protection();
	bad_gates();
	page_faults();
	fresh_stacks();
	double_faults();
	return test_done();
}
