/* SPDX-License-Identifier: GPL-2.0-only */
#include "method.h"

static int absent_start(const char **why)
{
	*why = "no libbpf, clang or bpftool";
	return -1;
}

const struct method method_bpf = {.name = "BPF ring buffer, uprobe", .start = absent_start};
