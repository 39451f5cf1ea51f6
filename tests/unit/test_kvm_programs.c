// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BPF programs of the source kvm as plain C, given tracepoints that no machine here has: AMD's exits, ends of
 * tables, a full ring. The kernel's helpers are replaced by those below.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <linux/bpf.h>

#pragma GCC diagnostic ignored "-Wattributes" /* those of BPF */
#include "trace/bpf/kernel.h"
#include "trace/bpf/kvm_shared.h"
#include "trace/names.h"

/* In place of libbpf's headers. */
#define __BPF_HELPERS__
#define __BPF_CORE_READ_H__
#define __BPF_TRACING_H__
#define SEC(name)
#define __noinline
#define __uint(name, value)	      int(*name)[value]
#define __type(name, value)	      __typeof__(value) *name
#define barrier()		      __asm__ volatile("" ::: "memory")
#define barrier_var(name)	      __asm__ volatile("" : "+r"(name))
#define bpf_core_field_exists(field)  newer_kernel
#define BPF_CORE_READ(pointer, field) ((pointer)->field)
#define BPF_PROG(name, ...)	      name(__VA_ARGS__)

#define THREADS 300

struct task_struct {
	uint32_t pid, tid;
	bool is_known;
	uint32_t number;
};

static struct {
	uint64_t now;
	uint32_t cpu;
	struct task_struct *task;
	bool ring_full;
	size_t samples;
	size_t bytes[64];
	_Alignas(64) unsigned char sample[64][1024];
} kernel;
static bool newer_kernel = true;
static struct task_struct tasks[THREADS];
static uint32_t vm_pids[KVM_VCPUS], vm_numbers[KVM_VCPUS];

static uint64_t bpf_ktime_get_ns(void)
{
	return kernel.now;
}

static uint64_t bpf_get_current_pid_tgid(void)
{
	return (uint64_t)kernel.task->pid << 32 | kernel.task->tid;
}

static uint32_t bpf_get_smp_processor_id(void)
{
	return kernel.cpu;
}

static struct task_struct *bpf_get_current_task_btf(void)
{
	return kernel.task;
}

static void *bpf_task_storage_get(void *map, struct task_struct *task, void *value, uint64_t flags)
{
	(void)map;
	(void)value;
	if (flags & BPF_LOCAL_STORAGE_GET_F_CREATE)
		task->is_known = true;
	return task->is_known ? &task->number : NULL;
}

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	(void)map;
	for (size_t i = 0; i < KVM_VCPUS; i++)
		if (vm_pids[i] && vm_pids[i] == *(const uint32_t *)key)
			return &vm_numbers[i];
	return NULL;
}

static long bpf_map_update_elem(void *map, const void *key, const void *value, uint64_t flags)
{
	(void)flags;
	for (size_t i = 0; i < KVM_VCPUS && !bpf_map_lookup_elem(map, key); i++)
		if (!vm_pids[i]) {
			vm_pids[i] = *(const uint32_t *)key;
			vm_numbers[i] = *(const uint32_t *)value;
		}
	return 0;
}

static void *bpf_ringbuf_reserve(void *map, uint64_t size, uint64_t flags)
{
	(void)map;
	(void)flags;
	cr_assert(size <= sizeof(kernel.sample[0]) && kernel.samples < 64);
	if (kernel.ring_full)
		return NULL;
	kernel.bytes[kernel.samples] = size;
	return kernel.sample[kernel.samples++];
}

static void bpf_ringbuf_submit(void *data, uint64_t flags)
{
	(void)data;
	cr_assert_eq(flags, BPF_RB_NO_WAKEUP);
}

static long bpf_ringbuf_output(void *map, void *data, uint64_t size, uint64_t flags)
{
	void *sample = bpf_ringbuf_reserve(map, size, flags);

	if (!sample)
		return -1;
	memcpy(sample, data, size);
	return 0;
}

/* The programs have no prototypes, unused contexts, and settings that only their loader writes. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
#define const
#include "trace/bpf/kvm.bpf.c"
#undef const

static void run_on(unsigned thread, uint32_t pid, uint32_t cpu)
{
	reading = true;
	tasks[thread].pid = pid;
	tasks[thread].tid = 1000 + thread;
	kernel.task = &tasks[thread];
	kernel.cpu = cpu;
}

static void exit_at(uint64_t now, uint32_t isa, uint32_t reason, uint64_t info1, uint64_t info2)
{
	struct trace_event_raw_kvm_exit context = {.exit_reason = reason,
						   .guest_rip = 0x1234,
						   .isa = isa,
						   .info1 = info1,
						   .info2 = info2,
						   .vcpu_id = 5};

	kernel.now = now;
	vm_exit(&context);
}

static void entry_at(uint64_t now)
{
	struct kvm_vcpu___kernel vcpu = {.vcpu_id = 5};
	uint64_t arguments[] = {(uint64_t)(uintptr_t)&vcpu};

	kernel.now = now;
	vm_entry((struct bpf_raw_tracepoint_args *)arguments);
}

/* The last record of the last sample. */
static struct vts_event *last(void)
{
	size_t sample = kernel.samples - 1;

