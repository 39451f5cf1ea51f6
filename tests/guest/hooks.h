/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls of vmm-test.elf (core-vmm/dispatch/test_hooks.h), and the VMCS fields that tests use
 * (SDM vol. 3, appendix B). */
#ifndef TESTS_GUEST_HOOKS_H
#define TESTS_GUEST_HOOKS_H

#include "workloads/lib/machine.h"

#define TEST_RAISE	0x7400ul
#define TEST_RAISE_NMI	0x7401ul
#define TEST_VMCS_READ	0x7402ul
#define TEST_VMCS_WRITE 0x7403ul
#define TEST_PHYSICAL	0x7404ul
#define TEST_PEEK	0x7405ul
#define TEST_POKE	0x7406ul

static inline uint64_t vmcs_get(unsigned field)
{
	return (uint64_t)hypercall(TEST_VMCS_READ, field, 0);
}

static inline void vmcs_set(unsigned field, uint64_t value)
{
	hypercall(TEST_VMCS_WRITE, field, value);
}

static inline void vmcs_or(unsigned field, uint64_t bits)
{
	vmcs_set(field, vmcs_get(field) | bits);
}

/** The address behind @page, of the guest's own memory; the page is touched first. */
static inline uint64_t physical_of(void *page)
{
	*(volatile uint8_t *)page = *(volatile uint8_t *)page;
	return (uint64_t)hypercall(TEST_PHYSICAL, (uint64_t)page, 0);
}

/** Whether the VMM has the hooks. */
static inline bool hooks_present(void)
{
	return machine.vmm && hypercall(TEST_PHYSICAL, (uint64_t)image_start, 0) > 0;
}

#endif
