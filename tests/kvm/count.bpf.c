// SPDX-License-Identifier: GPL-2.0-only
/* The least that BPF programs on the tracepoints of an exit can do: nothing, or count on each CPU. For the
 * benchmark. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static int count(void)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &zero);

	if (value)
		*value += 1;
	return 0;
}

#define BOTH(tracepoint)                                                                           \
	SEC("raw_tp/" #tracepoint)                                                                 \
	int count_##tracepoint(void *context)                                                      \
	{                                                                                          \
		return count();                                                                    \
	}                                                                                          \
	SEC("raw_tp/" #tracepoint)                                                                 \
	int empty_##tracepoint(void *context)                                                      \
	{                                                                                          \
		return 0;                                                                          \
	}

BOTH(kvm_exit)
BOTH(kvm_entry)
BOTH(kvm_userspace_exit)
BOTH(kvm_fpu)
