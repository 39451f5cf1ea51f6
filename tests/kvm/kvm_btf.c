// SPDX-License-Identifier: GPL-2.0-only
/*
 * Store of a kernel's BTF what the BPF programs ask for: the structures that trace/bpf/kernel.h names, whole, as
 * that kernel lays them out, in a few KiB (tests/kvm/store-btf makes the files of tests/data/btf with it).
 *
 *   kvm-btf VMLINUX KVM.KO OUT    ELF files with a section .BTF
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "trace/bpf/kvm_shared.h"

#include "obj/bpf/kvm.skel.h"

/* An integer of this size and sign, added once. */
static int add_integer(struct btf *out, size_t size, bool is_signed)
{
	char name[16];
	int type;

	snprintf(name, sizeof(name), "%c%zu", is_signed ? 's' : 'u', size * 8);
	type = btf__find_by_name_kind(out, name, BTF_KIND_INT);
	return type > 0 ? type : btf__add_int(out, name, size, is_signed ? BTF_INT_SIGNED : 0);
}

static bool is_signed(const struct btf *kernel, int type)
{
	const struct btf_type *t =
	    btf__type_by_id(kernel, (__u32)btf__resolve_type(kernel, (__u32)type));

	return btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
}

/* Scalars keep offset, size and sign; the rest (arrays, structures, bit fields) is left out. */
static int copy_struct(struct btf *out, const struct btf *kernel, const struct btf_type *from)
{
	const char *name = btf__name_by_offset(kernel, from->name_off);
	int made;

	for (__u16 i = 0; i < btf_vlen(from);
	     i++) { /* first, since a structure's members follow it at once */
		const struct btf_member *m = btf_members(from) + i;
		long long size = btf__resolve_size(kernel, m->type);

		if (size > 0 && size <= 8 && !(size & (size - 1)))
			add_integer(out, (size_t)size, is_signed(kernel, (int)m->type));
	}
	made = btf__add_struct(out, name, from->size);
	for (__u16 i = 0; i < btf_vlen(from) && made > 0; i++) {
		const struct btf_member *m = btf_members(from) + i;
		const char *field = btf__name_by_offset(kernel, m->name_off);
		const struct btf_type *type =
		    btf__type_by_id(kernel, (__u32)btf__resolve_type(kernel, m->type));
		long long size = btf__resolve_size(kernel, m->type);

		if (!*field || btf_member_bitfield_size(from, i) ||
		    !(btf_is_int(type) || btf_is_any_enum(type) || btf_is_ptr(type)))
			continue;
		if (btf__add_field(out, field,
				   add_integer(out, (size_t)size, is_signed(kernel, (int)m->type)),
				   btf_member_bit_offset(from, i), 0))
			return -1;
	}
	return made;
}

static bool is_wanted(const char *name)
{
	return !strncmp(name, "trace_event_raw_", 16) || !strcmp(name, "kvm_vcpu___kernel");
}

static int copy(struct btf *out, const struct btf *kernel, const struct btf *programs)
{
	int copied = 0;

	for (__u32 i = 1; i < btf__type_cnt(programs); i++) {
		const struct btf_type *type = btf__type_by_id(programs, i);
		char name[128];
		int found;

		if (!btf_is_struct(type) ||
		    !is_wanted(btf__name_by_offset(programs, type->name_off)))
			continue;
		snprintf(name, sizeof(name), "%s", btf__name_by_offset(programs, type->name_off));
		if (strstr(name, "___"))
			*strstr(name, "___") = '\0';
		found = btf__find_by_name_kind(kernel, name, BTF_KIND_STRUCT);
		if (found > 0 &&
		    copy_struct(out, kernel, btf__type_by_id(kernel, (__u32)found)) < 0)
			return -1;
		copied += found > 0;
		if (found <= 0)
			fprintf(stderr, "kvm-btf: that kernel has no struct %s\n", name);
	}
	return copied;
}

int main(int argc, char **argv)
{
	struct btf *base = argc == 4 ? btf__parse(argv[1], NULL) : NULL;
	struct btf *kernel = base ? btf__parse_split(argv[2], base) : NULL;
	struct kvm_bpf *programs = kvm_bpf__open();
	struct btf *out = btf__new_empty();
	const void *data;
	__u32 size;
	FILE *file;

	if (!kernel || !programs || !out ||
	    copy(out, kernel, bpf_object__btf(programs->obj)) <= 0) {
		fputs("usage: kvm-btf VMLINUX KVM.KO OUT, both with a section .BTF\n", stderr);
		return 2;
	}
	data = btf__raw_data(out, &size);
	file = fopen(argv[3], "w");
	if (!data || !file || fwrite(data, size, 1, file) != 1 || fclose(file)) {
		perror(argv[3]);
		return 2;
	}
	return 0;
}
