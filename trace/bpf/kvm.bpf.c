// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's tracepoints, made into events (trace/event.h) in the kernel: an exit and the entry that ends it become
 * one record, and what happens in between becomes records of its own, which carry the exit's time.
 *
 * Most of KVM's tracepoints are read as such: their fields have had the same names for years, and the
 * instruction pointer is in them, which on Intel only a VMREAD could fetch. Those that every exit passes, and of
 * which the fields say nothing more, are taken raw, which is cheaper. Those of the scheduler and of interrupts
 * come with their arguments too, since they must not be lost when they interrupt another program.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "trace/bpf/kernel.h"
#include "trace/bpf/kvm_shared.h"
#include "trace/event.h"

#define ISA_VMX 1 /* linux/kvm.h, KVM_ISA_* */
#define ISA_SVM 2

/* The exit reason of VMX: bit 31 says that the entry failed (SDM vol. 3, 25.9.1). The IDT-vectoring information
 * has bit 31 set when it is valid (25.9.3). */
#define VMX_BIT_31 (1u << 31)

#define MMIO_UNSATISFIED_READ 0 /* linux/kvm_host.h, KVM_TRACE_MMIO_*: the value comes later */
#define MMIO_WRITE	      2

char LICENSE[] SEC("license") = "GPL";

const volatile uint32_t only_pid; /* 0: every VM */
const volatile bool
    returns_are_exits; /* the kernel tells of no exits but of returns to user space */
const volatile bool exits_only;
/* All programs are attached: an exit that began while only some were would seem to have no entry. */
volatile bool reading;

struct kvm_vcpu vcpus[KVM_VCPUS];
uint64_t no_number; /* records lost since there are more vCPUs than numbers */
uint32_t vm_count, vcpu_count;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, KVM_RING_BYTES);
} ring SEC(".maps");

/* Which vCPU a thread is: its number and one. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, uint32_t);
} threads SEC(".maps");

/* The number of a VM, by process. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KVM_VCPUS);
	__type(key, uint32_t);
	__type(value, uint32_t);
} vms SEC(".maps");

/* Which vCPU ran last on a processor: looked at first, as it is cheaper than the storage of a thread. */
#define CPUS 1024
struct {
	uint64_t id; /* bpf_get_current_pid_tgid() */
	uint32_t number;
} __attribute__((aligned(64))) last_here[CPUS];

/*
 * A field of a tracepoint's context, read here and now: were the address computed before a call and the load
 * made after it, the verifier would refuse the load.
 */
#define TAKE(field)                                                                                \
	({                                                                                         \
		__typeof__(context->field) value_ = context->field;                                \
		barrier_var(value_);                                                               \
		value_;                                                                            \
	})

/* ---- who it is -------------------------------------------------------------------------------- */

static struct kvm_vcpu *vcpu_of(struct task_struct *task)
{
	uint32_t *number = bpf_task_storage_get(&threads, task, NULL, 0);

	return number && *number - 1 < KVM_VCPUS ? &vcpus[*number - 1] : NULL;
}

static uint8_t vm_of(uint32_t pid)
{
	uint32_t *known = bpf_map_lookup_elem(&vms, &pid), number;

	if (known)
		return (uint8_t)*known;
	number = __sync_fetch_and_add(&vm_count, 1);
	/* Another vCPU of the VM may have been faster: then its number holds. */
	bpf_map_update_elem(&vms, &pid, &number, BPF_NOEXIST);
	known = bpf_map_lookup_elem(&vms, &pid);
	return known ? (uint8_t)*known : (uint8_t)number;
}

/* ---- records ---------------------------------------------------------------------------------- */

static uint64_t head(const struct kvm_vcpu *vcpu, uint8_t kind, uint8_t how, uint16_t reason,
		     uint16_t flags)
{
	return kind | (uint64_t)how << 8 | (uint64_t)reason << 16 | (uint64_t)vcpu->vm << 32 |
	       (uint64_t)vcpu->vcpu << 40 | (uint64_t)flags << 48;
}

/* A detail record of five words. Nobody is woken: the reader looks in time. */
static void detail_at(struct kvm_vcpu *vcpu, uint64_t now, uint64_t event_head, uint64_t a,
		      uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	struct vts_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&vcpu->ring_full, 1);
		return;
	}
	event->tsc = now;
	event->head = event_head;
	event->exit_tsc = vcpu->boundary != KVM_IN_GUEST ? vcpu->exit_ns : now;
	event->word[0] = a;
	event->word[1] = b;
	event->word[2] = c;
	event->word[3] = d;
	event->word[4] = e;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

