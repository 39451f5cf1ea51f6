/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processor's own virtual local APIC (SDM vol. 3, chapter 30): APIC-register virtualization and virtual-interrupt
 * delivery. Then TPR, PPR, IRR, ISR and TMR are on the virtual-APIC page and nowhere else (device/lapic_virtual.h), and the
 * VMCS's guest interrupt status says what of that is next (RVI) and in service (SVI). Other registers are the VMM's; the
 * page has copies that the guest reads.
 */
#ifndef CORE_VMM_VMX_APICV_H
#define CORE_VMM_VMX_APICV_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/vectors.h"

struct paging_controls;
struct vcpu;

/** How the guest gets at its registers. */
enum apicv_mode {
	APICV_TRAPPED, /* each access exits: the APIC is disabled, or as by_page and by_msr cannot be */
	APICV_BY_PAGE, /* xAPIC mode: through the APIC-access page */
	APICV_BY_MSR,  /* x2APIC mode: those MSRs that the MSR bitmap lets through */
};

struct apicv {
	uint32_t *page;		  /* the virtual-APIC page; NULL: not in use */
	void *access;		  /* the APIC-access page; NULL: xAPIC mode is trapped */
	uint64_t access_gpa;	  /* where that is mapped; 0: nowhere */
	struct vectors eoi_exits; /* whose EOI exits */
	enum apicv_mode mode;
};

/** Use it if the VM's configuration and the processor allow; before the VM's devices are made. False: no memory. */
bool apicv_create(struct vcpu *vcpu);
/** What the VMCS's controls are besides those of every VM; nothing if it is not in use. */
void apicv_controls(const struct vcpu *vcpu, uint32_t *proc, uint32_t *proc2);
/** Fill in the current VMCS, whose controls are written. */
void apicv_start(struct vcpu *vcpu);

/**
 * What the exit interrupted the delivery of, where the processor says @vectoring. For an interrupt that it delivers by itself
 * Bochs 2.7 says whatever it said before. That interrupt is in service, and RFLAGS.IF still set, which a handler seldom has
 * before its EOI; if it has, an exception of its own that is interrupted so comes again after a second delivery.
 */
uint32_t apicv_vectoring(const struct vcpu *vcpu, uint32_t vectoring);

/* For device/: all but apicv_place only if it is in use. */

/** The APIC's mode may have changed. */
void apicv_place(struct vcpu *vcpu);
/** @vector is requested: the processor delivers the highest. */
void apicv_request(struct vcpu *vcpu, unsigned vector);
/** The highest that is in service; 0: none. */
void apicv_service(struct vcpu *vcpu, unsigned vector);
/** Nothing is requested, nothing in service. */
void apicv_clear(struct vcpu *vcpu);
/** Whether the EOI of @vector exits. */
void apicv_eoi_exit(struct vcpu *vcpu, unsigned vector, bool exits);

#endif
