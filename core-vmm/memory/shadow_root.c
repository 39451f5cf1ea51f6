/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow paging: roots, and the flushes that the guest asks for. */
#include "core-vmm/memory/shadow.h"
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/memory/shadow_sync.h"
#include "core-vmm/memory/tlb.h"

uint64_t shadow_root(const struct vcpu *vcpu)
{
	const struct shadow *shadow = shadow_of(vcpu);

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
		shadow_reclaim(vcpu);
		page = shadow_page_create(vcpu, key);
	}
	shadow->root = page;
	*root_slot(shadow, key) = (struct shadow_root){.key = page ? key : 0, .page = page};
	return page;
}

/** Make the root for CR3 current; none, if there is no memory. */
static void root_load(struct vcpu *vcpu, bool *hit)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t key = root_key(vcpu);
	const struct shadow_root *slot = root_slot(shadow, key);

	if (slot->key == key) {
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

	return root_make(vcpu, root_key(vcpu), &hit);
}

static uint64_t mode_key(const struct guest_paging *paging)
{
	uint64_t mode = paging->efer & EFER_NXE ? KEY_NXE : 0;

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
	bool hit;

	shadow_of(vcpu)->mode = mode_key(&vcpu->paging);
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
