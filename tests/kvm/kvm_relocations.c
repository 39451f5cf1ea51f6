// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load the BPF programs of the source kvm with the layouts of another kernel, and see that each field is read where
 * that kernel has it, as wide as it is there. Prints TAP lines without the plan.
 *
 *   kvm-relocations BTF       a kernel's BTF (tests/data/btf)
 *   kvm-relocations           the running kernel; its layouts are then those that tracefs tells
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "trace/bpf/kvm_shared.h"

#include "obj/bpf/kvm.skel.h"

static char complaint[512];

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*complaint)
		vsnprintf(complaint, sizeof(complaint), format, arguments);
	return 0;
}

/* What a program reads its context as; NULL if as nothing of its own. */
static const struct btf_type *context_of(const struct btf *btf, const struct bpf_program *program)
{
	int func = btf__find_by_name_kind(btf, bpf_program__name(program), BTF_KIND_FUNC);
	const struct btf_type *proto, *type;

	proto = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)func)->type);
	type = btf__type_by_id(btf, btf_params(proto)->type);
	type = btf_is_ptr(type) && type->type ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_struct(type) ? type : NULL;
}

/* Fields that only some kernels have: the programs look which. */
static bool is_optional(const char *type, const char *field)
{
	return !strcmp(type, "trace_event_raw_kvm_inj_virq") ||
	       (!strcmp(type, "trace_event_raw_kvm_inj_exception") && !strcmp(field, "reinjected"));
}

struct place {
	long offset, size; /* bytes; offset -1: no such field */
};

static struct place place_in_btf(const struct btf *kernel, const char *type, const char *field)
{
	int id = btf__find_by_name_kind(kernel, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(kernel, (__u32)id) : NULL;

	for (__u16 i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(kernel, btf_members(t)[i].name_off), field))
			return (struct place){
			    btf_member_bit_offset(t, i) / 8,
			    (long)btf__resolve_size(kernel, btf_members(t)[i].type)};
	return (struct place){-1, 0};
}

/* A line of tracefs: "field:unsigned int exit_reason; offset:8; size:4; signed:0;". */
static struct place place_in_tracefs(const char *section, const char *field)
{
	struct place place = {-1, 0};
	char path[256], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/format", section + 3);
	file = fopen(path, "r");
	while (file && place.offset < 0 && fgets(line, sizeof(line), file)) {
		char *end = strchr(line, ';'), *name;

		if (!strstr(line, "field:") || !end)
			continue;
		*end = '\0';
		name = strrchr(line, ' ');
		if (name && !strcmp(name + 1, field))
			sscanf(end + 1, " offset:%ld; size:%ld", &place.offset, &place.size);
	}
	if (file)
		fclose(file);
	return place;
}

/* Which registers may hold the context after an instruction that was reached with @holds of them. */
static unsigned context_after(const struct bpf_insn *insn, unsigned holds)
{
	unsigned class = BPF_CLASS(insn->code), to = 1u << insn->dst_reg;

	if (insn->code == (BPF_JMP | BPF_CALL))
		return holds & ~0x3fu; /* a call leaves R6 to R9 */
	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X))
		return holds >> insn->src_reg & 1 ? holds | to : holds & ~to;
	if (class == BPF_ALU || class == BPF_ALU64 || class == BPF_LD || class == BPF_LDX)
		return holds & ~to;
	return holds;
}

