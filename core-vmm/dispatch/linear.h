/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory by linear address, with the guest's own rights: what an instruction done for the
 * guest touches. */
#ifndef CORE_VMM_DISPATCH_LINEAR_H
#define CORE_VMM_DISPATCH_LINEAR_H

#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/interpret/segment.h"
#include "core-vmm/memory/walk.h"

/**
 * Translate one address for @access (PF_W, PF_U, ACCESS_AC). False: the exit is dealt with, by a
 * fault for the guest, or the VM's end where there is no memory.
 */
bool linear_translate(struct vcpu *vcpu, struct exit *exit, uint64_t gla, uint32_t access,
		      uint64_t *gpa);
/** Copy @bytes (at most 16) out of or into guest memory. False: likewise; nothing was written. */
bool linear_read(struct vcpu *vcpu, struct exit *exit, uint64_t gla, void *to, unsigned bytes,
		 uint32_t access);
bool linear_write(struct vcpu *vcpu, struct exit *exit, uint64_t gla, const void *from,
		  unsigned bytes, uint32_t access);
/** Who accesses: PF_U and ACCESS_AC of an explicit access by the instruction that exited. */
uint32_t linear_access(const struct exit *exit);

/** Whether the instruction that exited has its alignment checked (SDM vol. 3, 6.15, interrupt 17). */
bool linear_alignment(const struct exit *exit);
/** Whether the guest is in 64-bit mode. */
bool linear_code64(void);
/** Segment register @number (SEGMENT_*), for code outside 64-bit mode. */
void linear_segment(unsigned number, struct segment *segment);

#endif
