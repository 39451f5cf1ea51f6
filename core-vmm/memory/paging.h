/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paging mode: decided once per VM and consulted only through this table. paging_ept.c and
 * paging_shadow.c are its two rows; reading them side by side is reading the comparison.
 */
#ifndef CORE_VMM_MEMORY_PAGING_H
#define CORE_VMM_MEMORY_PAGING_H

#include <stdbool.h>
#include <stdint.h>

struct exit;
struct vcpu;

/** What the mode wants of the VMCS. Control bits are added to those that every VM has. */
struct paging_controls {
	uint32_t proc, proc2;
	uint32_t exception_bitmap;
	uint64_t cr0_mask,
	    cr4_mask; /* bits of CR0 and CR4 whose changes must exit, beyond the always-masked */
};

struct paging_ops {
	const char *name;
	/** Build what the mode needs. 0, or -1: no memory. */
	int (*create)(struct vcpu *vcpu);
	void (*controls)(const struct vcpu *vcpu, struct paging_controls *controls);
	/** Put vcpu->paging and its first translation into the current VMCS. 0, or -1: no memory. */
	int (*start)(struct vcpu *vcpu);
	/** The guest loads a control register with a value that is valid; whether that worked. */
	bool (*load_cr0)(struct vcpu *vcpu, uint64_t value);
	bool (*load_cr3)(struct vcpu *vcpu, struct exit *exit, uint64_t value);
	bool (*load_cr4)(struct vcpu *vcpu, uint64_t value);
	bool (*load_efer)(struct vcpu *vcpu, uint64_t value);
	void (*invlpg)(struct vcpu *vcpu, uint64_t gla);
	/** A page-fault exit; NULL where page faults do not exit. */
	bool (*page_fault)(struct vcpu *vcpu, struct exit *exit);
	/** Bring vcpu->paging up to date. */
	void (*sync)(struct vcpu *vcpu);
	/** Write guest memory on the guest's behalf. 0, or -1: not guest memory, or no memory. */
	int (*write)(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes);
	/** The same for a device's data: any length. Nothing is written if any of it is not guest memory. */
	int (*write_block)(struct vcpu *vcpu, uint64_t gpa, const void *from, uint64_t bytes);
	/** The guest's CR3 as the guest sees it. */
	uint64_t (*cr3)(const struct vcpu *vcpu);
};

extern const struct paging_ops paging_ept, paging_shadow;

#endif