static void detail(struct kvm_vcpu *vcpu, uint64_t event_head, uint64_t a, uint64_t b, uint64_t c,
		   uint64_t d, uint64_t e)
{
	detail_at(vcpu, bpf_ktime_get_ns(), event_head, a, b, c, d, e);
}

static void announce(struct kvm_vcpu *vcpu)
{
	detail(vcpu, head(vcpu, VTS_KIND_VCPU, 0, 0, 0), vcpu->pid, vcpu->tid, vcpu->vcpu_id, 0, 0);
}

static __noinline struct kvm_vcpu *vcpu_new(struct task_struct *task, uint64_t id, uint32_t vcpu_id)
{
	uint32_t *slot, number = KVM_VCPUS;

	slot = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (slot && vcpu_count < KVM_VCPUS)
		number = __sync_fetch_and_add(&vcpu_count, 1);
	if (!slot || number >= KVM_VCPUS) {
		__sync_fetch_and_add(&no_number, 1);
		return NULL;
	}
	*slot = number + 1;
	vcpus[number].tid = (uint32_t)id;
	vcpus[number].pid = id >> 32;
	vcpus[number].vcpu_id = vcpu_id;
	vcpus[number].vm = vm_of(id >> 32);
	vcpus[number].vcpu = (uint8_t)number;
	announce(&vcpus[number]);
	return &vcpus[number];
}

/* The vCPU that this thread is, if it is known. */
static struct kvm_vcpu *vcpu_here(void)
{
	uint64_t id = bpf_get_current_pid_tgid();
	uint32_t cpu = bpf_get_smp_processor_id();
	struct kvm_vcpu *vcpu;

	if (!reading || (only_pid && only_pid != id >> 32))
		return NULL;
	if (cpu < CPUS && last_here[cpu].id == id && last_here[cpu].number < KVM_VCPUS)
		return &vcpus[last_here[cpu].number];
	vcpu = vcpu_of(bpf_get_current_task_btf());
	if (vcpu && cpu < CPUS) {
		last_here[cpu].id = id;
		last_here[cpu].number = vcpu->vcpu;
	}
	return vcpu;
}

/* The vCPU that this thread is; NULL if it is not wanted, or there is no number for it. */
static struct kvm_vcpu *vcpu_current(uint32_t vcpu_id)
{
	struct kvm_vcpu *vcpu = vcpu_here();
	uint64_t id;

	if (vcpu)
		return vcpu;
	id = bpf_get_current_pid_tgid();
	if (!reading || (only_pid && only_pid != id >> 32))
		return NULL;
	return vcpu_new(bpf_get_current_task_btf(), id, vcpu_id);
}

static void fill_exit(struct vts_event *event, const struct kvm_vcpu *vcpu, uint64_t now)
{
	event->tsc = now;
	event->head = head(vcpu, VTS_KIND_EXIT, vcpu->how, vcpu->reason, vcpu->flags);
	event->exit_tsc = vcpu->exit_ns;
	event->exit.rip = vcpu->rip;
	event->exit.cr3 = 0;
	event->exit.qualification = vcpu->qualification;
	event->exit.gpa = vcpu->gpa;
	event->exit.gla = vcpu->gla;
}

static void fill_host_time(struct vts_event *event, const struct kvm_vcpu *vcpu, uint64_t now)
{
	event->tsc = now;
	event->head = head(vcpu, VTS_KIND_HOST_TIME, 0, vcpu->reason, 0);
	event->exit_tsc = vcpu->exit_ns;
	event->host_time.off_cpu = vcpu->off_cpu;
	event->host_time.hard_irq = vcpu->hard_irq;
	event->host_time.soft_irq = vcpu->soft_irq;
	event->host_time.user = vcpu->user;
	event->host_time.switches = vcpu->switches;
}

