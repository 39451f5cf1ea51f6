// SPDX-License-Identifier: GPL-2.0-only
#include "tests/diff/model.h"

#define PTE_P	    (1ull << 0)
#define PTE_W	    (1ull << 1)
#define PTE_U	    (1ull << 2)
#define PTE_TYPE    (3ull << 3) /* PWT, PCD */
#define PTE_A	    (1ull << 5)
#define PTE_D	    (1ull << 6)
#define PTE_PS	    (1ull << 7)
#define PTE_G	    (1ull << 8)
#define PTE_RSVD    (1ull << 51) /* beyond the physical addresses of every processor this runs on */
#define PTE_NX	    (1ull << 63)
#define PTE_IGNORED 0x07f0000000000e00ull
#define PTE_FLAGS   (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define PTE_ADDRESS 0x7fffffffff000ull

#define PF_P	1u
#define PF_W	2u
#define PF_U	4u
#define PF_RSVD 8u
#define PF_I	16u

#define VECTOR_PF   14
#define VECTOR_NONE 256

#define STALE	     1u /* a flush is owed */
#define STALE_GLOBAL 2u /* one that reaches global translations */

#define LARGE_SHIFT 21
#define CHUNK_PAGES 8u /* arena pages in each 2 MiB */

/* Slots GIGA and GIGA + 1 are those by which a GiB mapped at address 0 leads to the arena's first
 * two chunks. */
