/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation, checked: every mapping that the guest can reach, in EPT or shadow, leads to memory of
 * this VM, with no right that the guest's own tables do not give. For the test build; elsewhere
 * nothing.
 */
#ifndef CORE_VMM_MEMORY_ISOLATION_H
#define CORE_VMM_MEMORY_ISOLATION_H

struct vcpu;

#ifdef VTS_TEST
/** At random points, some exits apart (the VM's seed says which), walk it all; panics at what is
 *  wrong. */
void isolation_check(struct vcpu *vcpu);
#else
static inline void isolation_check(struct vcpu *vcpu)
{
	(void)vcpu;
}
#endif

#endif