static void exit_begin(struct kvm_vcpu *vcpu, uint8_t boundary, uint64_t now, uint16_t reason)
{
	if (vcpu->boundary != KVM_IN_GUEST)
		vcpu->unpaired++;
	vcpu->how = VTS_EXIT_NONE;
	vcpu->reason = reason;
	vcpu->flags = 0;
	vcpu->rip = 0;
	vcpu->qualification = 0;
	vcpu->gpa = 0;
	vcpu->gla = 0;
	vcpu->exit_ns = now;
	vcpu->boundary = boundary;
	if (exits_only)
		return;
	vcpu->fault = 0;
	vcpu->switches = 0;
	vcpu->off_cpu = 0;
	vcpu->hard_irq = 0;
	vcpu->soft_irq = 0;
	vcpu->user = 0;
	vcpu->out_since = 0;
	vcpu->hard_since = 0;
	vcpu->soft_since = 0;
	vcpu->user_since = 0;
}

/* Exits alone: what interrupts this writes no records, so they need not go through the ring one by one. The
 * reader takes those that wait here. */
static void exit_gather(struct kvm_vcpu *vcpu, uint64_t now)
{
	uint64_t number = vcpu->exits;

	fill_exit(&vcpu->gathered.exit[number % KVM_GATHERED], vcpu, now);
	barrier();
	*(volatile uint64_t *)&vcpu->exits = ++number; /* x86 stores in order */
	if (number % KVM_GATHERED)
		return;
	vcpu->gathered.first = number - KVM_GATHERED;
	/* The reader sees by the numbers what found no room. */
	bpf_ringbuf_output(&ring, &vcpu->gathered, sizeof(vcpu->gathered), BPF_RB_NO_WAKEUP);
}

/* A fault's record waits until it is known how it was resolved: to the next fault, or the entry. */
static void fault_tell(struct kvm_vcpu *vcpu, uint64_t now)
{
	bool is_nested = vcpu->fault == VTS_KIND_EPT_VIOLATION;
	uint64_t address = vcpu->fault_address, error = vcpu->fault_error;

	if (!vcpu->fault)
		return;
	detail_at(vcpu, now,
		  head(vcpu, vcpu->fault, vcpu->fault_how, 0,
		       is_nested ? VTS_FLAG_GPA_VALID : VTS_FLAG_GLA_VALID),
		  address, is_nested ? 0 : error, is_nested ? error : 0, 0, 0);
	vcpu->fault = 0;
}

/* The entry: one record, and one more if the host took some of the time. */
static void exit_end(struct kvm_vcpu *vcpu, uint64_t now)
{
	struct vts_event *event;

	if (exits_only) {
		vcpu->boundary = KVM_IN_GUEST;
		exit_gather(vcpu, now);
		return;
	}
	fault_tell(vcpu, now);
	vcpu->boundary = KVM_IN_GUEST;
	if (vcpu->off_cpu | vcpu->hard_irq | vcpu->soft_irq | vcpu->user) {
		event = bpf_ringbuf_reserve(&ring, 2 * sizeof(*event), 0);
		if (event) {
			fill_host_time(event, vcpu, now);
			fill_exit(event + 1, vcpu, now);
			bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
			return;
		}
		__sync_fetch_and_add(&vcpu->ring_full, 2);
		return;
	}
	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&vcpu->ring_full, 1);
		return;
	}
	fill_exit(event, vcpu, now);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

static uint32_t vcpu_id_of(const struct kvm_vcpu___kernel *vcpu)
{
	return (uint32_t)BPF_CORE_READ(vcpu, vcpu_id);
}

/* ---- exit and entry --------------------------------------------------------------------------- */

static uint16_t svm_reason(uint32_t code)
{
	if (code < VTS_SVM_INVALID - VTS_SVM_BASE)
		return (uint16_t)(VTS_SVM_BASE + code);
	if (code == UINT32_MAX)
		return VTS_SVM_INVALID;
	return (uint16_t)(VTS_RAW_BASE | code);
}

SEC("tp/kvm/kvm_exit")
int vm_exit(struct trace_event_raw_kvm_exit *context)
{
	uint64_t now = bpf_ktime_get_ns(), info1 = TAKE(info1), info2 = TAKE(info2);
	uint32_t reason = TAKE(exit_reason), isa = TAKE(isa);
	unsigned long rip = TAKE(guest_rip);
	struct kvm_vcpu *vcpu = vcpu_current(TAKE(vcpu_id));

	if (!vcpu)
		return 0;
	vcpu->vm_exits = 1;
	if (isa == ISA_VMX) {
		exit_begin(vcpu, KVM_IN_EXIT, now, (uint16_t)reason);
		if (reason & VMX_BIT_31)
			vcpu->flags |= VTS_FLAG_ENTRY_FAILURE;
		if (info2 & VMX_BIT_31)
			vcpu->flags |= VTS_FLAG_VECTORING;
	} else if (isa == ISA_SVM) {
		exit_begin(vcpu, KVM_IN_EXIT, now, svm_reason(reason));
		if (reason == VTS_SVM_NPF - VTS_SVM_BASE) {
			vcpu->gpa = info2;
			vcpu->flags |= VTS_FLAG_GPA_VALID;
		}
	} else {
		exit_begin(vcpu, KVM_IN_EXIT, now, (uint16_t)(VTS_RAW_BASE | reason));
	}
	vcpu->qualification = info1;
	vcpu->rip = rip;
	return 0;
}