	cr_assert(kernel.samples);
	return (struct vts_event *)(kernel.sample[sample] + kernel.bytes[sample]) - 1;
}

/* The record of the sample before it. */
static struct vts_event *before_last(void)
{
	cr_assert(kernel.samples > 1);
	return (struct vts_event *)kernel.sample[kernel.samples - 2];
}

static struct vts_event *one_exit(uint32_t isa, uint32_t reason, uint64_t info1, uint64_t info2)
{
	run_on(0, 77, 0);
	exit_at(1000, isa, reason, info1, info2);
	entry_at(1500);
	cr_assert_eq(last()->kind, VTS_KIND_EXIT);
	return last();
}

Test(kvm_programs, an_exit_of_amd)
{
	struct vts_event *exit = one_exit(ISA_SVM, 0x72, 11, 22);

	cr_assert_str_eq(vts_exit_reason_name(exit->reason), "svm_cpuid");
	cr_assert_eq(exit->exit_tsc, 1000);
	cr_assert_eq(exit->tsc, 1500);
	cr_assert_eq(exit->exit.rip, 0x1234);
	cr_assert_eq(exit->exit.qualification, 11);
	cr_assert(!(exit->flags & VTS_FLAG_GPA_VALID),
		  "info2 is an address in nested page faults alone");
	/* It was announced first, by KVM's number. */
	exit = (struct vts_event *)kernel.sample[0];
	cr_assert_eq(exit->kind, VTS_KIND_VCPU);
	cr_assert(exit->thread.pid == 77 && exit->thread.tid == 1000 && exit->thread.vcpu_id == 5);
}

Test(kvm_programs, a_nested_page_fault_of_amd)
{
	struct trace_event_raw_kvm_page_fault fault = {.fault_address = 0xabc000, .error_code = 4};
	struct vts_event *exit = one_exit(ISA_SVM, 0x400, 4, 0xabc123), *violation;

	cr_assert_str_eq(vts_exit_reason_name(exit->reason), "svm_npf");
	cr_assert(exit->flags & VTS_FLAG_GPA_VALID);
	cr_assert_eq(exit->exit.gpa, 0xabc123);
	exit_at(2000, ISA_SVM, 0x400, 4, 0xabc123);
	page_fault(&fault);
	fault_filled(NULL);
	entry_at(2500);
	cr_assert_eq(last()->how, VTS_EXIT_MEMORY);
	violation = before_last();
	cr_assert_eq(violation->how, VTS_EPT_VIOLATION_DEMAND_FILL);
	cr_assert_eq(violation->tsc, 2500, "no later than the exit, which follows it");
	cr_assert_eq(violation->kind, VTS_KIND_EPT_VIOLATION);
	cr_assert_eq(violation->exit_tsc, 2000);
	cr_assert_eq(violation->ept_violation.gpa, 0xabc000);
	cr_assert_eq(violation->ept_violation.qualification, 4);
}

Test(kvm_programs, how_faults_are_resolved)
{
	struct trace_event_raw_kvm_page_fault fault = {.fault_address = 0xabc000};
	struct trace_event_raw_fast_page_fault fast = {.old_spte = 1, .new_spte = 3};
	struct trace_event_raw_kvm_mmio mmio = {.type = MMIO_WRITE, .len = 4};

	run_on(0, 77, 0);
	exit_at(2000, ISA_VMX, VTS_REASON_EPT_VIOLATION, 0, 0);
	page_fault(&fault);
	page_fault(&fault);
	cr_assert_eq(last()->how, VTS_EPT_VIOLATION_UNSAID, "the kernel said nothing");
	fault_fast(&fast);
	entry_at(2500);
	cr_assert_eq(before_last()->how, VTS_EPT_VIOLATION_PROTECTION);
	exit_at(3000, ISA_VMX, VTS_REASON_EPT_VIOLATION, 0, 0);
	page_fault(&fault);
	fast.new_spte = 1;
	fault_fast(&fast);
	fault_marked(NULL);
	entry_at(3500);
	cr_assert_eq(before_last()->how, VTS_EPT_VIOLATION_MMIO, "the last that it says");
	exit_at(3600, ISA_SVM, 0x400, 0, 0);
	page_fault(&fault);
	memory_io(&mmio);
	entry_at(3700);
	cr_assert_eq(before_last()->how, VTS_EPT_VIOLATION_MMIO);
	exit_at(4000, ISA_VMX, VTS_REASON_CPUID, 0, 0);
	fault_filled(NULL); /* without a fault */
	entry_at(4500);
	cr_assert_eq(before_last()->kind, VTS_KIND_EXIT);
}

