/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload: one operation, done a stated number of times between two marks. What it shows must
 * not depend on where it runs: its digest is over what it read back, and is the same natively and
 * under every paging mode. Times are differences of the TSC, in the engine's unit (on Bochs: instr).
 *
 * Between the marks nothing exits but the operations: prepare touches all memory that run will use,
 * but for what the operation itself is to touch first.
 */
#ifndef WORKLOADS_LIB_WORKLOAD_H
#define WORKLOADS_LIB_WORKLOAD_H

#include <stdint.h>

#include "workloads/lib/cpu.h"

/** How often an operation is timed, alone, before the measured phase. */
#define WORKLOAD_SAMPLES 32

/** A guest without a main of its own runs `const struct workload workload`, which it defines. */
struct workload {
	const char *name; /* of its phase, too, which keeps 16 characters */
	const char *keys; /* arguments besides ops, separated by spaces; at most 59 characters */
	uint64_t ops;	  /* unless ops= says otherwise */
	/**
	 * Make ready for WORKLOAD_SAMPLES samples and for runs of up to @ops operations. Returns
	 * how many it will do: @ops, or the next number above that it can do.
	 */
	uint64_t (*prepare)(uint64_t ops);
	/** Make ready for another run; NULL if a run leaves nothing to undo. */
	void (*reset)(void);
	/**
	 * Do one operation: its time, net of the instructions that time it. NULL where the
	 * operation is nothing that could be timed alone.
	 */
	uint32_t (*sample)(void);
	void (*run)(uint64_t ops);
	/** After a run of @ops operations. */
	uint64_t (*digest)(uint64_t ops);
};

/** Time of @statement, with the instructions that time it: take the time of nothing off. */
#define TIMED(statement)                                                                           \
	({                                                                                         \
		uint32_t timed_start = rdtsc_low();                                                \
		statement;                                                                         \
		rdtsc_low() - timed_start;                                                         \
	})

#define TIMED_ASM_ONCE(instructions, ...)                                                          \
	({                                                                                         \
		uint32_t timed;                                                                    \
		__asm__ volatile("rdtsc\n\t"                                                       \
				 "mov %%eax, %%r10d\n\t" instructions "\n\t"                       \
				 "rdtsc\n\t"                                                       \
				 "sub %%r10d, %%eax"                                               \
				 : "=&a"(timed)                                                    \
				 : __VA_ARGS__                                                     \
				 : "rbx", "rcx", "rdx", "r10", "memory", "cc");                    \
		timed;                                                                             \
	})

/**
 * Time of @instruction alone: of it behind @setup, less that of @setup. RAX to RDX may be changed;
 * the operands, if any, are inputs from %1 on.
 */
#define TIMED_ASM(setup, instruction, ...)                                                         \
	(TIMED_ASM_ONCE(setup "\n\t" instruction, __VA_ARGS__) - TIMED_ASM_ONCE(setup, __VA_ARGS__))

/** The median over WORKLOAD_SAMPLES samples; 0 without a sample function. */
uint64_t workload_measure(const struct workload *workload);

/** One measured phase: touch the image, begin mark, run, end mark with @value. */
void workload_phase(const struct workload *workload, uint16_t id, uint64_t ops, uint64_t value);

#endif
