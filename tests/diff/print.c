// SPDX-License-Identifier: GPL-2.0-only
#include "tests/diff/print.h"

#define VECTOR_NONE 256

static void print_hex(const char *before, uint64_t value)
{
	char text[24], *at = &text[sizeof(text) - 1];

	*at = 0;
	do
		*--at = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	print_text(before);
	print_text(at);
}

static void print_decimal(const char *before, uint64_t value)
{
	char text[24], *at = &text[sizeof(text) - 1];

	*at = 0;
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	print_text(before);
	print_text(at);
}

void print_seed(struct print *print, uint64_t seed)
{
	if (!print->seeds++)
		print->first = seed;
}

static void op_print(const struct model *model, uint64_t step, const struct model_op *op)
{
	static const char *const kinds[MODEL_KINDS] = {
	    "edit", "access", "cr3", "invlpg", "pge", "pge twice", "wp", "nxe", "smep", "smap"};
	static const char *const forms[FORM_COUNT] = {"read", "fetch", "mov64", "xchg", "mov32",
						      "mov8", "or",    "and",	"xadd"};

	print_decimal("step ", step);
	print_text(": ");
	print_text(kinds[op->kind]);
	if (op->kind == MODEL_CR3)
		print_decimal(" root ", op->root);
	if (op->kind == MODEL_INVLPG || op->kind == MODEL_ACCESS)
		print_hex(" linear 0x", model_linear(model, op->linear));
	if (op->kind == MODEL_EDIT)
		print_decimal(" page ", op->page);
	if (op->kind == MODEL_EDIT || op->kind == MODEL_ACCESS) {
		print_decimal(" slot ", op->slot);
		print_text(" ");
		print_text(forms[op->form]);
		print_hex(" 0x", op->operand);
	}
	print_text(op->user ? " user" : "");
	print_text(op->ac ? " ac" : "");
}

static void outcome_print(const struct model_outcome *outcome, const uint64_t *words)
{
	if (outcome->vector != VECTOR_NONE) {
		print_decimal(" -> vector ", outcome->vector);
		print_hex(" error 0x", outcome->error);
		print_hex(" cr2 0x", outcome->cr2);
	} else {
		print_hex(" -> value 0x", outcome->value);
	}
	for (unsigned i = 0; i < outcome->levels; i++)
		print_hex(i ? " " : " entries ", words[i]);
}

void print_step(struct print *print, const struct model *model, uint64_t step,
		const struct model_op *op, const struct model_outcome *outcome,
		const uint64_t *words)
{
	if (op->kind == MODEL_ACCESS) {
		print->digest = digest_outcome(print->digest, outcome, words);
		if (outcome->vector == VECTOR_NONE)
			print->levels[outcome->levels]++;
		else
			print->faults[outcome->error & 31]++;
	}
	if (!print->show)
		return;
	op_print(model, step, op);
	if (op->kind == MODEL_ACCESS)
		outcome_print(outcome, words);
	print_text("\n");
}

void print_word(struct print *print, unsigned page, unsigned slot, uint64_t word)
{
	print->digest = digest_add(print->digest, word);
	if (!print->show)
		return;
	print_decimal("page ", page);
	print_decimal(" slot ", slot);
	print_hex(": 0x", word);
	print_text("\n");
}

void print_seed_end(struct print *print, uint64_t seed)
{
	if (print->seeds < print->block)
		return;
	print_decimal("seeds ", print->first);
	print_decimal(" to ", seed);
	print_hex(": digest ", print->digest);
	print_text("\n");
	print->seeds = 0;
	print->digest = 0;
}

void print_end(struct print *print)
{
	print_decimal("accesses allowed to 4 KiB pages ", print->levels[4]);
	print_decimal(", 2 MiB ", print->levels[3]);
	print_decimal(", 1 GiB ", print->levels[2]);
	for (unsigned i = 0; i < 32; i++) {
		if (!print->faults[i])
			continue;
		print_hex(", error 0x", i);
		print_decimal(" ", print->faults[i]);
	}
	print_text("\n");
}
