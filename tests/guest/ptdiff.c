// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequence of tests/diff/model.h on the machine: what it prints comes from the machine alone,
 * and must be what ptdiff-oracle prints for the same seed (vtrun --seed) and arguments: seeds=N,
 * steps=N, block=N, show=0|1, smap=0|1 (0 for processors that lack it).
 */
#include "tests/diff/print.h"
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/paging.h"

#define CODE_RET 0xc3

static struct model model;
static uint64_t *library_root;
static uint64_t cr4;

void print_text(const char *text)
{
	printf("%s", text);
}

/* ---- the machine's side of each operation ---------------------------------------------------- */

static volatile uint64_t *word_at(unsigned page, unsigned slot)
{
	return (volatile uint64_t *)(model_address(page) + model_index(slot) * 8);
}

static void cr4_toggle(uint64_t bit)
{
	cr4 ^= bit;
	cr4_write(cr4);
}

/** Everything out of the TLB: SDM vol. 3, 4.10.4.1. */
static void flush_all(void)
{
	cr4_toggle(CR4_PGE);
	cr4_toggle(CR4_PGE);
}

/* One instruction each, at @address; its exception is caught. Values go in and out by @value. */
#define ACCESS(name, instruction, user_instruction)                                                \
	static void name(uint64_t address, uint64_t *value)                                        \
	{                                                                                          \
		__asm__ volatile(TRY(instruction "\n\t")                                           \
				 : "+a"(*value)                                                    \
				 : "D"(address)                                                    \
				 : "memory", "cc");                                                \
	}                                                                                          \
	void name##_user(void);                                                                    \
	__asm__(".text\n" #name "_user:\n\t"                                                       \
		"mov 8(%rdi), %rax\n\t"                                                            \
		"mov (%rdi), %rdi\n\t" user_instruction "\n\tint $0x80\n")
#define BOTH(name, mnemonic, operands, user_operands)                                              \
	ACCESS(name, mnemonic " " operands, mnemonic " " user_operands)

BOTH(do_read, "mov", "(%%rdi), %%rax", "(%rdi), %rax");
BOTH(do_mov64, "mov", "%%rax, (%%rdi)", "%rax, (%rdi)");
BOTH(do_xchg, "xchg", "%%rax, (%%rdi)", "%rax, (%rdi)");
BOTH(do_mov32, "mov", "%%eax, (%%rdi)", "%eax, (%rdi)");
BOTH(do_mov8, "mov", "%%al, (%%rdi)", "%al, (%rdi)");
BOTH(do_or, "lock orq", "%%rax, (%%rdi)", "%rax, (%rdi)");
BOTH(do_and, "lock andq", "%%rax, (%%rdi)", "%rax, (%rdi)");
BOTH(do_xadd, "lock xaddq", "%%rax, (%%rdi)", "%rax, (%rdi)");

static void do_fetch(uint64_t address, uint64_t *value)
{
	(void)value;
	try_fetch(address);
}

void do_fetch_user(void);
__asm__(".text\ndo_fetch_user:\n\tmov (%rdi), %rdi\n\tcall *%rdi\n\tint $0x80\n");

static const struct {
	void (*kernel)(uint64_t address, uint64_t *value);
	void (*user)(void);
	bool gives; /* its value is what was read */
} forms[FORM_COUNT] = {
    [FORM_READ] = {do_read, do_read_user, true},
    [FORM_FETCH] = {do_fetch, do_fetch_user, false},
    [FORM_MOV64] = {do_mov64, do_mov64_user, false},
    [FORM_XCHG] = {do_xchg, do_xchg_user, true},
    [FORM_MOV32] = {do_mov32, do_mov32_user, false},
    [FORM_MOV8] = {do_mov8, do_mov8_user, false},
    [FORM_OR] = {do_or, do_or_user, false},
    [FORM_AND] = {do_and, do_and_user, false},
    [FORM_XADD0] = {do_xadd, do_xadd_user, true},
};

/* ---- accesses -------------------------------------------------------------------------------- */

static uint64_t user_arguments[2];

static void access_kernel(const struct model_op *op, uint64_t address, uint64_t *value)
{
	if (op->ac)
		__asm__ volatile("stac" ::: "memory");
	forms[op->form].kernel(address, value);
	if (op->ac)
		__asm__ volatile("clac" ::: "memory");
}

static void access_user(const struct model_op *op, uint64_t address, uint64_t *value)
{
	user_arguments[0] = address;
	user_arguments[1] = *value;
	user_run(forms[op->form].user, (uint64_t)user_arguments, value);
	if (trap_seen.vector == TRAP_USER_RETURN)
		trap_seen.vector = TRAP_NONE;
}

