// SPDX-License-Identifier: GPL-2.0-only
/* A guest of one workload: the linker binds the name `workload` to it (build.mk). */
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"
#include "workloads/lib/workload.h"

extern const struct workload workload;

/* "ops" and the workload's own. */
static const char *all_keys(void)
{
	static char keys[64] = "ops ";

	memcpy(keys + 4, workload.keys, strlen(workload.keys) + 1);
	return keys;
}

int main(void)
{
	uint64_t ops, value;

	if (!args_check(workload.name, all_keys()))
		return 2;
	paging_init();
	ops = workload.prepare(args_number("ops", workload.ops, 1));
	value = workload_measure(&workload);
	if (workload.reset)
		workload.reset();
	workload_phase(&workload, 0, ops, value);
	/* The figure of the mark as well, for a VMM that records none. */
	printf("%s: ops %lu digest %016lx measured %lu\n", workload.name, ops, workload.digest(ops),
	       value);
	return 0;
}
