/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of the BPF programs (bpf/kvm.bpf.c): loads them, and hands on what they write. */
#include "kvm_source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/kvm_shared.h"
#include "ctf.h"
#include "names.h"
#include "obj/bpf/kvm.skel.h"
#include "source_private.h"

#define BATCH	  4096u /* records handed out at a time */
#define SPARE	  2u	/* what a callback adds at most beyond its sample's records */
#define LOSSES	  3u
#define VMS_NAMED 64u /* VMs that env names */

struct source_kvm {
	struct vts_source source;
	struct kvm_bpf *programs;
	struct ring_buffer *ring;
	int process; /* pidfd of the only VM; -1: every VM */
	uint8_t paging;
	bool stopped;		    /* the VM_STOP record is out */
	uint8_t started[KVM_VCPUS]; /* by VM: the VM_START record is out */
	uint64_t last_tsc[KVM_VCPUS];
	struct vts_event last;		  /* any vCPU's */
	uint64_t said[KVM_VCPUS][LOSSES]; /* losses that records tell of, by vCPU and cause */
	char absent[512];		  /* names of tracepoints that this kernel lacks */
	size_t count, held;
	struct vts_event batch[BATCH];	 /* as read, those held back first */
	struct vts_event by_vcpu[BATCH]; /* to be handed out */
};

/* ---- reading ---------------------------------------------------------------------------------- */

static void put(struct source_kvm *kvm, const struct vts_event *event)
{
	kvm->batch[kvm->count++] = *event;
	kvm->last_tsc[event->vcpu] = event->tsc;
	kvm->last = *event;
}

/* A record of our own making, at the time and place of @at. */
static void put_own(struct source_kvm *kvm, const struct vts_event *at, struct vts_event event)
{
	event.tsc = at->tsc;
	event.exit_tsc = at->tsc;
	event.vm = at->vm;
	event.vcpu = at->vcpu;
	put(kvm, &event);
}

static void put_start(struct source_kvm *kvm, const struct vts_event *at)
{
	if (kvm->started[at->vm])
		return;
	kvm->started[at->vm] = 1;
	put_own(kvm, at,
		(struct vts_event){
		    .kind = VTS_KIND_VM_START, .how = kvm->paging, .vm_start = {.hz = 1000000000}});
}

/* One or two records. Below 0: no more now, this one has been taken. */
static int take(void *context, void *data, size_t bytes)
{
	struct source_kvm *kvm = context;
	const struct vts_event *events = data;

	for (size_t i = 0; i < bytes / sizeof(*events); i++) {
		put_start(kvm, &events[i]);
		put(kvm, &events[i]);
	}
	return kvm->count + 2 + SPARE > BATCH - LOSSES * KVM_VCPUS ? -ENOBUFS : 0;
}

static void note_loss(struct source_kvm *kvm, const struct vts_event *at, unsigned vcpu,
		      enum vts_how cause, uint64_t lost)
{
	uint64_t *said = &kvm->said[vcpu][cause - 1];

	if (lost == *said || kvm->count == BATCH)
		return;
	source_add_lost(&kvm->source, lost - *said);
	put_own(kvm, at,
		(struct vts_event){
		    .kind = VTS_KIND_LOST, .how = (uint8_t)cause, .lost = {.count = lost - *said}});
	*said = lost;
}

/* Records tell of what was lost since the last look, on the vCPU that lost it. */
static void note_losses(struct source_kvm *kvm)
{
	for (unsigned i = 0; i < KVM_VCPUS; i++) {
		const struct kvm_vcpu *vcpu = &kvm->programs->bss->vcpus[i];
		struct vts_event at = {.vm = vcpu->vm, .vcpu = (uint8_t)i, .tsc = kvm->last_tsc[i]};

		if (!__atomic_load_n(&vcpu->tid, __ATOMIC_RELAXED))
			break;
		if (!at.tsc) /* nothing of it was read yet: it has no stream */
			continue;
		note_loss(kvm, &at, i, VTS_LOST_RING_FULL,
			  __atomic_load_n(&vcpu->ring_full, __ATOMIC_RELAXED));
		note_loss(kvm, &at, i, VTS_LOST_UNPAIRED,
			  __atomic_load_n(&vcpu->unpaired, __ATOMIC_RELAXED));
	}
	if (kvm->last.tsc)
		note_loss(kvm, &kvm->last, 0, VTS_LOST_NO_NUMBER,
			  __atomic_load_n(&kvm->programs->bss->no_number, __ATOMIC_RELAXED));
}

