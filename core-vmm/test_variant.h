/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test build (VTS_TEST): one set of objects with the hooks, the ledger and the checker in it,
 * linked several times; the linker's symbol test_variant says which of them it is. In the product
 * all of it is nothing.
 */
#ifndef CORE_VMM_TEST_VARIANT_H
#define CORE_VMM_TEST_VARIANT_H

#include <stdbool.h>
#include <stdint.h>

/** build.mk has the same numbers. */
enum test_variant {
	TEST_SOUND,
	TEST_CORRUPT,	/* CPUID answers wrongly: tests must notice */
	TEST_BAD_ENTRY, /* breaks a rule of VM entry: the VMM must name it */
	TEST_FAULT,	/* writes to its own text: the VMM must dump itself */
	TEST_CHECK,  /* at random points, check all that the guest can reach (memory/isolation.h) */
	TEST_ESCAPE, /* maps a page of the VMM's own for the guest: the check must notice */
	TEST_UNCLEAN, /* gives the guest pages as they are: a guest that looks for a secret must notice */
};

#ifdef VTS_TEST
static inline bool test_variant_is(enum test_variant variant)
{
	uint64_t linked;

	/* Out of the compiler's sight, which would fold the comparison into a relocation. */
	__asm__("movabs $test_variant, %0" : "=r"(linked));
	return linked == variant;
}
#else
static inline bool test_variant_is(enum test_variant variant)
{
	(void)variant;
	return false;
}
#endif

#endif
