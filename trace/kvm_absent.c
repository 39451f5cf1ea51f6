/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of kvm_source.c where what builds it was not found. */
#include "error.h"
#include "kvm_source.h"

struct vts_source *vts_source_open_kvm(const struct vts_kvm_options *options,
				       struct vts_error *error)
{
	(void)options;
	error_set(
	    error,
	    "KVM: this build cannot read it: install Debian's libbpf-dev, clang and bpftool, then "
	    "configure and make again");
	return NULL;
}
