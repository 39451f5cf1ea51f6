// SPDX-License-Identifier: GPL-2.0-only
/* Attach count.bpf.c until standard input ends: the floor that the benchmark of the source kvm
 * compares with. */
#include <stdio.h>

#include "obj/bpf/count.skel.h"

int main(void)
{
	struct count_bpf *programs = count_bpf__open_and_load();

	if (!programs || count_bpf__attach(programs)) {
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