/* A detail of an exit that is still in progress: its time is later than the exit's. */
static bool is_inner(const struct vts_event *event)
{
	return event->kind != VTS_KIND_EXIT && event->exit_tsc != event->tsc;
}

/*
 * Hand out the batch vCPU by vCPU, since a reader puts together an exit and its details as they
 * follow each other. Details at the end whose exit is still to come wait for it, unless @all.
 */
static size_t sort_batch(struct source_kvm *kvm, bool all)
{
	size_t first[KVM_VCPUS + 1] = {0}, whole[KVM_VCPUS] = {0}, out = 0;
	size_t held = 0;

	for (size_t i = 0; i < kvm->count; i++)
		if (all || !is_inner(&kvm->batch[i]))
			whole[kvm->batch[i].vcpu] = i + 1;
	for (size_t i = 0; i < kvm->count; i++)
		first[kvm->batch[i].vcpu + 1] += i < whole[kvm->batch[i].vcpu];
	for (unsigned i = 0; i < KVM_VCPUS; i++)
		first[i + 1] += first[i];
	out = first[KVM_VCPUS];
	for (size_t i = 0; i < kvm->count; i++) {
		const struct vts_event *event = &kvm->batch[i];

		if (i < whole[event->vcpu])
			kvm->by_vcpu[first[event->vcpu]++] = *event;
		else
			kvm->batch[held++] = *event;
	}
	kvm->held = held;
	return out;
}

static bool process_ended(const struct source_kvm *kvm)
{
	struct pollfd state = {.fd = kvm->process, .events = POLLIN};

	return kvm->process >= 0 && poll(&state, 1, 0) > 0;
}

static bool kvm_fill(struct vts_source *source)
{
	struct source_kvm *kvm = (struct source_kvm *)source;
	/* Asked first: what it wrote before its end is then found in the ring. */
	bool ended = process_ended(kvm);

	if (source->ended)
		return false;
	kvm->count = kvm->held;
	ring_buffer__consume(kvm->ring);
	note_losses(kvm);
	if (kvm->count == kvm->held && ended) {
		source->ended = kvm->stopped || !kvm->last.tsc;
		if (!source->ended)
			put_own(kvm, &kvm->last,
				(struct vts_event){.kind = VTS_KIND_VM_STOP,
						   .how = VTS_VM_STOP_PROCESS_ENDED});
		kvm->stopped = true;
	}
	source->run = kvm->by_vcpu;
	source->run_left = sort_batch(kvm, ended || kvm->held > BATCH / 2);
	return source->run_left;
}

static void kvm_close(struct vts_source *source)
{
	struct source_kvm *kvm = (struct source_kvm *)source;

	ring_buffer__free(kvm->ring);
	kvm_bpf__destroy(kvm->programs);
	if (kvm->process >= 0)
		close(kvm->process);
	metadata_free(&source->metadata);
	free(kvm);
}

static const struct source_ops kvm_ops = {kvm_fill, kvm_close};

/* ---- attaching -------------------------------------------------------------------------------- */

static char complaint[256]; /* of libbpf: the first since it was cleared */

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*complaint) {
		vsnprintf(complaint, sizeof(complaint), format, arguments);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	return 0;
}

static bool exists(const char *format, const char *name)
{
	char path[256];
	struct stat status;

	/* access(2) would not count this process's capabilities. */
	snprintf(path, sizeof(path), format, name);
	return !stat(path, &status);
}

/* Whether this kernel has the tracepoint that a program is for: its section is "tp/GROUP/NAME",
 * "raw_tp/NAME" or "tp_btf/NAME". */
static bool has_tracepoint(const struct btf *kernel, const char *section)
{
	char type[128];

	if (!strncmp(section, "raw_tp/", 7)) /* all of these are KVM's */
		return exists("/sys/kernel/tracing/events/kvm/%s/id", section + 7) ||
		       exists("/sys/kernel/debug/tracing/events/kvm/%s/id", section + 7);
	if (!strncmp(section, "tp/", 3))
		return exists("/sys/kernel/tracing/events/%s/id", section + 3) ||
		       exists("/sys/kernel/debug/tracing/events/%s/id", section + 3);
	snprintf(type, sizeof(type), "btf_trace_%s", strrchr(section, '/') + 1);
	return btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) > 0;
}

