// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attach count.bpf.c until standard input ends: the floor that the benchmark of the source kvm compares with.
 *   kvm-count [--empty] [--returns]    --empty: the programs do nothing; --returns: those of returns to user space too,
 *                                      as the source takes them on a KVM that fires no kvm_exit
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "obj/bpf/count.skel.h"

static bool has(int argc, char **argv, const char *option)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], option))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct count_bpf *programs = count_bpf__open();
	const char *kind = has(argc, argv, "--empty") ? "empty_" : "count_";
	struct bpf_program *program;

	if (!programs)
		return 2;
	bpf_object__for_each_program(program, programs->obj)
	{
		const char *name = bpf_program__name(program);
		bool is_return = strstr(name, "userspace") || strstr(name, "fpu");

		bpf_program__set_autoload(program,
					  !strncmp(name, kind, strlen(kind)) &&
					      (!is_return || has(argc, argv, "--returns")));
	}
	if (count_bpf__load(programs) || count_bpf__attach(programs)) {
		fputs("kvm-count: cannot attach: run it as root\n", stderr);
		return 2;
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	count_bpf__destroy(programs);
	return 0;
}
