/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading the BPF programs (bpf/kvm.bpf.c) for the running kernel, and attaching them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kvm_private.h"
#include "obj/bpf/kvm.skel.h"

static char complaint[256]; /* of libbpf: the first since it was cleared */

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*complaint) {
		vsnprintf(complaint, sizeof(complaint), format, arguments);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	return 0;
}

static bool path_exists(const char *format, const char *name)
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
		return path_exists("/sys/kernel/tracing/events/kvm/%s/id", section + 7) ||
		       path_exists("/sys/kernel/debug/tracing/events/kvm/%s/id", section + 7) ||
		       path_exists("/sys/kernel/tracing/events/kvmmmu/%s/id", section + 7) ||
		       path_exists("/sys/kernel/debug/tracing/events/kvmmmu/%s/id", section + 7);
	if (!strncmp(section, "tp/", 3))
		return path_exists("/sys/kernel/tracing/events/%s/id", section + 3) ||
		       path_exists("/sys/kernel/debug/tracing/events/%s/id", section + 3);
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
		bool is_return =
		    program == programs->progs.user_exit || program == programs->progs.user_entry;
		bool wanted = !exits_only || program == programs->progs.vm_exit ||
			      program == programs->progs.vm_entry ||
			      (is_return && programs->rodata->returns_are_exits);

		if (wanted && has_tracepoint(kernel, section))
			continue;
		bpf_program__set_autoload(program, false);
		if (wanted)
			snprintf(kvm->absent + used, sizeof(kvm->absent) - used, "%s%s",
				 used ? " " : "", strrchr(section, '/') + 1);
	}
}

const char *kvm_isa(void)
{
	return path_exists("/sys/module/%s", "kvm_intel") ? "vmx"
	       : path_exists("/sys/module/%s", "kvm_amd") ? "svm"
	       : path_exists("/sys/module/%s", "kvm_pvm") ? "pvm"
							  : "unknown";
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

int kvm_open_programs(struct source_kvm *kvm, const struct vts_kvm_options *options, pid_t pid,
		      struct vts_error *error)
{
	struct btf *kernel;
	struct kvm_bpf *programs;
	char lacking[400];

	*complaint = '\0';
	libbpf_set_print(keep_complaint);
	kernel = btf__load_vmlinux_btf();
	if (!kernel) {
		error_set(error,
			  "KVM: this kernel does not describe its types: it must be built with "
			  "CONFIG_DEBUG_INFO_BTF (and /sys be mounted)");
		return -1;
	}
	programs = kvm->programs = kvm_bpf__open();
	if (programs) {
		programs->rodata->only_pid = (uint32_t)pid;
		programs->rodata->returns_are_exits = !strcmp(kvm_isa(), "pvm");
		programs->rodata->exits_only = options->exits_only;
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

int kvm_start_programs(struct source_kvm *kvm, const struct vts_kvm_vm *vms, size_t count,
		       struct vts_error *error)
{
	int status = kvm_bpf__load(kvm->programs);

	if (status) {
		explain(error, "the kernel does not take the BPF programs", status);
		return -1;
	}
	kvm->ring = ring_buffer__new(bpf_map__fd(kvm->programs->maps.ring), kvm_take, kvm, NULL);
	if (!kvm->ring) {
		explain(error, "the ring cannot be mapped", -errno);
		return -1;
	}
	status = number_vms(kvm, vms, count);
	if (!status)
		status = kvm_bpf__attach(kvm->programs);
	if (status)
		explain(error, "the BPF programs cannot be attached", status);
	else
		__atomic_store_n(&kvm->programs->bss->reading, true, __ATOMIC_RELEASE);
	return status;
}
