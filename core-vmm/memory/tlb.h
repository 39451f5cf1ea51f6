/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that drops translations (design: complete by construction). Each call says why,
 * does it and records it. With VPID off the processor drops a guest's translations at every
 * transition: then the guest-scoped calls have nothing to do, do nothing and record nothing; the
 * exit records carry the flag transition_flush.
 */
#ifndef CORE_VMM_MEMORY_TLB_H
#define CORE_VMM_MEMORY_TLB_H

#include <stdint.h>

#include "core-vmm/memory/ledger.h"
#include "trace/event.h"

struct vcpu;

/** One linear address of the guest, in every translation size, globals too (INVVPID type 0). */
void tlb_flush_address(struct vcpu *vcpu, uint64_t gla, enum vts_flush_cause cause);
/** All of the guest's translations (INVVPID type 1). */
void tlb_flush_guest(struct vcpu *vcpu, enum vts_flush_cause cause);
/** All of the guest's translations but the global ones (INVVPID type 3). */
void tlb_flush_nonglobal(struct vcpu *vcpu, enum vts_flush_cause cause);
/** All that was derived from the VM's EPT (INVEPT type 1). */
void tlb_flush_ept(struct vcpu *vcpu, enum vts_flush_cause cause);
/** Record a flush that the guest did itself, where its instruction was intercepted to be counted. */
void tlb_count_guest_flush(struct vcpu *vcpu, enum vts_how how, enum vts_flush_cause cause,
			   uint64_t gla);

#if defined(VTS_TEST) && !defined(TLB_NO_SITES)
#define tlb_flush_address(vcpu, gla, cause) FLUSH_SITE((tlb_flush_address)(vcpu, gla, cause))
#define tlb_flush_guest(vcpu, cause)	    FLUSH_SITE((tlb_flush_guest)(vcpu, cause))
#define tlb_flush_nonglobal(vcpu, cause)    FLUSH_SITE((tlb_flush_nonglobal)(vcpu, cause))
#define tlb_flush_ept(vcpu, cause)	    FLUSH_SITE((tlb_flush_ept)(vcpu, cause))
#endif

/** The VMM's own page tables. */
void tlb_host_load(uint64_t cr3);
void tlb_host_load_cr4(uint64_t cr4);

#endif
