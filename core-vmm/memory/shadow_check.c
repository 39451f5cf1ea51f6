/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proof, for test builds, that the shadow is what it should be. Each page is checked against its
 * key and the guest's table; since each entry's key below follows from the key above, that covers
 * all that a root can reach.
 */
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/memory/shadow_sync.h"

/** What an entry of a shadow page should be, by its page's key and the guest's table. */
struct expected {
	bool present; /* may be; otherwise it must not */
	bool leaf;    /* a leaf of the guest, or a piece of one */
	bool dirty;
	uint64_t rights;
	uint64_t gpa; /* where the guest's entry leads */
};

/** An entry of SHADOW_TOP: what the guest's registers say. */
static struct expected top_expected(const struct vcpu *vcpu, unsigned index)
{
	const struct guest_paging *paging = &vcpu->paging;
	enum walk_format format = shadow_of(vcpu)->format;
	struct expected top = {.present = format != WALK_LONG,
			       .leaf = format == WALK_OFF,
			       .dirty = format == WALK_OFF,
			       .rights = KEY_RIGHTS >> KEY_RIGHTS_SHIFT,
			       .gpa = (uint64_t)index << GIGA_SHIFT};

	if (format == WALK_PAE) {
		top.present = paging->pdpte[index] & PTE_P;
		top.gpa = paging->pdpte[index] & PTE_ADDRESS;
	} else if (format == WALK_32) {
		top.gpa = paging->cr3 & 0xfffff000;
	}
	return top;
}

static struct expected expected_of(const struct vcpu *vcpu, uint64_t key, unsigned index)
{
	unsigned level = key & KEY_LEVEL;
	uint64_t rights = (key & KEY_RIGHTS) >> KEY_RIGHTS_SHIFT;
	uint64_t reserved = shadow_of(vcpu)->reserved, entry;

	if (shadow_of(vcpu)->format == WALK_PAE)
		reserved |= PAE_RESERVED;
	if (key & KEY_DIRECT)
		return (struct expected){.present = true,
					 .leaf = true,
					 .dirty = key & KEY_DIRTY,
					 .rights = rights,
					 .gpa = (key & PTE_ADDRESS) +
						((uint64_t)index << walk_shift(level))};
	entry = guest_memory_find(&vcpu->vm->memory, key & PTE_ADDRESS)
		    ? shadow_entry_known(vcpu, key, index)
		    : 0;
	rights &= (entry & (PTE_W | PTE_U)) | (entry & PTE_NX ? 0 : RIGHT_X);
	return (struct expected){
	    .present = (entry & (PTE_P | PTE_A)) == (PTE_P | PTE_A) && !(entry & reserved) &&
		       (key & KEY_NXE || !(entry & PTE_NX)),
	    .leaf = level == 1 || (level < 4 && entry & PTE_PS),
	    .dirty = entry & PTE_D,
	    .rights = rights,
	    .gpa = entry & PTE_ADDRESS &
		   (level > 1 && entry & PTE_PS ? ~((1ull << walk_shift(level)) - 1) : ~0ull),
	};
}

static const char *table_check(const struct shadow *shadow, uint64_t key, uint64_t entry,
			       unsigned index, const struct expected *expected)
{
	unsigned level = key & KEY_LEVEL;
	uint32_t below = shadow_page_below(shadow, entry);
	uint64_t want =
	    (key & KEY_MODE) | (level - 1) | expected->gpa | expected->rights << KEY_RIGHTS_SHIFT;

	if (level == 1)
		return "an entry of the lowest level leads to a table";
	if (below <= SHADOW_TOP || below >= shadow->used)
		return "an entry leads out of the pool";
	if (!expected->leaf && shadow->format == WALK_32)
		want |= (index & (level == 3 ? 3ull : 1)) << KEY_QUADRANT_SHIFT;
	if (!expected->leaf)
		return shadow->page[below].key == want
			   ? NULL
			   : "an entry leads to a page for something else";
	/* The dirty bit may have been set since, by another way to the page. */
	want |= KEY_DIRECT;
	if (shadow->page[below].key == want ||
	    (shadow->page[below].key == (want | KEY_DIRTY) && expected->dirty))
		return NULL;
	return "an entry leads to a page for something else than the large page";
}

static const char *leaf_check(const struct vcpu *vcpu, uint64_t key, uint64_t entry,
			      const struct expected *expected)
{
	const struct shadow *shadow = shadow_of(vcpu);
	const struct guest_memory *memory = &vcpu->vm->memory;
	unsigned level = key & KEY_LEVEL;
	bool wp = key & KEY_WP;

	if (!expected->leaf)
		return "a leaf where the guest has a table";
	if (level > 2 || (level == 2) != !!(entry & PTE_PS))
		return "a leaf of the wrong size";
	if (!guest_memory_has(memory, expected->gpa, 1ull << walk_shift(level)) ||
	    (level == 2 && !guest_memory_is_large(memory, expected->gpa)) ||
	    guest_memory_find(memory, expected->gpa) != (entry & PTE_ADDRESS))
		return "a leaf leads to what is not this guest's page";
	if (entry & PTE_U && !(expected->rights & RIGHT_U))
		return "a user may reach a supervisor's page";
	if (!(entry & PTE_NX) && !(expected->rights & RIGHT_X))
		return "a page that is not executable is";
	if (!(entry & (PTE_W | SHADOW_TRACED)))
		return NULL;
	if (!(expected->rights & RIGHT_W) && (wp || entry & PTE_U))
		return "a page that is not writable is";
	if (!expected->dirty)
		return "a page can be written with no dirty bit set";
	if (entry & SHADOW_TRACED)
		return entry & PTE_W ? "a traced page can be written" : NULL;
	if (level == 2 ? shadow->chunk[expected->gpa >> LARGE_SHIFT].tables
		       : shadow_frame_is_table(shadow, expected->gpa))
		return "a page table can be written";
	return NULL;
}

