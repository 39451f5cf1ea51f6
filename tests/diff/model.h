/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of paging (SDM vol. 3, chapter 4), and the random sequence of edits, flushes and accesses
 * that is held against it. The oracle on the host and the guest (tests/guest/ptdiff.c) both contain
 * it: the oracle to say what must come out, the guest to know what comes next. What the guest
 * prints comes from the machine alone. Freestanding.
 *
 * The arena is 24 pages of guest memory, each of which may be a page table of any level, or data,
 * or both; every entry and all data that is ever written to them is a word that makes sense as an
 * entry and leads back into the arena. In each page, and at each level, seven words of the 512 are
 * used (model_index). So the model is 24 x 7 words.
 *
 * An access is made only where its outcome is architecturally determined: whoever changes an entry
 * that a cache may hold owes a flush, and the model knows for each linear address whether one is
 * owed, and whether it must reach global translations (SDM 4.10.2 to 4.10.4). The sequence chooses
 * among the flushes that are enough.
 */
#ifndef TESTS_DIFF_MODEL_H
#define TESTS_DIFF_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_BASE    0x2800000ul /* the arena: 6 MiB, aligned to 2 MiB */
#define MODEL_PAGES   24u
#define MODEL_SLOTS   8u /* words of a page; slot 0 is not the model's */
#define MODEL_LINEARS 24u
#define MODEL_ROOTS                                                                                \
	3u /* pages 0 to 2; under the last, the guest's own pages are the supervisor's alone */
#define MODEL_KERNEL 2u	 /* that one */
#define MODEL_CODE   64u /* offset of a RET in each page */

enum model_kind {
	MODEL_EDIT,   /* page, slot, form, operand: write the word at its own address */
	MODEL_ACCESS, /* linear, slot, form, operand, user, ac */
	MODEL_CR3,    /* root */
	MODEL_INVLPG, /* linear */
	MODEL_PGE,    /* change CR4.PGE */
	MODEL_PGE2,   /* change it twice: a flush of everything */
	MODEL_WP,     /* change CR0.WP */
	MODEL_NXE,    /* change EFER.NXE, then PGE2 */
	MODEL_SMEP,   /* change CR4.SMEP; in root MODEL_KERNEL only */
	MODEL_SMAP,   /* likewise */
	MODEL_KINDS
};

/** How a word is read or written. */
enum model_form {
	FORM_READ,
	FORM_FETCH,
	FORM_MOV64,
	FORM_XCHG,  /* 64 bits; gives the old value */
	FORM_MOV32, /* the low half */
	FORM_MOV8,  /* the lowest byte */
	FORM_OR,    /* LOCK, 64 bits, flags only */
	FORM_AND,   /* LOCK, 64 bits, clears flags only */
	FORM_XADD0, /* LOCK XADD of 0: a write that changes nothing; gives the value */
	FORM_COUNT
};

struct model_op {
	uint8_t kind, page, slot, form, linear, root;
	bool user, ac;
	uint64_t operand;
};

/** What comes of an access. */
struct model_outcome {
	uint64_t vector; /* 14, or 256: none */
	uint64_t error, cr2;
	uint64_t value; /* what was read; 0 where nothing was */
	/* The entries on the way, as far as it went. */
	unsigned levels;
	uint8_t page[4], slot[4];
};

struct model {
	uint64_t word[MODEL_PAGES][MODEL_SLOTS];
	uint8_t linear[MODEL_LINEARS][4]; /* slots, from level 4 down */
	uint8_t stale[MODEL_LINEARS];	  /* STALE_* */
	uint8_t root;
	bool wp, pge, nxe, smep, smap;
	bool has_smap; /* the processor */
	bool queued;   /* an access that waits for its flush */
	struct model_op queue;
	uint64_t random;
};

/** Start the sequence of @seed: random entries, NXE and WP set, root 0. @smap: use it. */
void model_init(struct model *model, uint64_t seed, bool smap);
/** What comes next. */
struct model_op model_next(struct model *model);
/** Do it to the model. @outcome is filled for accesses. */
void model_apply(struct model *model, const struct model_op *op, struct model_outcome *outcome);

/** Which of the 512 words slot @slot is. */
unsigned model_index(unsigned slot);
/** Physical address of an arena page. */
uint64_t model_address(unsigned page);
/** The linear address of word @slot at @linear. */
uint64_t model_linear(const struct model *model, unsigned linear);

/* ---- digests: the same on both sides --------------------------------------------------------- */

static inline uint64_t digest_add(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * 0x9fb21c651e98df25ull;
	return digest ^ digest >> 32;
}

/** An access: what happened, and the words on the way, read by @read, after it. */
static inline uint64_t digest_outcome(uint64_t digest, const struct model_outcome *outcome,
				      const uint64_t *words)
{
	digest = digest_add(digest, outcome->vector);
	digest = digest_add(digest, outcome->error);
	digest = digest_add(digest, outcome->cr2);
	digest = digest_add(digest, outcome->value);
	for (unsigned i = 0; i < outcome->levels; i++)
		digest = digest_add(digest, words[i]);
	return digest;
}

#endif
