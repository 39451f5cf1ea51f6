/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of the BPF programs (bpf/kvm.bpf.c): hands on what they write. kvm_attach.c loads them. */
#include "kvm_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "ctf.h"
#include "names.h"
#include "obj/bpf/kvm.skel.h"

#define SPARE	  2u /* what a callback adds at most beyond its sample's records */
#define SAMPLE	  ((unsigned)KVM_GATHERED) /* records of the largest sample */
#define VMS_NAMED 64u			   /* VMs that env names */

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

/* Whether there is room for another sample, and for what is said of losses. */
static bool has_room(const struct source_kvm *kvm)
{
	return kvm->count + SAMPLE + SPARE <= KVM_BATCH - KVM_LOSSES * KVM_VCPUS;
}

/* All before @number has been taken, or will not come any more. */
static void skip_missed(struct source_kvm *kvm, unsigned vcpu, uint64_t number)
{
	if (number > kvm->taken[vcpu]) {
		kvm->missed[vcpu] += number - kvm->taken[vcpu];
		kvm->taken[vcpu] = number;
	}
}

/* Gathered exits, but those that take_waiting has taken before. */
static void take_gathered(struct source_kvm *kvm, const struct kvm_gathered *gathered)
{
	unsigned vcpu = gathered->exit[0].vcpu;

	skip_missed(kvm, vcpu, gathered->first);
	for (uint64_t i = 0; i < KVM_GATHERED; i++) {
		if (gathered->first + i < kvm->taken[vcpu])
			continue;
		put_start(kvm, &gathered->exit[i]);
		put(kvm, &gathered->exit[i]);
	}
	kvm->taken[vcpu] = gathered->first + KVM_GATHERED;
}

/* One or two records, or exits that were gathered. Below 0: no more now, this sample has been taken. */
int kvm_take(void *context, void *data, size_t bytes)
{
	struct source_kvm *kvm = context;
	const struct vts_event *events = data;

	if (bytes == sizeof(struct kvm_gathered)) {
		take_gathered(kvm, data);
	} else {
		for (size_t i = 0; i < bytes / sizeof(*events); i++) {
			put_start(kvm, &events[i]);
			put(kvm, &events[i]);
		}
	}
	return has_room(kvm) ? 0 : -ENOBUFS;
}

/*
 * Exits that wait at their vCPU until there are enough for a sample. It may run meanwhile: what it overwrote while
 * it was copied comes through the ring. Those before them must have come, unless nothing more will (@all).
 */
static void take_waiting(struct source_kvm *kvm, unsigned number, bool all)
{
	const struct kvm_vcpu *vcpu = &kvm->programs->bss->vcpus[number];
	uint64_t *taken = &kvm->taken[number];
	uint64_t exits = __atomic_load_n(&vcpu->exits, __ATOMIC_ACQUIRE);
	uint64_t first = exits - exits % KVM_GATHERED;

	if (all)
		skip_missed(kvm, number, first);
	if (*taken < first)
		return;
	for (; *taken < exits; ++*taken) {
		struct vts_event event = vcpu->gathered.exit[*taken % KVM_GATHERED];

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&vcpu->exits, __ATOMIC_RELAXED) >= *taken + KVM_GATHERED)
			return;
		put_start(kvm, &event);
		put(kvm, &event);
	}
}

static void take_all_waiting(struct source_kvm *kvm, bool all)
{
	for (unsigned i = 0; i < KVM_VCPUS && has_room(kvm); i++) {
		if (!__atomic_load_n(&kvm->programs->bss->vcpus[i].tid, __ATOMIC_RELAXED))
			break;
		take_waiting(kvm, i, all);
	}
}

static void note_loss(struct source_kvm *kvm, const struct vts_event *at, unsigned vcpu,
		      enum vts_how cause, uint64_t lost)
{
	uint64_t *said = &kvm->said[vcpu][cause - 1];

	if (lost == *said || kvm->count == KVM_BATCH)
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
			  __atomic_load_n(&vcpu->ring_full, __ATOMIC_RELAXED) + kvm->missed[i]);
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
	if (ring_buffer__consume(kvm->ring) >= 0 && kvm->exits_only)
		take_all_waiting(kvm, ended);
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
	source->run_left = sort_batch(kvm, ended || kvm->held > KVM_BATCH / 2);
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
	env[used++] = (struct vts_env){"isa", kvm_isa()};
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

static void say_no_vm(const struct vts_kvm_options *options, size_t hits, struct vts_error *error)
{
	char lacking[400];
	bool sees = kvm_sees_processes(lacking, sizeof(lacking));

	if (options->pid && sees)
		error_set(
		    error,
		    "KVM: process %d: has no VM: name one of those that `exitstat list` shows",
		    (int)options->pid);
	else if (options->pid)
		error_set(error,
			  "KVM: process %d: has no VM that this process can see; it may be another "
			  "user's: this process %s",
			  (int)options->pid, lacking);
	else if (hits)
		error_set(error, "KVM: %s: %zu VMs have that name: choose by --pid", options->name,
			  hits);
	else if (sees)
		error_set(error,
			  "KVM: %s: no VM has that name: `exitstat list` shows those there are",
			  options->name);
	else
		error_set(error,
			  "KVM: %s: no VM that this process can see has that name; it may be "
			  "another user's: this process %s",
			  options->name, lacking);
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
	say_no_vm(options, hits, error);
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
	kvm->exits_only = options->exits_only;
	if (one) {
		count = choose_vm(options, vms, count, error);
		if (!count || open_process(kvm, vms[0].pid, error) < 0)
			goto fail;
	}
	if (kvm_open_programs(kvm, options, one ? vms[0].pid : 0, error) < 0 ||
	    kvm_start_programs(kvm, vms, count, error) < 0)
		goto fail;
	if (!describe(kvm, vms, count))
		return &kvm->source;
	error_set(error, "KVM: out of memory: end other programs and try again");
fail:
	kvm_close(&kvm->source);
	return NULL;
}
