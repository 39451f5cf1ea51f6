/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls of the test build only (VTS_TEST): a guest test asks for what no device raises, and
 * changes its own VMCS to get the exits that this VMM never asks for. Numbers: also in
 * tests/guest/hooks.h.
 */
#ifndef CORE_VMM_DISPATCH_TEST_HOOKS_H
#define CORE_VMM_DISPATCH_TEST_HOOKS_H

#include "core-vmm/abi/guest.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/test_variant.h"

#ifdef VTS_TEST
#include "core-vmm/device/timer.h"

#define TEST_RAISE	0x7400ul /* RDI: vector */
#define TEST_RAISE_NMI	0x7401ul
#define TEST_VMCS_READ	0x7402ul /* RDI: field */
#define TEST_VMCS_WRITE 0x7403ul /* RDI: field; RSI: value */
#define TEST_PHYSICAL	0x7404ul /* RDI: guest-physical address; the address behind it, or 0 */
#define TEST_PEEK	0x7405ul /* RDI: an address of the VMM's; the 8 bytes there */
#define TEST_POKE	0x7406ul /* RDI: an address of the VMM's; RSI: 8 bytes for it */

/** Not for the variants that run guests which call anything: these hooks open the VMM. */
static inline uint64_t test_hook_open(struct vcpu *vcpu, uint64_t number)
{
	uint64_t first = vcpu->gpr[RDI], second = vcpu->gpr[RSI];

	switch (number) {
	case TEST_VMCS_READ:
		return vmcs_read((enum vmcs_field)first);
	case TEST_VMCS_WRITE:
		vmcs_write((enum vmcs_field)first, second);
		return 0;
	case TEST_PHYSICAL:
		return guest_memory_find(&vcpu->vm->memory, first);
	case TEST_PEEK:
		return *(const uint64_t *)first;
	case TEST_POKE:
		*(volatile uint64_t *)first = second;
		return 0;
	default:
		return -(uint64_t)VTG_ENOSYS;
	}
}

static inline uint64_t test_hook(struct vcpu *vcpu, uint64_t number)
{
	uint64_t vector = vcpu->gpr[RDI];

	if (number == TEST_RAISE && vector >= 16 && vector < 256) {
		pending_raise(vcpu, (unsigned)vector);
		return 0;
	}
	if (number == TEST_RAISE_NMI) {
		pending_raise_nmi(vcpu, (struct irq_origin){.since = time_now(vcpu)});
		return 0;
	}
	return test_variant_is(TEST_SOUND) ? test_hook_open(vcpu, number) : -(uint64_t)VTG_ENOSYS;
}
#else
static inline uint64_t test_hook(struct vcpu *vcpu, uint64_t number)
{
	(void)vcpu, (void)number;
	return -(uint64_t)VTG_ENOSYS;
}
#endif

#endif
