// SPDX-License-Identifier: GPL-2.0-only
/* exitstat list: the running VMs. */
#include <stdlib.h>

#include "exitstat.h"
#include "json.h"
#include "text.h"
#include "trace/kvm_source.h"

#define VMS_MAX 256

static const char help[] =
    "usage: exitstat list [--json]\n"
    "\n"
    "List the running VMs that you may attach to, with what their vtrun says of them, and\n"
    "this host's VMs of KVM (--source kvm), by the name in their command line.\n"
    "\n"
    "  --json      print JSON\n"
    "  -h, --help  print this\n"
    "\n"
    "Exit status: 0, also if none is running.\n";

enum { OPT_JSON = 256 };

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/** What the table shows of the env; --json has all of it. */
static const char *const shown[] = {"engine", "paging", "io", "guest"};

#define SHOWN (sizeof(shown) / sizeof(shown[0]))

/** Its source, to ask for the env; NULL if the VM ended meanwhile. */
static struct vts_source *attach(const struct vts_running *vm)
{
	struct vts_error error;

	return vts_source_attach(vm->name, &error);
}

static void print_text(const struct vts_running *vms, size_t count, const struct vts_kvm_vm *kvm,
		       size_t kvm_count)
{
	static const char *const columns[] = {"<name", ">pid",	 "<engine", "<paging",
					      "<io",   "<guest", NULL};
	struct table *table = table_new(columns);

	for (size_t i = 0; i < count; i++) {
		struct vts_source *source = attach(&vms[i]);

		table_cell(table, "%s", vms[i].name);
		table_cell(table, "%d", vms[i].pid);
		for (size_t j = 0; source && j < SHOWN; j++) {
			const char *value = vts_source_env(source, shown[j]);

			table_cell(table, "%s", value ? value : "-");
		}
		table_skip_row(table);
		if (source)
			vts_source_close(source);
	}
	for (size_t i = 0; i < kvm_count; i++) {
		table_cell(table, "%s", kvm[i].name);
		table_cell(table, "%d", (int)kvm[i].pid);
		table_cell(table, "kvm");
		table_skip_row(table);
	}
	table_print(table, stdout);
}

static json_t *vm_json(const struct vts_running *vm)
{
	struct vts_source *source = attach(vm);
	json_t *object = json_new_object();

	json_put_text(object, "name", vm->name);
	json_put_count(object, "pid", vm->pid);
	json_put(object, "env", source ? json_env(source) : json_null());
	if (source)
		vts_source_close(source);
	return object;
}

static json_t *kvm_json(const struct vts_kvm_vm *vm)
{
	json_t *object = json_new_object(), *env = json_new_object();

	json_put_text(env, "engine", "kvm");
	json_put_text(object, "name", vm->name);
	json_put_count(object, "pid", (uint64_t)vm->pid);
	json_put(object, "env", env);
	return object;
}

static void print_json(const struct vts_running *vms, size_t count, const struct vts_kvm_vm *kvm,
		       size_t kvm_count)
{
	json_t *root = json_new_object(), *array = json_new_array();

	for (size_t i = 0; i < count; i++)
		json_add(array, vm_json(&vms[i]));
	for (size_t i = 0; i < kvm_count; i++)
		json_add(array, kvm_json(&kvm[i]));
	json_put(root, "vms", array);
	json_print(root);
}

int list_main(int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	struct vts_running *vms;
	struct vts_kvm_vm *kvm;
	bool json = false;
	size_t count, kvm_count;

	while (option_next(&options) == OPT_JSON)
		json = true;
	if (options.status >= 0)
		return options.status;
	if (optind < argc)
		return usage_error(&options, "%s: one operand too many", argv[optind]);
	vms = calloc(VMS_MAX, sizeof(*vms));
	kvm = calloc(VMS_MAX, sizeof(*kvm));
	if (!vms || !kvm)
		die_of_memory();
	count = vts_running_list(vms, VMS_MAX);
	if (count > VMS_MAX) {
		complain("list: %zu VMs are running: the first %d are shown", count, VMS_MAX);
		count = VMS_MAX;
	}
	kvm_count = vts_kvm_list(kvm, VMS_MAX);
	if (kvm_count > VMS_MAX)
		kvm_count = VMS_MAX;
	if (json)
		print_json(vms, count, kvm, kvm_count);
	else if (count || kvm_count)
		print_text(vms, count, kvm, kvm_count);
	else
		puts("no VM is running: vtrun starts one");
	free(vms);
	free(kvm);
	return STATUS_OK;
}
