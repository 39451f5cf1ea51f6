/* SPDX-License-Identifier: GPL-2.0-only */
/* What this processor's VMX can do, read once: SDM vol. 3, appendix A. */
#ifndef CORE_VMM_VMX_CAPABILITY_H
#define CORE_VMM_VMX_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/** Allowed settings of a control: bits that must be 1, bits that may be 1. */
struct control_range {
	uint32_t must, may;
};

struct capability {
	uint64_t basic;
	struct control_range pin, proc, proc2, exit, entry;
	uint64_t misc;
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	uint64_t ept_vpid;	/* 0 if the processor has neither */
	uint32_t highest_leaf;	/* basic CPUID leaf */
	uint64_t physical_mask; /* bits that a physical address may have: MAXPHYADDR */
};

/* IA32_VMX_MISC (A.6): the preemption timer counts when this bit of the TSC changes. */
#define CAP_MISC_PREEMPTION_RATE 0x1fu

/* IA32_VMX_EPT_VPID_CAP (A.10). */
#define CAP_EPT_EXECUTE_ONLY  (1ull << 0)
#define CAP_EPT_WALK_4	      (1ull << 6)
#define CAP_EPT_WRITE_BACK    (1ull << 14)
#define CAP_EPT_2M	      (1ull << 16)
#define CAP_EPT_1G	      (1ull << 17)
#define CAP_INVEPT	      (1ull << 20)
#define CAP_EPT_AD	      (1ull << 21)
#define CAP_INVEPT_SINGLE     (1ull << 25)
#define CAP_INVEPT_ALL	      (1ull << 26)
#define CAP_INVVPID	      (1ull << 32)
#define CAP_INVVPID_ADDRESS   (1ull << 40)
#define CAP_INVVPID_SINGLE    (1ull << 41)
#define CAP_INVVPID_ALL	      (1ull << 42)
#define CAP_INVVPID_RETAINING (1ull << 43)

/** Bits that no paging-structure entry may have: from MAXPHYADDR up to bit 51. */
static inline uint64_t capability_reserved(const struct capability *capability)
{
	return (1ull << 52) - (capability->physical_mask + 1);
}

struct vm_config;

/**
 * Read the capabilities and check that what @config needs is there. Whatever is missing is logged
 * in plain words with its MSR and bit. 0, or -1.
 */
int capability_read(struct capability *capability, const struct vm_config *config);

/** @wanted within what the processor allows; optional bits that it lacks are dropped. */
static inline uint32_t control_adjust(struct control_range range, uint32_t wanted)
{
	return (wanted | range.must) & range.may;
}

#endif
