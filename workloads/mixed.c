// SPDX-License-Identifier: GPL-2.0-only
/*
 * A blend of the other workloads, for watching: one phase after another, each with its own marks,
 * of a length that changes from round to round; for rounds=N rounds, or until stopped.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"
#include "workloads/workloads.h"

/* A phase does @ops operations, twice or four times that, as chance has it. */
static const struct {
	const struct workload *workload;
	uint64_t ops;
} phases[] = {
    {&cpuid_workload, 4000},   {&null_workload, 400000},     {&msr_workload, 2000},
    {&vmcall_workload, 4000},  {&ptemod_workload, 1000},     {&syscall_workload, 40000},
    {&pgfault_workload, 2000}, {&ctxswitch_workload, 4000},  {&mmapchurn_workload, 640},
    {&invlpg_workload, 2000},  {&tlbchase_workload, 100000},
};

#define PHASES	      (sizeof(phases) / sizeof(phases[0]))
#define LONGEST_SHIFT 2

static uint64_t run_phase(unsigned index, unsigned shift)
{
	const struct workload *workload = phases[index].workload;
	uint64_t ops = phases[index].ops << shift;

	if (workload->reset)
		workload->reset();
	workload_phase(workload, (uint16_t)index, ops, 0);
	return workload->digest(ops);
}

int main(void)
{
	uint64_t rounds, digest = DIGEST_START, state = machine.boot->seed, done = 0;

	if (!args_check("mixed", "rounds"))
		return 2;
	rounds = args_number("rounds", UINT64_MAX, 1);
	paging_init();
	for (unsigned i = 0; i < PHASES; i++)
		phases[i].workload->prepare(phases[i].ops << LONGEST_SHIFT);
	for (; done < rounds; done++) {
		for (unsigned i = 0; i < PHASES; i++)
			digest = digest_add(
			    digest, run_phase(i, random_next(&state) % (LONGEST_SHIFT + 1)));
		printf("mixed: round %lu\n", done + 1);
	}
	printf("mixed: ops %lu digest %016lx\n", done, digest);
	return 0;
}