/* Does some instruction read the context there, so many bytes? It comes in R1; programs only jump forward. */
static bool reads(const struct bpf_program *program, struct place place)
{
	static const long sizes[] = {
	    [BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8};
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t count = bpf_program__insn_cnt(program);
	unsigned *reached = calloc(count + 1, sizeof(*reached));
	bool found = false;

	if (!reached)
		exit(2);
	reached[0] = 1u << 1;
	for (size_t i = 0; i < count && !found; i++) {
		const struct bpf_insn *insn = &insns[i];
		unsigned class = BPF_CLASS(insn->code);
		bool jumps = (class == BPF_JMP || class == BPF_JMP32) &&
			     BPF_OP(insn->code) != BPF_CALL && BPF_OP(insn->code) != BPF_EXIT;

		found = class == BPF_LDX && reached[i] >> insn->src_reg & 1 &&
			insn->off == place.offset && sizes[BPF_SIZE(insn->code) >> 3] == place.size;
		if (jumps && insn->off > 0)
			reached[i + 1 + (size_t)insn->off] |= reached[i];
		if (insn->code != (BPF_JMP | BPF_JA) && insn->code != (BPF_JMP | BPF_EXIT))
			reached[i + 1] |= context_after(insn, reached[i]);
	}
	free(reached);
	return found;
}

/* The fields of one program's context. */
static bool check(const struct bpf_program *program, const struct btf *own,
		  const struct btf_type *context, const struct btf *kernel)
{
	const char *type = btf__name_by_offset(own, context->name_off);
	bool right = true;

	for (__u16 i = 0; i < btf_vlen(context); i++) {
		const char *field = btf__name_by_offset(own, btf_members(context)[i].name_off);
		struct place place =
		    kernel ? place_in_btf(kernel, type, field)
			   : place_in_tracefs(bpf_program__section_name(program), field);

		if (place.offset < 0 ? !is_optional(type, field) : !reads(program, place)) {
			printf("# %s.%s: %s (offset %ld, %ld bytes)\n", type, field,
			       place.offset < 0 ? "that kernel has none" : "is not read there",
			       place.offset, place.size);
			right = false;
		}
	}
	return right;
}

/* Programs on tracepoints that the kernel has; the raw ones but for kvm_entry read nothing of the kernel's. */
static bool is_tested(const struct bpf_program *program, const struct btf *own,
		      const struct btf *kernel)
{
	const char *section = bpf_program__section_name(program);
	char path[256];

	if (strncmp(section, "tp/", 3))
		return !strncmp(section, "raw_tp/", 7);
	if (!context_of(own, program))
		return true;
	if (kernel)
		return btf__find_by_name_kind(
			   kernel, btf__name_by_offset(own, context_of(own, program)->name_off),
			   BTF_KIND_STRUCT) > 0;
	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/format", section + 3);
	return place_in_tracefs(section, "common_pid").offset > 0;
}

int main(int argc, char **argv)
{
	struct bpf_object_open_opts options = {.sz = sizeof(options),
					       .btf_custom_path = argc > 1 ? argv[1] : NULL};
	struct btf *kernel = argc > 1 ? btf__parse(argv[1], NULL) : NULL;
	struct kvm_bpf *programs;
	struct bpf_program *program;
	const struct btf *own;
	int status;

	libbpf_set_print(keep);
	programs = kvm_bpf__open_opts(&options);
	if (!programs || (argc > 1 && !kernel)) {
		fprintf(stderr, "kvm-relocations: %s\n",
			argc > 1 ? argv[1] : "the programs do not open");
		return 2;
	}
	own = bpf_object__btf(programs->obj);
	bpf_object__for_each_program(program, programs->obj)
	{
		bool tested = is_tested(program, own, kernel);

		bpf_program__set_autoload(program, tested);
		if (!tested && strncmp(bpf_program__section_name(program), "tp_btf/", 7))
			printf("# no %s there\n", bpf_program__section_name(program));
	}
	status = kvm_bpf__load(programs);
	printf("%s - the programs load\n", status ? "not ok" : "ok");
	if (status)
		printf("# %s", complaint);
	bpf_object__for_each_program(program, programs->obj)
	{
		const char *section = bpf_program__section_name(program);

		if (!status && bpf_program__autoload(program) && !strncmp(section, "tp/", 3) &&
		    context_of(own, program))
			printf("%s - %s reads its fields where they are\n",
			       check(program, own, context_of(own, program), kernel) ? "ok"
										     : "not ok",
			       section);
	}
	return status ? 1 : 0;
}
