/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow paging: roots, and the flushes that the guest asks for. */
#include "core-vmm/memory/shadow.h"
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/memory/shadow_sync.h"
#include "core-vmm/memory/tlb.h"

uint64_t shadow_root(const struct vcpu *vcpu)
{
	const struct shadow *shadow = shadow_of(vcpu);

	if (__builtin_expect(shadow->root == SHADOW_LEGACY, 0))
		return shadow_page_phys(shadow, SHADOW_TOP);
	return shadow->root ? shadow_page_phys(shadow, shadow->root) : 0;
}

static uint64_t root_key(const struct vcpu *vcpu)
{
	return (vcpu->paging.cr3 & PTE_ADDRESS) | shadow_of(vcpu)->mode | KEY_ROOT;
}

static struct shadow_root *root_slot(struct shadow *shadow, uint64_t key)
{
	uint64_t frame = key >> PAGE_SHIFT;

	return &shadow->roots[(frame ^ frame >> 6) % SHADOW_ROOTS];
}

/** Make the root for @key current, which is not among the quickly found. False: no memory. */
static bool root_make(struct vcpu *vcpu, uint64_t key, bool *hit)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint32_t page;

	*hit = false;
	if (!guest_memory_has(&vcpu->vm->memory, key & PTE_ADDRESS, PAGE_SIZE)) {
		shadow->root = SHADOW_NOWHERE;
		return true;
	}
	page = shadow_page_find(shadow, key);
	*hit = page;
	if (!page)
		page = shadow_page_create(vcpu, key);
	if (!page) {
		shadow_reclaim(vcpu, VTS_SHADOW_ZAP_RECLAIM);
		page = shadow_page_create(vcpu, key);
	}
	shadow->root = page;
	*root_slot(shadow, key) = (struct shadow_root){.key = page ? key : 0, .page = page};
	return page;
}

/** The key of the page below entry @index of SHADOW_TOP; 0: none, as there is no guest memory. */
static uint64_t top_key(const struct vcpu *vcpu, unsigned index)
{
	const struct shadow *shadow = shadow_of(vcpu);
	const struct guest_paging *paging = &vcpu->paging;
	uint64_t key = shadow->mode | KEY_RIGHTS | 2, gpa;

	switch (shadow->format) {
	case WALK_PAE:
		if (!(paging->pdpte[index] & PTE_P))
			return 0;
		gpa = paging->pdpte[index] & PTE_ADDRESS;
		break;
	case WALK_32:
		gpa = paging->cr3 & 0xfffff000;
		key |= (uint64_t)index << KEY_QUADRANT_SHIFT;
		break;
	default:
		gpa = (uint64_t)index << GIGA_SHIFT;
		key |= KEY_DIRECT | KEY_DIRTY;
	}
	return guest_memory_has(&vcpu->vm->memory, gpa, PAGE_SIZE) ? key | gpa : 0;
}

/** Make SHADOW_TOP lead to the pages that are known, and current. The rest is for faults. @hit: whether any was. */
static __attribute__((noinline)) void top_load(struct vcpu *vcpu, bool *hit)
{
	struct shadow *shadow = shadow_of(vcpu);

	*hit = false;
	shadow->root = SHADOW_LEGACY;
	shadow->page[SHADOW_TOP].key = KEY_TOP | shadow->mode;
	for (unsigned index = 0; index < 4; index++) {
		uint32_t number = SHADOW_TOP << 9 | index, page = 0, now = 0;
		uint64_t key = top_key(vcpu, index);

		if (key)
			page = shadow_page_find(shadow, key);
		if (shadow->entry[number])
			now = shadow_page_below(shadow, shadow->entry[number]);
		*hit = *hit || page;
		if (page == now)
			continue;
		if (!page) {
			shadow_entry_clear(shadow, number);
			continue;
		}
		if (shadow->unsyncs)
			shadow_sync_page(vcpu, page);
		shadow_entry_link(shadow, number, page);
	}
}

/** Make the root for CR3 current; none, if there is no memory. */
static void root_load(struct vcpu *vcpu, bool *hit)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t key = root_key(vcpu);
	const struct shadow_root *slot = root_slot(shadow, key);

	if (__builtin_expect(shadow->format != WALK_LONG, 0)) {
		top_load(vcpu, hit);
	} else if (slot->key == key) {
		shadow->root = slot->page;
		*hit = true;
	} else {
		root_make(vcpu, key, hit);
	}
	if (*hit)
		shadow->counters.root_hits++;
	else
		shadow->counters.root_misses++;
}

uint64_t shadow_cr3_load(struct vcpu *vcpu, bool *hit)
{
	struct shadow *shadow = shadow_of(vcpu);

	if (shadow->unsyncs)
		shadow_sync_all(vcpu);
	if (shadow->flush & OWED) {
		shadow_flush(vcpu, VTS_CAUSE_GUEST_CR3);
	} else {
		tlb_flush_nonglobal(vcpu, VTS_CAUSE_GUEST_CR3);
		shadow->flush &= STALE_WRITABLE_GLOBAL;
	}
	root_load(vcpu, hit);
	shadow_settle(vcpu);
	return shadow_root(vcpu);
}

bool shadow_root_renew(struct vcpu *vcpu)
{
	bool hit;

	if (shadow_of(vcpu)->format != WALK_LONG) {
		top_load(vcpu, &hit);
		return true;
	}
	return root_make(vcpu, root_key(vcpu), &hit);
}

static uint64_t mode_key(const struct guest_paging *paging, enum walk_format format)
{
	uint64_t mode = 0;

	if (format == WALK_OFF)
		return KEY_WP; /* nothing is write-protected */
	if (format == WALK_32)
		mode = paging->cr4 & CR4_PSE ? KEY_PSE : 0;
	else if (paging->efer & EFER_NXE)
		mode = KEY_NXE;
	if (paging->cr0 & CR0_WP)
		return mode | KEY_WP;
	if (paging->cr4 & CR4_SMEP)
		mode |= KEY_SMEP;
	if (paging->cr4 & CR4_SMAP)
		mode |= KEY_SMAP;
	return mode;
}

uint64_t shadow_mode_load(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	struct shadow *shadow = shadow_of(vcpu);
	enum walk_format format = walk_format(&vcpu->paging);
	bool hit;

	if (__builtin_expect(format != shadow->format, 0)) {
		shadow_reclaim(vcpu, VTS_SHADOW_ZAP_MODE);
		shadow_format_set(shadow, format);
	}
	shadow->mode = mode_key(&vcpu->paging, format);
	ledger_owe_guest(vcpu);
	shadow_flush(vcpu, cause);
	root_load(vcpu, &hit);
	shadow_settle(vcpu);
	return shadow_root(vcpu);
}

/* ---- the guest's own flushes ---- */

void shadow_flush(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	if (shadow_of(vcpu)->unsyncs)
		shadow_sync_all(vcpu);
	tlb_flush_guest(vcpu, cause);
	shadow_of(vcpu)->flush = 0;
}

void shadow_invlpg(struct vcpu *vcpu, uint64_t gla)
{
	if (shadow_of(vcpu)->unsyncs)
		shadow_sync_address(vcpu, gla);
	if (shadow_of(vcpu)->flush & STALE_TABLE)
		shadow_flush(vcpu, VTS_CAUSE_GUEST_INVLPG);
	else
		tlb_flush_address(vcpu, gla, VTS_CAUSE_GUEST_INVLPG);
}