SEC("raw_tp/kvm_entry")
int vm_entry(struct bpf_raw_tracepoint_args *context)
{
	uint64_t now = bpf_ktime_get_ns();
	struct kvm_vcpu *vcpu = vcpu_here();

	if (!vcpu) /* the number is only read where it is needed */
		vcpu = vcpu_current(vcpu_id_of((const void *)context->args[0]));
	if (!vcpu)
		return 0;
	if (vcpu->boundary == KVM_IN_EXIT)
		exit_end(vcpu, now);
	else if (vcpu->vm_exits) /* else it is the first that is seen: its exit came before */
		vcpu->unpaired++;
	vcpu->boundary = KVM_IN_GUEST;
	vcpu->vm_exits = 1;
	return 0;
}

/* What the host took of this exit so far, and user space did not. */
static uint64_t host_taken(const struct kvm_vcpu *vcpu)
{
	return vcpu->off_cpu + vcpu->hard_irq + vcpu->soft_irq;
}

/* A vCPU is made known here only where nothing else makes it known. */
static struct kvm_vcpu *vcpu_at_return(void)
{
	return returns_are_exits ? vcpu_current(UINT32_MAX) : vcpu_here();
}

/* Arguments: KVM_EXIT_*, and what KVM_RUN returns. */
SEC("raw_tp/kvm_userspace_exit")
int user_exit(struct bpf_raw_tracepoint_args *context)
{
	uint64_t now = bpf_ktime_get_ns();
	uint32_t reason = (uint32_t)context->args[0];
	int error = (int)context->args[1];
	struct kvm_vcpu *vcpu = vcpu_at_return();

	if (!vcpu)
		return 0;
	if (!returns_are_exits || vcpu->vm_exits) {
		vcpu->user_since = now;
		vcpu->taken = host_taken(vcpu);
		return 0;
	}
	exit_begin(vcpu, KVM_IN_USER, now,
		   error < 0 ? VTS_USER_RESTART : (uint16_t)(VTS_USER_BASE + reason));
	return 0;
}

/* The first thing that KVM_RUN does (argument: 1), and the last (0). */
SEC("raw_tp/kvm_fpu")
int user_entry(struct bpf_raw_tracepoint_args *context)
{
	struct kvm_vcpu *vcpu = context->args[0] ? vcpu_at_return() : NULL;

	if (!vcpu)
		return 0;
	if (vcpu->boundary == KVM_IN_USER) {
		exit_end(vcpu, bpf_ktime_get_ns());
	} else if (vcpu->user_since) {
		vcpu->user +=
		    bpf_ktime_get_ns() - vcpu->user_since - (host_taken(vcpu) - vcpu->taken);
		vcpu->user_since = 0;
	}
	return 0;
}

/* ---- details ---------------------------------------------------------------------------------- */

/* The vCPU that this happens to; @how: what it says of the exit in progress, 0 nothing. */
static struct kvm_vcpu *vcpu_detail(uint8_t how)
{
	struct kvm_vcpu *vcpu = vcpu_current(UINT32_MAX);

	if (vcpu && how)
		vcpu->how = how;
	return vcpu;
}

static bool is_nested_fault(uint16_t reason)
{
	return reason == VTS_REASON_EPT_VIOLATION || reason == VTS_REASON_EPT_MISCONFIG ||
	       reason == VTS_SVM_NPF;
}

