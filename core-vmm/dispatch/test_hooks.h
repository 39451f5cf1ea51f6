/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls of the test build only (VTS_TEST): a guest test asks for what no device raises yet.
 * Numbers: VTG_TEST_* in tests/guest/hooks.h.
 */
#ifndef CORE_VMM_DISPATCH_TEST_HOOKS_H
#define CORE_VMM_DISPATCH_TEST_HOOKS_H

#include "core-vmm/abi/guest.h"
#include "core-vmm/dispatch/dispatch.h"

#ifdef VTS_TEST
#define TEST_RAISE     0x7400ul /* RDI: vector */
#define TEST_RAISE_NMI 0x7401ul

static inline uint64_t test_hook(struct vcpu *vcpu, uint64_t number)
{
	uint64_t vector = vcpu->gpr[RDI];

	if (number == TEST_RAISE && vector >= 16 && vector < 256) {
		pending_raise(vcpu, (unsigned)vector);
		return 0;
	}
	if (number == TEST_RAISE_NMI) {
		pending_raise_nmi(vcpu);
		return 0;
	}
	return -(uint64_t)VTG_ENOSYS;
}
#else
static inline uint64_t test_hook(struct vcpu *vcpu, uint64_t number)
{
	(void)vcpu, (void)number;
	return -(uint64_t)VTG_ENOSYS;
}
#endif

#endif
