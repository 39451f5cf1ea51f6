// SPDX-License-Identifier: GPL-2.0-only
/* A uprobe that puts 64 bytes of its program, and the time, into a ring buffer. */
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps");

__u64 full; /* events that found no room */

SEC("uprobe")
int event(struct pt_regs *registers)
{
	__u64 *to = bpf_ringbuf_reserve(&ring, 64, 0);

	if (!to) {
		full++;
		return 0;
	}
	bpf_probe_read_user(to, 64, (void *)PT_REGS_PARM1(registers));
	to[0] = bpf_ktime_get_ns();
	bpf_ringbuf_submit(to, BPF_RB_NO_WAKEUP);
	return 0;
}
