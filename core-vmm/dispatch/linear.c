/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/linear.h"

#include "core-vmm/memory/paging.h"

uint32_t linear_access(const struct exit *exit)
{
	return (exit->flags & VTS_FLAG_USER ? PF_U : 0) |
	       (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC ? ACCESS_AC : 0);
}

bool linear_alignment(const struct exit *exit)
{
	return exit->flags & VTS_FLAG_USER && vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC &&
	       vmcs_read(VMCS_GUEST_CR0) & CR0_AM;
}

bool linear_code64(void)
{
	return vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L && vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;
}

/** A field of segment register @number; those of ES come first, and they lie two apart. */
static uint64_t segment_field(enum vmcs_field es, unsigned number)
{
	return vmcs_read((enum vmcs_field)(es + 2 * number));
}

void linear_segment(unsigned number, struct segment *segment)
{
	segment->base = segment_field(VMCS_GUEST_ES_BASE, number);
	segment->limit = (uint32_t)segment_field(VMCS_GUEST_ES_LIMIT, number);
	segment->rights = (uint32_t)segment_field(VMCS_GUEST_ES_RIGHTS, number);
}

bool linear_translate(struct vcpu *vcpu, struct exit *exit, uint64_t gla, uint32_t access,
		      uint64_t *gpa)
{
	uint64_t reserved = capability_reserved(vcpu->capability);
	struct walk walk;

	if (!address_canonical(gla)) {
		inject_exception(vcpu, exit, VECTOR_GP, 0);
		return false;
	}
	vcpu->vm->paging->sync(vcpu);
	switch (guest_walk(&vcpu->vm->memory, &vcpu->paging, reserved, gla, access, &walk)) {
	case WALK_FAULT:
		inject_page_fault(vcpu, exit, gla, walk.error_code);
		return false;
	case WALK_OK:
		*gpa = walk.gpa;
		if (guest_memory_has(&vcpu->vm->memory, walk.gpa, 1))
			return true;
		break;
	case WALK_OUTSIDE:
		break;
	}
	platform_log("an instruction of the guest accesses an address outside its memory");
	guest_dump(vcpu, exit);
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_OUTSIDE_MEMORY, 0, walk.gpa);
	return false;
}

/** Translate both ends of what may cross a page; @split: bytes in the first. */
static bool range_translate(struct vcpu *vcpu, struct exit *exit, uint64_t gla, unsigned bytes,
			    uint32_t access, uint64_t gpa[2], unsigned *split)
{
	uint64_t room = PAGE_SIZE - (gla & (PAGE_SIZE - 1));

	*split = room < bytes ? (unsigned)room : bytes;
	gpa[1] = 0;
	return linear_translate(vcpu, exit, gla, access, &gpa[0]) &&
	       (*split == bytes || linear_translate(vcpu, exit, gla + *split, access, &gpa[1]));
}

bool linear_read(struct vcpu *vcpu, struct exit *exit, uint64_t gla, void *to, unsigned bytes,
		 uint32_t access)
{
	struct guest_memory *memory = &vcpu->vm->memory;
	uint64_t gpa[2];
	unsigned split;

	return range_translate(vcpu, exit, gla, bytes, access, gpa, &split) &&
	       !guest_memory_read(memory, gpa[0], to, split) &&
	       (split == bytes ||
		!guest_memory_read(memory, gpa[1], (char *)to + split, bytes - split));
}

bool linear_write(struct vcpu *vcpu, struct exit *exit, uint64_t gla, const void *from,
		  unsigned bytes, uint32_t access)
{
	const struct paging_ops *paging = vcpu->vm->paging;
	uint64_t gpa[2];
	unsigned split;

	return range_translate(vcpu, exit, gla, bytes, access | PF_W, gpa, &split) &&
	       !paging->write(vcpu, gpa[0], from, split) &&
	       (split == bytes ||
		!paging->write(vcpu, gpa[1], (const char *)from + split, bytes - split));
}
