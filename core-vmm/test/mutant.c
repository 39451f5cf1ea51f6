/* SPDX-License-Identifier: GPL-2.0-only */
/* VMMs with one thing wrong in their paging, by number (lib/vmm-mutant-N.elf): tests of paging must
 * notice. */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/test/wrap.h"

extern char mutation[]; /* its address is the number: --defsym */
#define MUTATION(n) ((uint64_t)mutation == (n))

WRAP(enum vts_how, shadow_fault, struct vcpu *vcpu, uint64_t gla, uint32_t access,
     struct shadow_fault *out);
WRAP(int, shadow_write, struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes);

/** 1: a fault does not say that a reserved bit was set. */
enum vts_how __wrap_shadow_fault(struct vcpu *vcpu, uint64_t gla, uint32_t access,
				 struct shadow_fault *out)
{
	enum vts_how how = __real_shadow_fault(vcpu, gla, access, out);

	if (MUTATION(1) && how == VTS_SHADOW_FAULT_TRUE_FAULT)
		out->error_code &= ~8u;
	return how;
}

/** 2: what was made from an entry stays when the guest writes another. */
int __wrap_shadow_write(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes)
{
	return MUTATION(2) ? guest_memory_write(&vcpu->vm->memory, gpa, from, bytes)
			   : __real_shadow_write(vcpu, gpa, from, bytes);
}
