/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables out of step. To trap every write to a page table costs an exit each, and most are followed by more of them
 * before the guest relies on any. So a guest may write freely to a table of the lowest level, from its first write
 * until it flushes: what the shadow still says is then no more stale than a TLB may be (SDM vol. 3, 4.10.2.3,
 * 4.10.4.2). A copy of the table, as the shadow knows it, tells at the flush which entries changed; what was made
 * from those goes. A table that did not change is traced again.
 */
#ifndef CORE_VMM_MEMORY_SHADOW_SYNC_H
#define CORE_VMM_MEMORY_SHADOW_SYNC_H

#include "core-vmm/memory/shadow_page.h"

/** The copy that goes with a frame that is out of step. */
static inline struct shadow_unsync *shadow_unsync_of(struct shadow *shadow,
						     const struct shadow_frame *frame)
{
	return &shadow->unsync[frame->unsync - 1];
}

/** The guest's entry from which entry @index of the page for @key, which is not direct, comes: as the shadow knows it. */
uint64_t shadow_entry_known(const struct vcpu *vcpu, uint64_t key, unsigned index);

/** Whether the traced table at @gpa may go out of step: it has no higher level, and there is a copy to spare. */
bool shadow_can_unsync(const struct shadow *shadow, uint64_t gpa);
/** The guest writes to the traced table at @gpa: let it from now on, if that can be. */
bool shadow_unsync(struct vcpu *vcpu, uint64_t gpa);
/** An entry for @gla's leaf, of 4 KiB, is about to be made from a table that may be out of step: so it is known now. */
void shadow_sync_leaf(struct vcpu *vcpu, const struct walk *walk, uint64_t gla);
/** A page of the pool is about to be led to again: while nothing did, INVLPG did not find it. */
void shadow_sync_page(struct vcpu *vcpu, uint32_t page);
/** The guest flushes @gla. */
void shadow_sync_address(struct vcpu *vcpu, uint64_t gla);
/** The guest flushes all, or all but globals. Can leave a flush owed (OWED_PROTECT). */
void shadow_sync_all(struct vcpu *vcpu);
/** The frame of @gpa is to be a table of a higher level, too, which is never out of step. */
void shadow_sync_end(struct vcpu *vcpu, uint64_t gpa);
/** The frame is no page table any more. */
void shadow_sync_forget(struct shadow *shadow, struct shadow_frame *frame);

#endif