/* Load but what the kernel has and the caller wants; note what it lacks. */
static void choose_programs(struct source_kvm *kvm, const struct btf *kernel, bool exits_only)
{
	struct kvm_bpf *programs = kvm->programs;
	struct bpf_program *program;

	bpf_object__for_each_program(program, programs->obj)
	{
		const char *section = bpf_program__section_name(program);
		size_t used = strlen(kvm->absent);
		bool wanted = !exits_only || program == programs->progs.vm_exit ||
			      program == programs->progs.vm_entry ||
			      program == programs->progs.user_exit ||
			      program == programs->progs.user_entry;

		if (wanted && has_tracepoint(kernel, section))
			continue;
		bpf_program__set_autoload(program, false);
		if (wanted)
			snprintf(kvm->absent + used, sizeof(kvm->absent) - used, "%s%s",
				 used ? " " : "", strrchr(section, '/') + 1);
	}
}

static const char *isa_name(void)
{
	return exists("/sys/module/%s", "kvm_intel") ? "vmx"
	       : exists("/sys/module/%s", "kvm_amd") ? "svm"
	       : exists("/sys/module/%s", "kvm_pvm") ? "pvm"
						     : "unknown";
}

static uint8_t paging_of(const char *path)
{
	FILE *file = fopen(path, "re");
	int c = file ? getc(file) : EOF;

	if (file)
		fclose(file);
	return c == 'Y' || c == '1'   ? VTS_VM_START_EPT
	       : c == 'N' || c == '0' ? VTS_VM_START_SHADOW
				      : VTS_VM_START_UNSAID;
}

static uint8_t find_paging(void)
{
	uint8_t paging = paging_of("/sys/module/kvm_intel/parameters/ept");

	return paging != VTS_VM_START_UNSAID ? paging
					     : paging_of("/sys/module/kvm_amd/parameters/npt");
}

/* Why the programs were refused. */
static void explain(struct vts_error *error, const char *what, int status)
{
	char lacking[400];

	if ((status == -EPERM || status == -EACCES) && vts_kvm_privileges(lacking, sizeof(lacking)))
		error_set(error, "KVM: %s: this process %s", what, lacking);
	else
		error_set(error, "KVM: %s: %s%s%s: docs/kvm.md says what it takes", what,
			  strerror(-status), *complaint ? ": " : "", complaint);
}

static int open_programs(struct source_kvm *kvm, const struct vts_kvm_options *options, pid_t pid,
			 struct vts_error *error)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct kvm_bpf *programs;
	char lacking[400];

	if (!kernel) {
		error_set(error,
			  "KVM: this kernel does not describe its types: it must be built with "
			  "CONFIG_DEBUG_INFO_BTF (and /sys be mounted)");
		return -1;
	}
	programs = kvm->programs = kvm_bpf__open();
	if (programs) {
		programs->rodata->only_pid = (uint32_t)pid;
		programs->rodata->returns_are_exits = !strcmp(isa_name(), "pvm");
		if (options->ring_bytes)
			bpf_map__set_max_entries(programs->maps.ring,
						 (uint32_t)options->ring_bytes);
		choose_programs(kvm, kernel, options->exits_only);
	}
	btf__free(kernel);
	if (!programs)
		explain(error, "the BPF programs cannot be opened", -errno);
	else if (bpf_program__autoload(programs->progs.vm_exit))
		return 0;
	else if (vts_kvm_privileges(lacking, sizeof(lacking)))
		error_set(error, "KVM: its tracepoints cannot be seen: this process %s", lacking);
	else
		error_set(error,
			  "KVM: this kernel has no tracepoint kvm:kvm_exit: load kvm_intel or "
			  "kvm_amd, and mount /sys/kernel/tracing");
	return -1;
}

/* VMs that are known now have the first numbers. */
static int number_vms(struct source_kvm *kvm, const struct vts_kvm_vm *vms, size_t count)
{
	int map = bpf_map__fd(kvm->programs->maps.vms);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t pid = (uint32_t)vms[i].pid;

		if (bpf_map_update_elem(map, &pid, &i, BPF_ANY))
			return -errno;
	}
	kvm->programs->bss->vm_count = (uint32_t)count;
	return 0;
}

static int start_programs(struct source_kvm *kvm, const struct vts_kvm_vm *vms, size_t count,
			  struct vts_error *error)
{
	int status = kvm_bpf__load(kvm->programs);

	if (status) {
		explain(error, "the kernel does not take the BPF programs", status);
		return -1;
	}
	kvm->ring = ring_buffer__new(bpf_map__fd(kvm->programs->maps.ring), take, kvm, NULL);
	if (!kvm->ring) {
		explain(error, "the ring cannot be mapped", -errno);
		return -1;
	}
	status = number_vms(kvm, vms, count);
	if (!status)
		status = kvm_bpf__attach(kvm->programs);
	if (status)
		explain(error, "the BPF programs cannot be attached", status);
	return status;
}

