// SPDX-License-Identifier: GPL-2.0-only
/* The least that a BPF program on the same tracepoints can do: count on each CPU. For the
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

SEC("tp/kvm/kvm_exit")
int on_exit(void *context)
{
	return count();
}

SEC("tp/kvm/kvm_entry")
int on_entry(void *context)
{
	return count();
}

SEC("tp/kvm/kvm_userspace_exit")
int on_user_exit(void *context)
{
	return count();
}

SEC("tp/kvm/kvm_fpu")
int on_user_entry(void *context)
{
	return count();
}