SEC("tp/kvm/kvm_page_fault")
int page_fault(struct trace_event_raw_kvm_page_fault *context)
{
	uint64_t address = TAKE(fault_address), error = TAKE(error_code);
	struct kvm_vcpu *vcpu = vcpu_detail(VTS_EXIT_MEMORY);

	if (!vcpu)
		return 0;
	fault_tell(vcpu, bpf_ktime_get_ns());
	vcpu->fault_address = address;
	vcpu->fault_error = error;
	if (is_nested_fault(vcpu->reason)) {
		vcpu->gpa = address;
		vcpu->flags |= VTS_FLAG_GPA_VALID;
		vcpu->fault = VTS_KIND_EPT_VIOLATION;
		vcpu->fault_how = VTS_EPT_VIOLATION_UNSAID;
	} else {
		vcpu->how = VTS_EXIT_SHADOW;
		vcpu->gla = address;
		vcpu->flags |= VTS_FLAG_GLA_VALID;
		vcpu->fault = VTS_KIND_SHADOW_FAULT;
		vcpu->fault_how = VTS_SHADOW_FAULT_UNSAID;
	}
	if (vcpu->boundary == KVM_IN_GUEST) /* no exit that is known will tell of it */
		fault_tell(vcpu, bpf_ktime_get_ns());
	return 0;
}

/* kvmmmu says how a fault is resolved; the last that it says holds. */
static void fault_resolved(uint8_t nested_how, uint8_t shadow_how)
{
	struct kvm_vcpu *vcpu = vcpu_here();

	if (!vcpu || !vcpu->fault)
		return;
	vcpu->fault_how = vcpu->fault == VTS_KIND_EPT_VIOLATION ? nested_how : shadow_how;
}

SEC("raw_tp/kvm_mmu_set_spte")
int fault_filled(void *context)
{
	fault_resolved(VTS_EPT_VIOLATION_DEMAND_FILL, VTS_SHADOW_FAULT_FILL);
	return 0;
}

/* An entry for a device's memory is made, or was met. */
SEC("raw_tp/mark_mmio_spte")
int fault_marked(void *context)
{
	fault_resolved(VTS_EPT_VIOLATION_MMIO, VTS_SHADOW_FAULT_MMIO);
	return 0;
}

SEC("raw_tp/handle_mmio_page_fault")
int fault_mmio(void *context)
{
	fault_resolved(VTS_EPT_VIOLATION_MMIO, VTS_SHADOW_FAULT_MMIO);
	return 0;
}

SEC("raw_tp/kvm_mmu_unsync_page")
int fault_unsync(void *context)
{
	fault_resolved(VTS_EPT_VIOLATION_UNSAID, VTS_SHADOW_FAULT_UNSYNC);
	return 0;
}

/* Rights given back, or found to be there; where neither was possible, what follows says more. */
SEC("tp/kvmmmu/fast_page_fault")
int fault_fast(struct trace_event_raw_fast_page_fault *context)
{
	uint64_t before = TAKE(old_spte), after = TAKE(new_spte);

	if (before == after)
		fault_resolved(VTS_EPT_VIOLATION_SPURIOUS, VTS_SHADOW_FAULT_SPURIOUS);
	else
		fault_resolved(VTS_EPT_VIOLATION_PROTECTION, VTS_SHADOW_FAULT_DIRTY);
	return 0;
}

SEC("tp/kvm/kvm_pio")
int port_io(struct trace_event_raw_kvm_pio *context)
{
	uint32_t port = TAKE(port), size = TAKE(size), count = TAKE(count), value = TAKE(val);
	uint16_t flags = TAKE(rw) ? VTS_FLAG_WRITE : 0;
	struct kvm_vcpu *vcpu = vcpu_detail(VTS_EXIT_IO);

	if (vcpu)
		detail(vcpu,
		       head(vcpu, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, VTS_DEVICE_KVM_PORT,
			    flags),
		       port, (uint64_t)size * count, count == 1 ? value : 0, 0, 0);
	return 0;
}

SEC("tp/kvm/kvm_mmio")
int memory_io(struct trace_event_raw_kvm_mmio *context)
{
	uint32_t type = TAKE(type), bytes = TAKE(len);
	uint64_t gpa = TAKE(gpa), value = TAKE(val);
	uint16_t flags = type == MMIO_WRITE ? VTS_FLAG_WRITE : 0;
	struct kvm_vcpu *vcpu = type == MMIO_UNSATISFIED_READ ? NULL : vcpu_detail(VTS_EXIT_IO);

	if (!vcpu)
		return 0;
	detail(vcpu,
	       head(vcpu, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, VTS_DEVICE_KVM_MMIO, flags),
	       gpa, bytes, value, 0, 0);
	/* kvmmmu is silent about an address that it remembers to be a device's. */
	if (vcpu->fault == VTS_KIND_EPT_VIOLATION && vcpu->fault_how == VTS_EPT_VIOLATION_UNSAID)
		vcpu->fault_how = VTS_EPT_VIOLATION_MMIO;
	if (vcpu->fault == VTS_KIND_SHADOW_FAULT && vcpu->fault_how == VTS_SHADOW_FAULT_UNSAID)
		vcpu->fault_how = VTS_SHADOW_FAULT_MMIO;
	return 0;
}