Test(kvm_programs, a_fault_that_amd_intercepts_is_one_of_the_shadow)
{
	struct trace_event_raw_kvm_page_fault fault = {.fault_address = 0xdef000, .error_code = 2};

	one_exit(ISA_SVM, 0x72, 0, 0);
	exit_at(2000, ISA_SVM, 0x4e, 2, 0xdef000);
	page_fault(&fault);
	fault_unsync(NULL);
	entry_at(2500);
	cr_assert_eq(before_last()->kind, VTS_KIND_SHADOW_FAULT);
	cr_assert_eq(before_last()->how, VTS_SHADOW_FAULT_UNSYNC);
	cr_assert_str_eq(vts_exit_reason_name(last()->reason), "svm_excp_pf");
	cr_assert_eq(last()->how, VTS_EXIT_SHADOW);
	cr_assert_eq(last()->exit.gla, 0xdef000);
}

Test(kvm_programs, codes_at_the_ends_of_amds_table)
{
	cr_assert_eq(one_exit(ISA_SVM, UINT32_MAX, 0, 0)->reason, VTS_SVM_INVALID);
	cr_assert_eq(one_exit(ISA_SVM, 0xffe, 0, 0)->reason, VTS_SVM_BASE + 0xffe);
	cr_assert_eq(one_exit(ISA_SVM, 0x1000, 0, 0)->reason, VTS_RAW_BASE | 0x1000);
}

Test(kvm_programs, an_exit_of_intel)
{
	struct vts_event *exit = one_exit(ISA_VMX, 10, 33, VMX_BIT_31 | 14);

	cr_assert_eq(exit->reason, VTS_REASON_CPUID);
	cr_assert_eq(exit->exit.qualification, 33);
	cr_assert_eq(exit->flags, VTS_FLAG_VECTORING);
	exit = one_exit(ISA_VMX, VMX_BIT_31 | 33, 0, 0);
	cr_assert_eq(exit->reason, 33);
	cr_assert_eq(exit->flags, VTS_FLAG_ENTRY_FAILURE);
}

Test(kvm_programs, others_keep_their_number)
{
	cr_assert_eq(one_exit(3, 10, 0, 0)->reason, VTS_RAW_BASE | 10);
}

Test(kvm_programs, unpaired_ones_are_counted)
{
	run_on(0, 77, 0);
	entry_at(900); /* its exit came before reading began */
	cr_assert_eq(vcpus[0].unpaired, 0);
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	exit_at(2000, ISA_SVM, 0x78, 0, 0);
	cr_assert_eq(vcpus[0].unpaired, 1);
	entry_at(2500);
	cr_assert_str_eq(vts_exit_reason_name(last()->reason), "svm_hlt");
	entry_at(3000);
	cr_assert_eq(vcpus[0].unpaired, 2);
}

Test(kvm_programs, an_exit_that_began_before_all_were_attached)
{
	run_on(0, 77, 0);
	reading = false;
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	entry_at(1100);
	exit_at(1200, ISA_SVM, 0x72, 0, 0);
	reading = true;
	entry_at(1300);
	cr_assert_eq(kernel.samples, 1, "the vCPU's beginning");
	exit_at(2000, ISA_SVM, 0x72, 0, 0);
	entry_at(2100);
	cr_assert_eq(last()->exit_tsc, 2000);
	cr_assert_eq(vcpus[0].unpaired, 0);
}

Test(kvm_programs, a_full_ring_is_counted)
{
	struct trace_event_raw_kvm_pio pio = {.port = 1, .size = 1, .count = 1};

	one_exit(ISA_SVM, 0x72, 0, 0);
	kernel.ring_full = true;
	exit_at(2000, ISA_SVM, 0x7b, 0, 0);
	port_io(&pio);
	cr_assert_eq(vcpus[0].ring_full, 1);
	entry_at(2500);
	cr_assert_eq(vcpus[0].ring_full, 2);
	exit_at(3000, ISA_SVM, 0x78, 0, 0);
	sched_switch(false, kernel.task, &tasks[1]);
	kernel.now = 3100;
	sched_switch(false, &tasks[1], kernel.task);
	entry_at(3500);
	cr_assert_eq(vcpus[0].ring_full, 4, "the exit and its host times");
}