/** @outcome: what the machine did; its way is the model's. */
static void access_do(const struct model_op *op, struct model_outcome *outcome)
{
	uint64_t offset = op->form == FORM_FETCH ? MODEL_CODE : model_index(op->slot) * 8;
	uint64_t address = model_linear(&model, op->linear) + offset, value = op->operand;

	if (op->user)
		access_user(op, address, &value);
	else
		access_kernel(op, address, &value);
	outcome->vector = trap_seen.vector;
	outcome->error = outcome->cr2 = outcome->value = 0;
	if (trap_seen.vector != TRAP_NONE) {
		outcome->error = trap_seen.error;
		outcome->cr2 = trap_seen.cr2;
	} else if (forms[op->form].gives) {
		outcome->value = value;
	}
}

/** The sequence's part after a fault: see model.c. */
static void fault_settle(const struct model_outcome *outcome)
{
	for (unsigned i = 0; i < outcome->levels; i++) {
		volatile uint64_t *word = word_at(outcome->page[i], outcome->slot[i]);

		if (*word & PTE_P && !(*word & PTE_A))
			*word |= PTE_A;
	}
}

static void access_step(const struct model_op *op, struct model_outcome *outcome, uint64_t *words)
{
	bool faults = outcome->vector != TRAP_NONE;

	access_do(op, outcome);
	if (faults)
		fault_settle(outcome);
	for (unsigned i = 0; i < outcome->levels; i++)
		words[i] = *word_at(outcome->page[i], outcome->slot[i]);
}

static void machine_step(const struct model_op *op, struct model_outcome *outcome, uint64_t *words)
{
	uint64_t value = op->operand;

	switch (op->kind) {
	case MODEL_EDIT:
		forms[op->form].kernel((uint64_t)word_at(op->page, op->slot), &value);
		break;
	case MODEL_ACCESS:
		access_step(op, outcome, words);
		break;
	case MODEL_CR3:
		cr3_write(model_address(op->root));
		break;
	case MODEL_INVLPG:
		invlpg(model_linear(&model, op->linear));
		break;
	case MODEL_PGE:
		cr4_toggle(CR4_PGE);
		break;
	case MODEL_PGE2:
		flush_all();
		break;
	case MODEL_WP:
		cr0_write(cr0_read() ^ CR0_WP);
		break;
	case MODEL_NXE:
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) ^ EFER_NXE);
		flush_all();
		break;
	case MODEL_SMEP:
		cr4_toggle(CR4_SMEP);
		break;
	default:
		cr4_toggle(CR4_SMAP);
	}
}

/* ---- seeds ----------------------------------------------------------------------------------- */

/** The arena as the model has it; the guest's own memory below each root; RET where fetches go. */
static void arena_write(void)
{
	cr4 &= ~(CR4_PGE | CR4_SMEP | CR4_SMAP);
	cr4_write(cr4);
	cr0_write(cr0_read() | CR0_WP);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	cr3_write((uint64_t)library_root);
	for (unsigned page = 0; page < MODEL_PAGES; page++) {
		for (unsigned slot = 1; slot < MODEL_SLOTS; slot++)
			*word_at(page, slot) = model.word[page][slot];
		*(volatile uint8_t *)(model_address(page) + MODEL_CODE) = CODE_RET;
		if (page < MODEL_ROOTS)
			*word_at(page, 0) =
			    library_root[0] & (page == MODEL_KERNEL ? ~PTE_U : ~0ul);
	}
	cr3_write(model_address(0));
	flush_all();
}

static void seed_run(struct print *print, uint64_t seed, uint64_t steps, bool smap)
{
	model_init(&model, seed, smap);
	arena_write();
	print_seed(print, seed);
	for (uint64_t step = 0; step < steps; step++) {
		struct model_op op = model_next(&model);
		struct model_outcome outcome;
		uint64_t words[4];

		model_apply(&model, &op, &outcome);
		machine_step(&op, &outcome, words);
		print_step(print, &model, step, &op, &outcome, words);
	}
	for (unsigned page = 0; page < MODEL_PAGES; page++)
		for (unsigned slot = 1; slot < MODEL_SLOTS; slot++)
			print_word(print, page, slot, *word_at(page, slot));
	print_seed_end(print, seed);
}

int main(void)
{
	struct print print = {0};
	uint64_t seeds, steps, first = machine.boot->seed;

	if (!args_check("ptdiff", "seeds steps block show smap"))
		return 2;
	seeds = args_number("seeds", 100, 1);
	steps = args_number("steps", 100, 1);
	print.block = args_number("block", 10, 1);
	print.show = args_number("show", 0, 0);
	if (machine.boot->free_start > MODEL_BASE ||
	    machine.boot->memory_bytes < MODEL_BASE + 8 * LARGE_SIZE) {
		printf("ptdiff: too little memory: give 64 MiB with vtrun --mem\n");
		return 2;
	}
	library_root = paging_init();
	cr4 = cr4_read();
	for (uint64_t seed = first; seed < first + seeds; seed++)
		seed_run(&print, seed, steps, args_number("smap", 1, 0));
	print_end(&print);
	return 0;
}