#define GIGA 3u
static const uint16_t indexes[MODEL_SLOTS] = {
    0, 1, 2, MODEL_BASE >> LARGE_SHIFT, (MODEL_BASE >> LARGE_SHIFT) + 1, 256, 510, 511};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(struct model *model)
{
	uint64_t z = model->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static unsigned below(struct model *model, unsigned limit)
{
	return (unsigned)((next(model) >> 32) * limit >> 32);
}

static bool one_in(struct model *model, unsigned n)
{
	return !below(model, n);
}

unsigned model_index(unsigned slot)
{
	return indexes[slot];
}

uint64_t model_address(unsigned page)
{
	return MODEL_BASE + ((uint64_t)(page / CHUNK_PAGES) << LARGE_SHIFT) +
	       ((uint64_t)indexes[page % CHUNK_PAGES] << 12);
}

uint64_t model_linear(const struct model *model, unsigned linear)
{
	const uint8_t *slot = model->linear[linear];
	uint64_t address = 0;

	for (unsigned i = 0; i < 4; i++)
		address = address << 9 | indexes[slot[i]];
	return (uint64_t)((int64_t)(address << 28) >> 16);
}

/** The arena page at a physical address; every address in an entry is one. */
static unsigned page_at(uint64_t address)
{
	uint64_t offset = address - MODEL_BASE;
	unsigned index = offset >> 12 & 511, slot = 0;

	while (indexes[slot] != index)
		slot++;
	return (unsigned)(offset >> LARGE_SHIFT) * CHUNK_PAGES + slot;
}

/* ---- walks ----------------------------------------------------------------------------------- */

struct walk {
	unsigned levels; /* entries read */
	uint8_t page[4], slot[4];
	bool strays;	/* out of the arena: not to be accessed */
	bool valid;	/* to the end; otherwise: */
	uint32_t error; /* PF_P | PF_RSVD, or 0: not present */
	uint64_t all, any;
	unsigned target; /* page */
	bool global;
};

static bool entry_reserved(const struct model *model, uint64_t entry, unsigned level)
{
	if (entry & PTE_RSVD || (entry & PTE_NX && !model->nxe))
		return true;
	if (!(entry & PTE_PS) || level == 1)
		return false;
	/* Bit 12 of such an entry is PAT. */
	return level == 4 || (entry & PTE_ADDRESS & ((1ull << (level == 3 ? 30 : 21)) - 1)) >> 13;
}

/** An entry for a GiB at address 0, which means something at level 3 only, and there leads to the
 * arena by two slots. */
static bool giga_strays(const uint8_t *slots, uint64_t entry, unsigned level)
{
	return level != 3 || !(entry & PTE_PS) || slots[2] < GIGA || slots[2] > GIGA + 1;
}

/** The page that a leaf leads to. */
static unsigned leaf_page(const uint8_t *slots, uint64_t entry, unsigned level)
{
	if (level == 1)
		return page_at(entry & PTE_ADDRESS);
	if (level == 2)
		return page_at(entry & PTE_ADDRESS) / CHUNK_PAGES * CHUNK_PAGES + slots[3];
	return (slots[2] - GIGA) * CHUNK_PAGES + slots[3];
}

static struct walk walk(const struct model *model, unsigned linear)
{
	const uint8_t *slots = model->linear[linear];
	struct walk w = {.all = ~0ull};
	unsigned page = model->root;

	for (unsigned level = 4;; level--) {
		unsigned slot = slots[4 - level];
		uint64_t entry = model->word[page][slot];

		w.page[w.levels] = (uint8_t)page;
		w.slot[w.levels++] = (uint8_t)slot;
		if (!(entry & PTE_P))
			return w;
		if (entry_reserved(model, entry, level)) {
			w.error = PF_P | PF_RSVD;
			return w;
		}
		w.all &= entry;
		w.any |= entry;
		if ((entry & PTE_ADDRESS) < MODEL_BASE && giga_strays(slots, entry, level)) {
			w.strays = true;
			w.global = model->pge; /* for all that is known */
			return w;
		}
		if (level == 1 || entry & PTE_PS) {
			w.target = leaf_page(slots, entry, level);
			w.global = entry & PTE_G && model->pge;
			w.valid = true;
			return w;
		}
		page = page_at(entry & PTE_ADDRESS);
	}
}

static bool walk_uses(const struct walk *w, unsigned page, unsigned slot)
{
	for (unsigned i = 0; i < w->levels; i++)
		if (w->page[i] == page && w->slot[i] == slot)
			return true;
	return false;
}

/** Set a word, and note for which addresses a cache may now hold something else
 * (SDM 4.10.2, 4.10.3). */
static void word_set(struct model *model, unsigned page, unsigned slot, uint64_t now)
{
	uint64_t old = model->word[page][slot], set_only = PTE_A | PTE_D;

	if (old & PTE_P && ((old ^ now) & ~(PTE_IGNORED | set_only) || old & ~now & set_only)) {
		for (unsigned i = 0; i < MODEL_LINEARS; i++) {
			struct walk before = walk(model, i);

			if (walk_uses(&before, page, slot))
				model->stale[i] |= STALE | (before.global ? STALE_GLOBAL : 0);
		}
	}
	model->word[page][slot] = now;
}

/* ---- operations ------------------------------------------------------------------------------ */

static bool form_writes(unsigned form)
{
	return form > FORM_FETCH;
}

/** What a word becomes. */
static uint64_t form_result(unsigned form, uint64_t old, uint64_t operand)
{
	switch (form) {
	case FORM_MOV64:
	case FORM_XCHG:
		return operand;
	case FORM_MOV32:
		return (old & ~0xffffffffull) | (operand & 0xffffffff);
	case FORM_MOV8:
		return (old & ~0xffull) | (operand & 0xff);
	case FORM_OR:
		return old | operand;
	case FORM_AND:
		return old & operand;
	default:
		return old;
	}
}

static bool allowed(const struct model *model, const struct walk *w, const struct model_op *op)
{
	bool writable = w->all & PTE_W, user_page = w->all & PTE_U;

	if (op->form == FORM_FETCH && w->any & PTE_NX)
		return false;
	if (op->user)
		return user_page && (writable || !form_writes(op->form));
	if (form_writes(op->form) && !writable && model->wp)
		return false;
	if (!user_page)
		return true;
	return op->form == FORM_FETCH ? !model->smep : !model->smap || op->ac;
}

static uint32_t error_code(const struct model *model, const struct model_op *op, uint32_t cause)
{
	return cause | (form_writes(op->form) ? PF_W : 0) | (op->user ? PF_U : 0) |
	       (op->form == FORM_FETCH && (model->nxe || model->smep) ? PF_I : 0);
}

/**
 * Which accessed bits a faulting access sets is up to the processor (SDM 4.8). So the sequence sets
 * them all, of the entries that are present, after each fault.
 */
static void fault_settle(struct model *model, const struct walk *w)
{
	for (unsigned i = 0; i < w->levels; i++)
		if (model->word[w->page[i]][w->slot[i]] & PTE_P)
			model->word[w->page[i]][w->slot[i]] |= PTE_A;
}

static void access_apply(struct model *model, const struct model_op *op,
			 struct model_outcome *outcome)
{
	struct walk w = walk(model, op->linear);
	uint64_t *word = &model->word[w.target][op->slot];

	*outcome = (struct model_outcome){.vector = VECTOR_NONE, .levels = w.levels};
	for (unsigned i = 0; i < w.levels; i++) {
		outcome->page[i] = w.page[i];
		outcome->slot[i] = w.slot[i];
	}
	if (!w.valid || !allowed(model, &w, op)) {
		outcome->vector = VECTOR_PF;
		outcome->error = error_code(model, op, w.valid ? PF_P : w.error);
		outcome->cr2 = model_linear(model, op->linear) +
			       (op->form == FORM_FETCH ? MODEL_CODE : model_index(op->slot) * 8u);
		fault_settle(model, &w);
		return;
	}
	for (unsigned i = 0; i < w.levels; i++)
		model->word[w.page[i]][w.slot[i]] |=
		    PTE_A | (i + 1 == w.levels && form_writes(op->form) ? PTE_D : 0);
	if (op->form == FORM_READ || op->form == FORM_XCHG || op->form == FORM_XADD0)
		outcome->value = *word;
	if (form_writes(op->form))
		word_set(model, w.target, op->slot, form_result(op->form, *word, op->operand));
}

static void flush_all(struct model *model)
{
	for (unsigned i = 0; i < MODEL_LINEARS; i++)
		model->stale[i] = 0;
}

/** A global translation outlives MOV to CR3, and answers for another root's tables. */
static void cr3_apply(struct model *model, unsigned root)
{
	for (unsigned i = 0; i < MODEL_LINEARS; i++) {
		struct walk before = walk(model, i);

		if (root != model->root && before.global)
			model->stale[i] |= STALE_GLOBAL;
		model->stale[i] = model->stale[i] & STALE_GLOBAL ? STALE | STALE_GLOBAL : 0;
	}
	model->root = (uint8_t)root;
}

void model_apply(struct model *model, const struct model_op *op, struct model_outcome *outcome)
{
	switch (op->kind) {
	case MODEL_EDIT:
		word_set(model, op->page, op->slot,
			 form_result(op->form, model->word[op->page][op->slot], op->operand));
		break;
	case MODEL_ACCESS:
		access_apply(model, op, outcome);
		break;
	case MODEL_CR3:
		cr3_apply(model, op->root);
		break;
	case MODEL_INVLPG:
		model->stale[op->linear] = 0;
		break;
	case MODEL_PGE:
		model->pge = !model->pge;
		flush_all(model);
		break;
	case MODEL_WP:
		model->wp = !model->wp;
		break;
	case MODEL_SMEP:
		model->smep = !model->smep;
		break;
	case MODEL_SMAP:
		model->smap = !model->smap;
		break;
	default:
		model->nxe ^= op->kind == MODEL_NXE;
		flush_all(model);
	}
}

/* ---- the sequence ---------------------------------------------------------------------------- */

static uint64_t entry_make(struct model *model)
{
	uint64_t value = next(model),
		 entry = value & (PTE_A | PTE_D | PTE_TYPE | 0xe00 | 0x7full << 52);

	if (one_in(model, 32))
		return entry | PTE_P | PTE_W | PTE_U | PTE_PS; /* a GiB */
	entry |= model_address(below(model, one_in(model, 4) ? MODEL_PAGES : 12));
	entry |= one_in(model, 10) ? 0 : PTE_P;
	entry |= one_in(model, 5) ? 0 : PTE_W;
	entry |= one_in(model, 5) ? 0 : PTE_U;
	entry |= one_in(model, 4) ? PTE_G : 0;
	entry |= one_in(model, 10) ? PTE_NX : 0;
	entry |= one_in(model, 40) ? PTE_RSVD : 0;
	if (one_in(model, 8)) /* more often than not, one that is aligned */
		entry = one_in(model, 4) ? entry | PTE_PS
					 : (entry & ~PTE_ADDRESS) | PTE_PS |
					       model_address(below(model, 3) * CHUNK_PAGES);
	return entry;
}

static void form_make(struct model *model, struct model_op *op)
{
	uint64_t flags = next(model);

	op->slot = (uint8_t)(1 + below(model, MODEL_SLOTS - 1));
	op->form = (uint8_t)(FORM_MOV64 + below(model, FORM_COUNT - FORM_MOV64));
	op->operand = entry_make(model);
	if (op->form == FORM_OR)
		op->operand = flags & (PTE_FLAGS | PTE_G);
	else if (op->form == FORM_AND)
		op->operand = flags | ~(uint64_t)(PTE_FLAGS | PTE_G | PTE_NX);
	else if (op->form == FORM_XADD0)
		op->operand = 0;
}

static struct model_op edit_make(struct model *model)
{
	struct model_op op = {.kind = MODEL_EDIT, .page = (uint8_t)below(model, MODEL_PAGES)};

	/* Half of them where an address in use passes. */
	form_make(model, &op);
	if (one_in(model, 2)) {
		struct walk w = walk(model, below(model, MODEL_LINEARS));
		unsigned i = below(model, w.levels);

		op.page = w.page[i];
		op.slot = w.slot[i];
	}
	return op;
}

static struct model_op access_make(struct model *model)
{
	struct model_op op = {.kind = MODEL_ACCESS, .linear = (uint8_t)below(model, MODEL_LINEARS)};
	unsigned kind = below(model, 8);

	form_make(model, &op);
	if (kind < 3)
		op.form = FORM_READ;
	else if (kind == 3)
		op.form = FORM_FETCH;
	op.user = model->root != MODEL_KERNEL && one_in(model, 3);
	op.ac = model->smap && one_in(model, 2);
	return op;
}

/** A flush that is enough for the address. */
static struct model_op flush_make(struct model *model, unsigned linear)
{
	struct model_op op = {.kind = MODEL_INVLPG, .linear = (uint8_t)linear};

	if (one_in(model, 8))
		op.kind = MODEL_PGE2;
	else if (one_in(model, 3) && !(model->stale[linear] & STALE_GLOBAL)) {
		op.kind = MODEL_CR3;
		op.root = model->root;
	}
	return op;
}

/** SMEP and SMAP are for the kernel's root alone: away with them before another is loaded. */
static struct model_op root_make(struct model *model)
{
	struct model_op op = {.kind = MODEL_CR3, .root = (uint8_t)below(model, MODEL_ROOTS)};

	if (op.root != MODEL_KERNEL && model->smep)
		op.kind = MODEL_SMEP;
	else if (op.root != MODEL_KERNEL && model->smap)
		op.kind = MODEL_SMAP;
	return op;
}

static struct model_op control_make(struct model *model)
{
	static const uint8_t kinds[] = {MODEL_PGE, MODEL_WP,   MODEL_WP,   MODEL_WP,
					MODEL_NXE, MODEL_SMEP, MODEL_SMAP, MODEL_INVLPG};
	struct model_op op = {.kind = kinds[below(model, sizeof(kinds))],
			      .linear = (uint8_t)below(model, MODEL_LINEARS)};

	if (model->root != MODEL_KERNEL && (op.kind == MODEL_SMEP || op.kind == MODEL_SMAP))
		op.kind = MODEL_PGE2;
	if (op.kind == MODEL_SMAP && !model->has_smap)
		op.kind = MODEL_SMEP;
	return op;
}

struct model_op model_next(struct model *model)
{
	struct model_op op;
	unsigned kind;

	if (model->queued) {
		model->queued = false;
		return model->queue;
	}
	kind = below(model, 16);
	if (kind == 0)
		return root_make(model);
	if (kind == 1)
		return control_make(model);
	if (kind < 6)
		return edit_make(model);
	op = access_make(model);
	if (walk(model, op.linear).strays)
		return flush_make(model, op.linear);
	if (!model->stale[op.linear])
		return op;
	model->queue = op;
	model->queued = true;
	return flush_make(model, op.linear);
}

void model_init(struct model *model, uint64_t seed, bool smap)
{
	model->has_smap = smap;
	model->random = seed * 0x2545f4914f6cdd1dull + 1;
	model->root = 0;
	model->wp = model->nxe = true;
	model->pge = model->smep = model->smap = false;
	model->queued = false;
	for (unsigned page = 0; page < MODEL_PAGES; page++)
		for (unsigned slot = 0; slot < MODEL_SLOTS; slot++)
			model->word[page][slot] = slot ? entry_make(model) : 0;
	for (unsigned i = 0; i < MODEL_LINEARS; i++)
		for (unsigned level = 0; level < 4; level++)
			model->linear[i][level] =
			    (uint8_t)(1 + below(model, one_in(model, 3) ? MODEL_SLOTS - 1 : 3));
	flush_all(model);
}
