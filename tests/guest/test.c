// SPDX-License-Identifier: GPL-2.0-only
#include "tests/guest/test.h"

static unsigned count, failed;

void test_ok(bool good, const char *name)
{
	count++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", count, name);
}

void test_equal(uint64_t got, uint64_t want, const char *name)
{
	test_ok(got == want, name);
	if (got != want)
		printf("# got 0x%lx, expected 0x%lx\n", got, want);
}

void test_trap(unsigned vector, uint64_t error, const char *name)
{
	bool good = trap_seen.vector == vector && trap_seen.error == error;

	test_ok(good, name);
	if (!good)
		printf("# got exception %lu (256: none), error code 0x%lx, cr2 0x%lx, rip 0x%lx\n"
		       "# expected exception %u, error code 0x%lx\n",
		       trap_seen.vector, trap_seen.error, trap_seen.cr2, trap_seen.rip, vector,
		       error);
}

void test_fault(uint64_t error, uint64_t address, const char *name)
{
	bool good =
	    trap_seen.vector == VECTOR_PF && trap_seen.error == error && trap_seen.cr2 == address;

	test_ok(good, name);
	if (!good)
		printf("# got exception %lu (256: none), error code 0x%lx, cr2 0x%lx\n"
		       "# expected a page fault, error code 0x%lx, cr2 0x%lx\n",
		       trap_seen.vector, trap_seen.error, trap_seen.cr2, error, address);
}

void test_no_trap(const char *name)
{
	test_trap(TRAP_NONE, trap_seen.error, name);
}

void test_skip(const char *name, const char *reason)
{
	printf("ok %u - %s # SKIP %s\n", ++count, name, reason);
}

int test_done(void)
{
	printf("1..%u\n", count);
	return failed != 0;
}
