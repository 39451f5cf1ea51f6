/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that test what is under them. Each prints TAP to the console and ends with status 0, or 1
 * if a test failed. What is printed is the same natively and under every paging mode, but for the
 * reasons behind "# SKIP".
 */
#ifndef TESTS_GUEST_TEST_H
#define TESTS_GUEST_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/trap.h"

void test_ok(bool good, const char *name);
/** Shows both values when they differ. */
void test_equal(uint64_t got, uint64_t want, const char *name);
/** trap_seen is an exception of this vector and error code. */
void test_trap(unsigned vector, uint64_t error, const char *name);
/** trap_seen is a page fault with this error code at @address. */
void test_fault(uint64_t error, uint64_t address, const char *name);
/** Nothing was caught. */
void test_no_trap(const char *name);
void test_skip(const char *name, const char *reason);
/** The plan; the guest's exit status. */
int test_done(void);

/* One instruction each, whose exception is caught: see trap_seen. */

static inline uint64_t try_read(uint64_t address)
{
	uint64_t value = 0;

	__asm__ volatile(TRY("mov (%1), %0") : "+r"(value) : "r"(address) : "memory");
	return value;
}

static inline void try_write(uint64_t address, uint64_t value)
{
	__asm__ volatile(TRY("mov %1, (%0)")::"r"(address), "r"(value) : "memory");
}

/** Call @address, where a RET should be. */
static inline void try_fetch(uint64_t address)
{
	__asm__ volatile("mov %%rsp, trap_resume_rsp(%%rip)\n\t" TRY(
			     "call *%0") "movq $0, trap_resume_rsp(%%rip)" ::"r"(address)
			 : "memory");
}

static inline uint64_t try_rdmsr(uint32_t msr)
{
	uint32_t low = 0, high = 0;

	__asm__ volatile(TRY("rdmsr") : "+a"(low), "+d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void try_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile(TRY("wrmsr")::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

#define TRY_CR(n)                                                                                  \
	static inline void try_cr##n(uint64_t value)                                               \
	{                                                                                          \
		__asm__ volatile(TRY("mov %0, %%cr" #n)::"r"(value) : "memory");                   \
	}
TRY_CR(0)
TRY_CR(3)
TRY_CR(4)

/** Run @instructions, that take no operands and change no register. */
#define TRY_PLAIN(instructions) __asm__ volatile(TRY(instructions)::: "memory")

#endif
