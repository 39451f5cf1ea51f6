/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that devices raise: they wait until the guest can take them. SDM vol. 3, 6.9 (priority),
 * 25.5 (windows).
 */
#ifndef CORE_VMM_DISPATCH_PENDING_H
#define CORE_VMM_DISPATCH_PENDING_H

#include <stdbool.h>
#include <stdint.h>

struct exit;
struct vcpu;

/** Interrupts and NMIs that wait. One of each vector, and one NMI, as on a processor. */
struct pending {
	bool any; /* looked at on every exit */
	bool nmi;
	uint64_t vector[4];  /* a bit each */
	uint64_t nmi_raised; /* when */
	uint64_t raised[256];
};

/** An external interrupt, @vector 16 to 255. */
void pending_raise(struct vcpu *vcpu, unsigned vector);
void pending_raise_nmi(struct vcpu *vcpu);
/** Whether something waits that wakes a halted processor now. */
bool pending_wakes(const struct vcpu *vcpu);
/** Inject what can be injected at the next entry; ask for an exit when the rest can. */
void pending_deliver(struct vcpu *vcpu);

#endif