SEC("tp/kvm/kvm_msr")
int msr(struct trace_event_raw_kvm_msr *context)
{
	uint8_t how = TAKE(write) ? VTS_REGISTER_MSR_WRITE : VTS_REGISTER_MSR_READ;
	uint32_t number = TAKE(ecx);
	uint64_t data = TAKE(data);
	uint8_t failed = TAKE(exception);
	struct kvm_vcpu *vcpu = vcpu_detail(failed ? VTS_EXIT_INJECTED : VTS_EXIT_EMULATED);

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_REGISTER, how, 0, 0), number, data, failed, 0, 0);
	return 0;
}

SEC("tp/kvm/kvm_cr")
int control_register(struct trace_event_raw_kvm_cr *context)
{
	uint8_t how = TAKE(rw) ? VTS_REGISTER_CR_WRITE : VTS_REGISTER_CR_READ;
	uint32_t number = TAKE(cr);
	uint64_t value = TAKE(val);
	struct kvm_vcpu *vcpu = vcpu_detail(VTS_EXIT_EMULATED);

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_REGISTER, how, 0, 0), number, value, 0, 0, 0);
	return 0;
}

SEC("tp/kvm/kvm_hypercall")
int hypercall(struct trace_event_raw_kvm_hypercall *context)
{
	uint64_t number = TAKE(nr), a0 = TAKE(a0), a1 = TAKE(a1), a2 = TAKE(a2), a3 = TAKE(a3);
	uint16_t reason = (uint16_t)(VTS_KVM_HYPERCALL_BASE + (number & 0x7fff));
	struct kvm_vcpu *vcpu = vcpu_detail(VTS_EXIT_HYPERCALL);

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_HYPERCALL, VTS_HYPERCALL_OK, reason, 0), a0, a1,
		       a2, a3, 0);
	return 0;
}

SEC("tp/kvm/kvm_inj_virq")
int inject_interrupt(struct trace_event_raw_kvm_inj_virq *context)
{
	uint8_t how = VTS_INJECTION_EXTERNAL;
	uint16_t vector, flags = 0;
	struct kvm_vcpu *vcpu;

	if (bpf_core_field_exists(context->vector)) {
		vector = (uint16_t)TAKE(vector);
		if (TAKE(soft))
			how = VTS_INJECTION_SOFT_INT;
		if (TAKE(reinjected))
			flags = VTS_FLAG_REINJECTED;
	} else {
		vector = (uint16_t)TAKE(irq);
	}
	vcpu = vcpu_detail(0);
	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_INJECTION, how, vector, flags), 0, 0, 0, 0, 0);
	return 0;
}

SEC("tp/kvm/kvm_inj_exception")
int inject_exception(struct trace_event_raw_kvm_inj_exception *context)
{
	uint16_t flags = TAKE(has_error) ? VTS_FLAG_HAS_ERROR_CODE : 0;
	uint8_t vector = TAKE(exception);
	uint32_t error = TAKE(error_code);
	struct kvm_vcpu *vcpu;

	if (bpf_core_field_exists(context->reinjected) && TAKE(reinjected))
		flags |= VTS_FLAG_REINJECTED;
	vcpu = vcpu_detail(VTS_EXIT_INJECTED);
	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_INJECTION, VTS_INJECTION_EXCEPTION, vector, flags),
		       error, 0, 0, 0, 0);
	return 0;
}

/* The kernel's memory management may zap, and any thread flush: what counts is a vCPU within an exit. */
static struct kvm_vcpu *vcpu_in_exit(void)
{
	struct kvm_vcpu *vcpu = vcpu_here();

	return vcpu && vcpu->boundary == KVM_IN_EXIT ? vcpu : NULL;
}

SEC("tp/kvmmmu/kvm_mmu_prepare_zap_page")
int zap(struct trace_event_raw_kvm_mmu_page_class *context)
{
	uint64_t gpa = TAKE(gfn) << 12;
	uint32_t level = TAKE(role) & 15; /* kvm_mmu_page_role.level */
	struct kvm_vcpu *vcpu = vcpu_in_exit();

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_SHADOW_ZAP, VTS_SHADOW_ZAP_UNSAID, 0, 0), gpa, 0,
		       1, level, 0);
	return 0;
}

