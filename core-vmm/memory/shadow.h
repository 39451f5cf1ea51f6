/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow paging: without EPT the processor can only walk tables that hold host-physical addresses,
 * so the VMM keeps a shadow of the guest's tables and lets the processor walk that: four-level tables
 * in IA-32e mode, and outside, where the guest's may be PAE's, 32-bit ones or none, the PAE format. A
 * switch from one of the guest's formats to another drops the shadow.
 *
 * The shadow is filled on demand, by page faults, and the upper levels are always in step: guest
 * frames that are shadowed as page tables are mapped read-only, each write to one faults, is done
 * by the interpreter, and takes away the shadow entries that came from the entry written. Tables of
 * the lowest level are written most: the first write makes one writable, and out of step until the
 * guest flushes (shadow_sync.h). A guest's own mistakes (true faults) go to the guest.
 *
 * Which flush is owed when (SDM vol. 3, 4.10.4 and 29.4.3). A guest that changes an entry must
 * itself flush before it may rely on the change; its INVLPG, MOV CR3 and so on come here, so a
 * shadow entry removed because the guest changed its own needs no flush: it is stale, as it would
 * be without a VMM. What the VMM does for reasons of its own the guest cannot know, so then the
 * flush happens at once:
 *   - a frame becomes a page table while the TLB may hold a writable translation of it, stale or
 * not;
 *   - a shadow page that paging-structure caches may still point to is used for another table.
 * And one thing more: INVLPG drops all paging-structure-cache entries (4.10.4.1), INVVPID for one
 * address need not. So INVLPG flushes all if an entry that led to a table has changed since the
 * last such flush. Entries that only gain rights need nothing: the page fault itself dropped the
 * old ones.
 *
 * All functions are called between an exit and the next entry, on the processor that owns the VMCS.
 * Requires of the processor, in the guest: CR0.PG, CR0.WP, CR4.PAE and EFER.NXE always 1; CR4.SMEP and
 * SMAP as the guest set them, but 0 where it has paging off. Every page fault must exit, every MOV to
 * CR0, CR3 and CR4, WRMSR of EFER, and INVLPG. vcpu->paging is the guest's view, PDPTEs included.
 */
#ifndef CORE_VMM_MEMORY_SHADOW_H
#define CORE_VMM_MEMORY_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/memory/walk.h"
#include "core-vmm/vm.h"
#include "trace/event.h"

struct decode_cache;

/** How many times what happened, over the VM's life. */
struct shadow_counters {
	uint64_t zaps[8];      /* entries removed or write-protected, by VTS_SHADOW_ZAP_* */
	uint64_t root_hits;    /* root loads that found theirs */
	uint64_t root_misses;  /* and those that had to make one */
	uint64_t tables;       /* shadow pages made */
	uint64_t tables_freed; /* and given up */
};

/** A fault, and what came of it. */
struct shadow_fault {
	uint64_t gpa;	     /* if the guest's tables gave one, or OUTSIDE; else 0 */
	uint64_t size;	     /* bytes of the mapping made; 0: none */
	uint64_t root;	     /* the new root, if the old one had to go: to be loaded; else 0 */
	uint32_t error_code; /* TRUE_FAULT: for the guest */
};

/**
 * Shadow for vcpu->vm, with a pool of @pages shadow pages (0: by the size of guest memory);
 * vm->shadow is set.
 * @maxphyaddr: the guest's. Needs vm->memory. One vCPU a VM. NULL: no memory. Lives as long as the
 * VM.
 */
struct shadow *shadow_create(struct vcpu *vcpu, unsigned maxphyaddr, unsigned pages);

/** Host-physical address of the current root; 0 before the first load. */
uint64_t shadow_root(const struct vcpu *vcpu);

/**
 * The guest executed MOV to CR3 (vcpu->paging is already changed): flush what that flushes, and
 * make the root for the new value current. @hit: whether it was known. Returns shadow_root(); 0: no
 * memory.
 */
uint64_t shadow_cr3_load(struct vcpu *vcpu, bool *hit);

/**
 * The guest changed CR0, CR4 or EFER (vcpu->paging is already changed), or starts: flush all, and
 * make the root for the new mode current. Returns shadow_root(); 0: no memory.
 */
uint64_t shadow_mode_load(struct vcpu *vcpu, enum vts_flush_cause cause);

/** The guest executed INVLPG. */
void shadow_invlpg(struct vcpu *vcpu, uint64_t gla);

/** The guest executed INVPCID, or anything else that drops all of its translations. */
void shadow_flush(struct vcpu *vcpu, enum vts_flush_cause cause);

/**
 * A page fault at @gla (canonical) exited. @access: the error code as the processor gave it, and
 * ACCESS_AC if EFLAGS.AC is set. The caller records the fault; zaps are recorded here. Returns how
 * it was resolved, VTS_SHADOW_FAULT_*:
 * - TRUE_FAULT: give the guest a #PF with out->error_code.
 * - FILL, FILL_LARGE, DIRTY, SPURIOUS, UNPROTECT: run the instruction again.
 * - PT_WRITE: interpret the instruction, its writes through shadow_write.
 * - EMULATED: the same, for a reason other than a page table.
 * - OUTSIDE: out->gpa is not guest memory: a device's, or nothing.
 * - NO_MEMORY.
 */
enum vts_how shadow_fault(struct vcpu *vcpu, uint64_t gla, uint32_t access,
			  struct shadow_fault *out);

/**
 * Write @bytes (1 to 16, within a page) at @gpa, which is guest memory and may be a page table, and
 * zap what was derived from the entries that change. 0, or -1: no memory.
 */
int shadow_write(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes);
/** The same for any length; nothing is written if any of it is not guest memory. */
int shadow_write_block(struct vcpu *vcpu, uint64_t gpa, const void *from, uint64_t bytes);

/**
 * Where the code at @rip is, if the shadow maps it for a guest that runs at @user's privilege, with
 * at least @bytes of it in that page; otherwise NULL: ask the guest's tables.
 */
const uint8_t *shadow_code(const struct vcpu *vcpu, uint64_t rip, bool user, unsigned bytes);

/**
 * Stop treating the frame of @gpa as a page table, since the instruction at @rip, which writes to
 * it, cannot be interpreted; it may then run. False if that cannot get the guest anywhere: the
 * instruction depends on the very table that it writes.
 */
bool shadow_unprotect(struct vcpu *vcpu, uint64_t gpa, uint64_t rip);

/** Whether a flush is owed before the next entry. Never, when a call has returned; for tests. */
bool shadow_flush_owed(const struct vcpu *vcpu);

/** The VM's cache of decoded instructions, for the interpreter. */
struct decode_cache *shadow_decode_cache(const struct vcpu *vcpu);

const struct shadow_counters *shadow_counters(const struct vcpu *vcpu);

/**
 * For test builds: every entry that the processor can reach leads to a shadow page of this VM or to
 * its memory, with no right that the guest's tables do not give; no writable entry leads to a page
 * table; the bookkeeping agrees. NULL, or what is wrong.
 */
const char *shadow_check(struct vcpu *vcpu);

#endif