Test(kvm_programs, more_vcpus_than_numbers_are_counted)
{
	for (unsigned i = 0; i < KVM_VCPUS; i++) {
		run_on(i, 77, i % 4);
		entry_at(100 + i);
		kernel.samples = 0;
	}
	cr_assert_eq(no_number, 0);
	run_on(KVM_VCPUS, 77, 0);
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	cr_assert_eq(no_number, 1);
	cr_assert_eq(kernel.samples, 0);
}

Test(kvm_programs, a_vcpu_is_its_thread_wherever_it_runs)
{
	run_on(0, 77, 0);
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	run_on(1, 78, 0); /* another VM's, on the same processor */
	exit_at(1100, ISA_SVM, 0x78, 0, 0);
	entry_at(1200);
	cr_assert(last()->vcpu == 1 && last()->vm == 1 && last()->exit_tsc == 1100);
	run_on(0, 77, CPUS + 3); /* moved within the exit, to a processor beyond the table */
	entry_at(1300);
	cr_assert(last()->vcpu == 0 && last()->vm == 0 && last()->exit_tsc == 1000);
	cr_assert_eq(vcpu_count, 2);
	cr_assert_eq(vcpus[0].unpaired + vcpus[1].unpaired, 0);
}

Test(kvm_programs, one_process_alone)
{
	only_pid = 77;
	run_on(1, 78, 0);
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	entry_at(1100);
	cr_assert_eq(kernel.samples, 0);
	run_on(0, 77, 0);
	exit_at(1000, ISA_SVM, 0x72, 0, 0);
	entry_at(1100);
	cr_assert_eq(last()->kind, VTS_KIND_EXIT);
}

Test(kvm_programs, exits_alone_go_by_eight)
{
	const struct kvm_gathered *gathered;

	exits_only = true;
	for (uint64_t i = 0; i < KVM_GATHERED + 3; i++) {
		run_on(0, 77, 0);
		exit_at(1000 * i + 1000, ISA_SVM, 0x72, i, 0);
		entry_at(1000 * i + 1500);
	}
	cr_assert_eq(kernel.samples, 2, "the vCPU's beginning, and eight");
	cr_assert_eq(kernel.bytes[1], sizeof(*gathered));
	gathered = (void *)kernel.sample[1];
	cr_assert_eq(gathered->first, 0);
	for (uint64_t i = 0; i < KVM_GATHERED; i++)
		cr_assert_eq(gathered->exit[i].exit.qualification, i);
	cr_assert_eq(vcpus[0].exits, KVM_GATHERED + 3);
	cr_assert_eq(vcpus[0].gathered.exit[2].exit.qualification, KVM_GATHERED + 2);
}

Test(kvm_programs, what_the_host_took)
{
	const struct vts_event *exit, *host;

	run_on(0, 77, 0);
	exit_at(1000, ISA_SVM, 0x78, 0, 0);
	kernel.now = 1100;
	sched_switch(false, kernel.task, &tasks[1]);
	kernel.now = 1400;
	sched_switch(false, &tasks[1], kernel.task);
	kernel.now = 1500;
	soft_begin();
	kernel.now = 1510;
	timer_begin();
	kernel.now = 1530;
	timer_end();
	kernel.now = 1600;
	soft_end();
	entry_at(2000);
	exit = last();
	host = exit - 1;
	cr_assert_eq(host->kind, VTS_KIND_HOST_TIME);
	cr_assert_eq(host->exit_tsc, exit->exit_tsc);
	cr_assert_eq(host->reason, exit->reason);
	cr_assert_eq(host->host_time.off_cpu, 300);
	cr_assert_eq(host->host_time.switches, 1);
	cr_assert_eq(host->host_time.hard_irq, 20);
	cr_assert_eq(host->host_time.soft_irq, 80, "without the hard interrupt in it");
}

Test(kvm_programs, interrupts_of_older_kernels)
{
	struct trace_event_raw_kvm_inj_virq context = {.vector = 1, .soft = true, .irq = 0x20};

	newer_kernel = false;
	run_on(0, 77, 0);
	inject_interrupt(&context);
	cr_assert_eq(last()->reason, 0x20);
	cr_assert_eq(last()->how, VTS_INJECTION_EXTERNAL);
	newer_kernel = true;
	inject_interrupt(&context);
	cr_assert_eq(last()->reason, 1);
	cr_assert_eq(last()->how, VTS_INJECTION_SOFT_INT);
}