/* ---- the env ---------------------------------------------------------------------------------- */

static int describe(struct source_kvm *kvm, const struct vts_kvm_vm *vms, size_t count)
{
	struct vts_env env[7 + VMS_NAMED];
	char keys[VMS_NAMED][16], values[VMS_NAMED][96], *text;
	struct utsname host = {.release = ""};
	uint8_t uuid[16] = {0};
	size_t used = 0;
	int status;

	uname(&host);
	env[used++] = (struct vts_env){"engine", "kvm"};
	env[used++] = (struct vts_env){"unit", "ns"};
	env[used++] = (struct vts_env){"isa", isa_name()};
	env[used++] = (struct vts_env){"kernel", host.release};
	env[used++] = (struct vts_env){"paging", vts_how_name(VTS_KIND_VM_START, kvm->paging)};
	env[used++] =
	    (struct vts_env){"guest", count == 1 && kvm->process >= 0 ? vms[0].name : "every VM"};
	if (*kvm->absent)
		env[used++] = (struct vts_env){"absent", kvm->absent};
	for (size_t i = 0; i < count && i < VMS_NAMED; i++) {
		snprintf(keys[i], sizeof(keys[i]), "vm%zu", i);
		snprintf(values[i], sizeof(values[i]), "pid %d %s", (int)vms[i].pid, vms[i].name);
		env[used++] = (struct vts_env){keys[i], values[i]};
	}
	if (getrandom(uuid, sizeof(uuid), 0) < 0)
		return -1;
	text = vts_ctf_metadata(env, used, uuid, 1000000000);
	status = text ? metadata_parse(&kvm->source.metadata, text, strlen(text)) : -1;
	free(text);
	kvm->source.unit = "ns";
	return status;
}

/* The VM that is meant, alone in @vms, or every VM: how many; 0 after an error. */
static size_t choose_vm(const struct vts_kvm_options *options, struct vts_kvm_vm *vms, size_t found,
			struct vts_error *error)
{
	size_t hits = 0, hit = 0;

	for (size_t i = 0; i < found; i++)
		if (options->pid ? vms[i].pid == options->pid
				 : !strcmp(vms[i].name, options->name)) {
			hits++;
			hit = i;
		}
	if (hits == 1) {
		vms[0] = vms[hit];
		return 1;
	}
	if (options->pid)
		error_set(error,
			  "KVM: process %d: has no VM that this process can see: name one of "
			  "those that `exitstat list` shows, and be its user or root",
			  (int)options->pid);
	else if (hits)
		error_set(error, "KVM: %s: %zu VMs have that name: choose by --pid", options->name,
			  hits);
	else
		error_set(error,
			  "KVM: %s: no VM has that name: `exitstat list` shows those there are",
			  options->name);
	return 0;
}

static int open_process(struct source_kvm *kvm, pid_t pid, struct vts_error *error)
{
	kvm->process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (kvm->process >= 0)
		return 0;
	error_set(error, "KVM: process %d: %s: look whether it still runs", (int)pid,
		  strerror(errno));
	return -1;
}

struct vts_source *vts_source_open_kvm(const struct vts_kvm_options *options,
				       struct vts_error *error)
{
	static struct vts_kvm_vm vms[KVM_VCPUS];
	struct source_kvm *kvm = calloc(1, sizeof(*kvm));
	bool one = options->pid || options->name;
	size_t count = vts_kvm_list(vms, KVM_VCPUS);

	if (count > KVM_VCPUS)
		count = KVM_VCPUS;
	if (!kvm) {
		error_set(error, "KVM: out of memory: end other programs and try again");
		return NULL;
	}
	kvm->source.ops = &kvm_ops;
	kvm->process = -1;
	kvm->paging = find_paging();
	*complaint = '\0';
	libbpf_set_print(keep_complaint);
	if (one) {
		count = choose_vm(options, vms, count, error);
		if (!count || open_process(kvm, vms[0].pid, error) < 0)
			goto fail;
	}
	if (open_programs(kvm, options, one ? vms[0].pid : 0, error) < 0 ||
	    start_programs(kvm, vms, count, error) < 0)
		goto fail;
	if (!describe(kvm, vms, count))
		return &kvm->source;
	error_set(error, "KVM: out of memory: end other programs and try again");
fail:
	kvm_close(&kvm->source);
	return NULL;
}