SEC("tp/kvm/kvm_pv_tlb_flush")
int guest_flush(struct trace_event_raw_kvm_pv_tlb_flush *context)
{
	bool wanted = TAKE(need_flush_tlb);
	struct kvm_vcpu *vcpu = vcpu_in_exit();

	if (vcpu && wanted)
		detail(vcpu, head(vcpu, VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_GUEST_PV, 0, 0), 0, 0, 0,
		       0, 0);
	return 0;
}

static int hyperv_flush(void)
{
	struct kvm_vcpu *vcpu = vcpu_in_exit();

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_GUEST_PV, 0, 0), 0, 0, 0,
		       0, 0);
	return 0;
}

SEC("raw_tp/kvm_hv_flush_tlb")
int guest_hyperv_flush(void *context)
{
	return hyperv_flush();
}

SEC("raw_tp/kvm_hv_flush_tlb_ex")
int guest_hyperv_flush_ex(void *context)
{
	return hyperv_flush();
}

SEC("tp/tlb/tlb_flush")
int host_flush(void *context)
{
	struct kvm_vcpu *vcpu = vcpu_in_exit();

	if (vcpu)
		detail(vcpu, head(vcpu, VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_HOST_KERNEL, 0, 0), 0, 0,
		       0, 0, 0);
	return 0;
}

/* ---- the host's share ------------------------------------------------------------------------- */

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct kvm_vcpu *out = vcpu_of(prev), *in = vcpu_of(next);

	if (out && out->boundary != KVM_IN_GUEST) {
		out->out_since = bpf_ktime_get_ns();
		out->switches++;
	}
	if (in && in->out_since) {
		in->off_cpu += bpf_ktime_get_ns() - in->out_since;
		in->out_since = 0;
	}
	return 0;
}

static void hard_begin(void)
{
	struct kvm_vcpu *vcpu = vcpu_of(bpf_get_current_task_btf());

	if (vcpu && vcpu->boundary != KVM_IN_GUEST)
		vcpu->hard_since = bpf_ktime_get_ns();
}

static void hard_end(void)
{
	struct kvm_vcpu *vcpu = vcpu_of(bpf_get_current_task_btf());
	uint64_t taken;

	if (!vcpu || !vcpu->hard_since)
		return;
	taken = bpf_ktime_get_ns() - vcpu->hard_since;
	vcpu->hard_irq += taken;
	vcpu->hard_since = 0;
	if (vcpu->soft_since) /* It interrupted a soft one, whose time this is not. */
		vcpu->soft_since += taken;
}

/* x86 has a tracepoint an own vector; devices have irq_handler. */
#define HARD_IRQ(name, entry, exit)                                                                \
	SEC("tp_btf/" #entry)                                                                      \
	int BPF_PROG(name##_begin)                                                                 \
	{                                                                                          \
		hard_begin();                                                                      \
		return 0;                                                                          \
	}                                                                                          \
	SEC("tp_btf/" #exit)                                                                       \
	int BPF_PROG(name##_end)                                                                   \
	{                                                                                          \
		hard_end();                                                                        \
		return 0;                                                                          \
	}

HARD_IRQ(device, irq_handler_entry, irq_handler_exit)
HARD_IRQ(timer, local_timer_entry, local_timer_exit)
HARD_IRQ(reschedule, reschedule_entry, reschedule_exit)
HARD_IRQ(call, call_function_entry, call_function_exit)
HARD_IRQ(call_single, call_function_single_entry, call_function_single_exit)
HARD_IRQ(work, irq_work_entry, irq_work_exit)

SEC("tp_btf/softirq_entry")
int BPF_PROG(soft_begin)
{
	struct kvm_vcpu *vcpu = vcpu_of(bpf_get_current_task_btf());

	if (vcpu && vcpu->boundary != KVM_IN_GUEST)
		vcpu->soft_since = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(soft_end)
{
	struct kvm_vcpu *vcpu = vcpu_of(bpf_get_current_task_btf());

	if (vcpu && vcpu->soft_since) {
		vcpu->soft_irq += bpf_ktime_get_ns() - vcpu->soft_since;
		vcpu->soft_since = 0;
	}
	return 0;
}