/** Whether the entry is where its list says. */
static const char *link_check(struct shadow *shadow, uint32_t number, uint32_t head,
			      const uint32_t *first)
{
	const struct shadow_link *link = &shadow->link[number];

	if (link->next && shadow->link[link->next].prev != number)
		return "a list is broken ahead";
	if (link->prev & HEAD_PAGE)
		return link->prev == head && *first == number ? NULL : "a list's head is wrong";
	return shadow->link[link->prev].next == number ? NULL : "a list is broken behind";
}

static const char *entry_check(const struct vcpu *vcpu, uint32_t number)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t key = shadow->page[number >> 9].key, entry = shadow->entry[number];
	bool top = number >> 9 == SHADOW_TOP;
	struct expected expected =
	    top ? top_expected(vcpu, number & 511) : expected_of(vcpu, key, number & 511);
	uint32_t below = shadow_page_below(shadow, entry);
	const char *wrong;

	if (!(entry & PTE_P) || !(entry & PTE_A) != top)
		return "an entry is neither present nor 0";
	if (!expected.present)
		return "an entry where the guest has none";
	if (entry & SHADOW_TABLE) {
		wrong = table_check(shadow, key, entry, number & 511, &expected);
		return wrong ? wrong
			     : link_check(shadow, number, HEAD_PAGE | below,
					  &shadow->page[below].parents);
	}
	wrong = leaf_check(vcpu, key, entry, &expected);
	if (wrong)
		return wrong;
	if (entry & PTE_PS)
		return link_check(shadow, number,
				  HEAD_CHUNK | (uint32_t)(expected.gpa >> LARGE_SHIFT),
				  &shadow->chunk[expected.gpa >> LARGE_SHIFT].leaves);
	return link_check(shadow, number, HEAD_FRAME | (uint32_t)(expected.gpa >> PAGE_SHIFT),
			  &shadow_frame_find(shadow, expected.gpa)->leaves);
}

static const char *page_check(const struct vcpu *vcpu, uint32_t page)
{
	struct shadow *shadow = shadow_of(vcpu);
	unsigned present = 0;
	const char *wrong;

	for (uint32_t number = page << 9; number < (page + 1) << 9; number++) {
		if (!shadow->entry[number])
			continue;
		present++;
		if (!shadow->page[page].key)
			return "a free page holds entries";
		wrong = entry_check(vcpu, number);
		if (wrong)
			return wrong;
	}
	return present == shadow->page[page].entries ? NULL : "a page's count of entries is wrong";
}

/** The lists of pages by frame, and the counts of tables. */
static const char *chunk_check(const struct shadow *shadow, uint64_t number)
{
	const struct shadow_chunk *chunk = &shadow->chunk[number];
	unsigned sum = 0, tables;

	for (unsigned i = 0; chunk->frame && i < 512; i++) {
		tables = 0;
		for (uint32_t page = chunk->frame[i].pages; page; page = shadow->page[page].next) {
			if ((shadow->page[page].key & PTE_ADDRESS) !=
			    (number << LARGE_SHIFT | (uint64_t)i << PAGE_SHIFT))
				return "a page is in another frame's list";
			tables += !(shadow->page[page].key & KEY_DIRECT);
		}
		if (tables != chunk->frame[i].tables)
			return "a frame's count of tables is wrong";
		sum += tables;
	}
	return sum == chunk->tables ? NULL : "a chunk's count of tables is wrong";
}

static bool root_right(const struct vcpu *vcpu)
{
	const struct shadow *shadow = shadow_of(vcpu);
	uint64_t key = shadow->page[shadow->root].key;

	if (shadow->format != walk_format(&vcpu->paging))
		return false;
	if (shadow->format != WALK_LONG)
		return shadow->root == SHADOW_LEGACY &&
		       shadow->page[SHADOW_TOP].key == (KEY_TOP | shadow->mode);
	if (!shadow->root || shadow->root == SHADOW_NOWHERE)
		return true;
	return key == ((vcpu->paging.cr3 & PTE_ADDRESS) | shadow->mode | KEY_ROOT);
}

const char *shadow_check(struct vcpu *vcpu)
{
	const struct shadow *shadow = shadow_of(vcpu);
	const char *wrong;

	if (shadow_flush_owed(vcpu))
		return "a flush is owed";
	if (!root_right(vcpu))
		return "the root is another's";
	for (uint32_t page = SHADOW_TOP; page < shadow->used; page++) {
		wrong = page_check(vcpu, page);
		if (wrong)
			return wrong;
	}
	for (uint64_t i = 0; i < vcpu->vm->memory.bytes >> LARGE_SHIFT; i++) {
		wrong = chunk_check(shadow, i);
		if (wrong)
			return wrong;
	}
	return NULL;
}
