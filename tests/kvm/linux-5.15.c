// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layouts of Linux 5.15, of which no BTF could be had: written from its tracepoints' fields (arch/x86/kvm/trace.h,
 * mmu/mmutrace.h) for the test kvm-relocations, which compiles this to BTF. It differs from 6.0 and later in
 * kvm_page_fault (no vCPU, a short error code), kvm_inj_virq (irq) and kvm_inj_exception (no reinjected).
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

struct trace_entry {
	u16 type;
	u8 flags, preempt_count;
	int pid;
};

#define TRACEPOINT(name, ...)                                                                      \
	struct trace_event_raw_##name {                                                            \
		struct trace_entry ent;                                                            \
		__VA_ARGS__                                                                        \
		char __data[];                                                                     \
	} name;

TRACEPOINT(kvm_exit, u32 exit_reason; unsigned long guest_rip; u32 isa; u64 info1; u64 info2;
	   u32 intr_info; u32 error_code; u32 vcpu_id;)
TRACEPOINT(kvm_page_fault, unsigned long fault_address; u32 error_code;)
TRACEPOINT(kvm_pio, u32 rw; u32 port; u32 size; u32 count; u32 val;)
TRACEPOINT(kvm_mmio, u32 type; u32 len; u64 gpa; u64 val;)
TRACEPOINT(kvm_msr, u32 write; u32 ecx; u64 data; u8 exception;)
TRACEPOINT(kvm_cr, u32 rw; u32 cr; unsigned long val;)
TRACEPOINT(kvm_hypercall, unsigned long nr; unsigned long a0; unsigned long a1; unsigned long a2;
	   unsigned long a3;)
TRACEPOINT(kvm_inj_virq, u32 irq;)
TRACEPOINT(kvm_inj_exception, u8 exception; u8 has_error; u32 error_code;)
TRACEPOINT(kvm_mmu_page_class, u8 mmu_valid_gen; u64 gfn; u32 role; u32 root_count; _Bool unsync;)
TRACEPOINT(fast_page_fault, int vcpu_id; u64 cr2_or_gpa; u32 error_code; u64 * sptep; u64 old_spte;
	   u64 new_spte; int ret;)
TRACEPOINT(kvm_pv_tlb_flush, u32 vcpu_id; _Bool need_flush_tlb;)

/* Up to what is read of it. */
struct kvm_vcpu {
	void *kvm;
	u64 preempt_notifier[3];
	int cpu, vcpu_id;
} kvm_vcpu;
