/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT and STR, where they are to be counted (--intercept
 * descriptors): SDM vol. 2 for what they do, tables 28-11 and 28-12 for what an exit says of them.
 */
#include "core-vmm/dispatch/linear.h"

#define INFO_SCALE(i)	     ((unsigned)(i)&3)
#define INFO_REGISTER1(i)    ((unsigned)(i) >> 3 & 15)
#define INFO_ADDRESS_SIZE(i) ((unsigned)(i) >> 7 & 3)
#define INFO_IS_REGISTER(i)  ((i) >> 10 & 1)
#define INFO_SEGMENT(i)	     ((unsigned)(i) >> 15 & 7)
#define INFO_INDEX(i)	     ((unsigned)(i) >> 18 & 15)
#define INFO_NO_INDEX(i)     ((i) >> 22 & 1)
#define INFO_BASE(i)	     ((unsigned)(i) >> 23 & 15)
#define INFO_NO_BASE(i)	     ((i) >> 27 & 1)
#define INFO_IDENTITY(i)     ((unsigned)(i) >> 28 & 3)

/* Identities: the low bit says which register, the high one whether it is loaded. */
#define LOADS(identity)	 ((identity)&2)
#define SECOND(identity) ((identity)&1) /* IDTR; TR */

#define RIGHTS_BUSY    (1u << 1)
#define RIGHTS_PRESENT (1u << 7)
#define RIGHTS_SYSTEM  (1u << 4) /* clear: a system segment */
#define TYPE_LDT       2u
#define TYPE_TSS       9u
#define VECTOR_NP      11u
#define SELECTOR_TI    4u
#define SELECTOR_MASK  0xfff8u

/** The offset that the instruction gives. */
static uint64_t operand_offset(const struct vcpu *vcpu, const struct exit *exit, uint64_t info)
{
	static const uint64_t mask[4] = {0xffff, 0xffffffff, ~0ull, ~0ull};
	uint64_t offset = exit->qualification;

	if (!INFO_NO_BASE(info))
		offset += register_read(vcpu, INFO_BASE(info));
	if (!INFO_NO_INDEX(info))
		offset += register_read(vcpu, INFO_INDEX(info)) << INFO_SCALE(info);
	return offset & mask[INFO_ADDRESS_SIZE(info)];
}

/** Where the @bytes of the memory operand are, for @access (PF_W or 0). False: the exit is dealt with. */
static bool operand_find(struct vcpu *vcpu, struct exit *exit, uint64_t info, unsigned bytes,
			 uint32_t access, uint64_t *gla)
{
	unsigned number = INFO_SEGMENT(info);
	uint64_t offset = operand_offset(vcpu, exit, info);
	struct segment segment;

	linear_segment(number, &segment);
	if (linear_code64()) {
		*gla = number >= SEGMENT_FS ? segment.base + offset : offset;
		if (address_canonical(*gla))
			return true;
	} else {
		*gla = (uint32_t)(segment.base + offset);
		if (segment_allows(&segment, (uint32_t)offset, bytes, access))
			return true;
	}
	inject_exception(vcpu, exit, segment_vector(number), 0);
	return false;
}

bool handle_gdtr_idtr(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t info = vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	unsigned identity = INFO_IDENTITY(info), bytes = linear_code64() ? 10 : 6;
	enum vmcs_field base = SECOND(identity) ? VMCS_GUEST_IDTR_BASE : VMCS_GUEST_GDTR_BASE;
	enum vmcs_field limit = SECOND(identity) ? VMCS_GUEST_IDTR_LIMIT : VMCS_GUEST_GDTR_LIMIT;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {0};
	uint64_t address;

	exit->how = VTS_EXIT_EMULATED;
	if (!operand_find(vcpu, exit, info, bytes, LOADS(identity) ? 0 : PF_W, &address))
		return true;
	if (!LOADS(identity)) {
		pointer.limit = (uint16_t)vmcs_read(limit);
		pointer.base = vmcs_read(base);
		if (!linear_write(vcpu, exit, address, &pointer, bytes, linear_access(exit)))
			return true;
	} else {
		if (!linear_read(vcpu, exit, address, &pointer, bytes, linear_access(exit)))
			return true;
		if (!address_canonical(pointer.base))
			return inject_exception(vcpu, exit, VECTOR_GP, 0);
		vmcs_write(limit, pointer.limit);
		vmcs_write(base, pointer.base);
	}
	instruction_skip(exit);
	return true;
}

/** A descriptor's base, limit and access rights as the VMCS wants them. */
static void descriptor_load(bool task, uint16_t selector, const uint64_t descriptor[2])
{
	uint64_t low = descriptor[0], rights = (low >> 40 & 0xff) | (low >> 40 & 0xf000);
	uint64_t limit = (low & 0xffff) | (low >> 32 & 0xf0000);
	uint64_t base = (low >> 16 & 0xffffff) | (low >> 32 & 0xff000000) | descriptor[1] << 32;

	if (rights & 1u << 15)
		limit = limit << 12 | 0xfff;
	vmcs_write(task ? VMCS_GUEST_TR_SELECTOR : VMCS_GUEST_LDTR_SELECTOR, selector);
	vmcs_write(task ? VMCS_GUEST_TR_BASE : VMCS_GUEST_LDTR_BASE, base);
	vmcs_write(task ? VMCS_GUEST_TR_LIMIT : VMCS_GUEST_LDTR_LIMIT, limit);
	vmcs_write(task ? VMCS_GUEST_TR_RIGHTS : VMCS_GUEST_LDTR_RIGHTS,
		   task ? rights | RIGHTS_BUSY : rights);
}

/** LLDT or LTR. False: the exit is dealt with otherwise. */
static bool selector_load(struct vcpu *vcpu, struct exit *exit, bool task, uint16_t selector)
{
	unsigned index = selector & SELECTOR_MASK, bytes = linear_code64() ? 16 : 8;
	uint64_t descriptor[2] = {0, 0}, at = vmcs_read(VMCS_GUEST_GDTR_BASE) + index;
	unsigned type = task ? TYPE_TSS : TYPE_LDT, rights;

	if (!index && !task) {
		vmcs_write(VMCS_GUEST_LDTR_SELECTOR, selector);
		vmcs_write(VMCS_GUEST_LDTR_RIGHTS, RIGHTS_UNUSABLE);
		return true;
	}
	if (!index || selector & SELECTOR_TI ||
	    index + bytes - 1 > vmcs_read(VMCS_GUEST_GDTR_LIMIT)) {
		inject_exception(vcpu, exit, VECTOR_GP, index ? selector & ~3u : 0);
		return false;
	}
	if (!linear_read(vcpu, exit, at, descriptor, bytes, 0))
		return false;
	rights = descriptor[0] >> 40 & 0xff;
	if (rights & RIGHTS_SYSTEM ||
	    ((rights & 15) != type && !(task && !linear_code64() && (rights & 15) == 1))) {
		inject_exception(vcpu, exit, VECTOR_GP, selector & ~3u);
		return false;
	}
	if (!(rights & RIGHTS_PRESENT)) {
		inject_exception(vcpu, exit, VECTOR_NP, selector & ~3u);
		return false;
	}
	if (task) {
		uint8_t busy = (uint8_t)(rights | RIGHTS_BUSY);

		if (!linear_write(vcpu, exit, at + 5, &busy, 1, 0))
			return false;
	}
	descriptor_load(task, selector, descriptor);
	return true;
}

bool handle_ldtr_tr(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t info = vmcs_read(VMCS_EXIT_INSTRUCTION_INFO), address = 0;
	unsigned identity = INFO_IDENTITY(info);
	bool in_register = INFO_IS_REGISTER(info), task = SECOND(identity);
	uint16_t selector;

	exit->how = VTS_EXIT_EMULATED;
	if (!in_register &&
	    !operand_find(vcpu, exit, info, 2, LOADS(identity) ? 0 : PF_W, &address))
		return true;
	if (LOADS(identity)) {
		selector = (uint16_t)register_read(vcpu, INFO_REGISTER1(info));
		if (!in_register &&
		    !linear_read(vcpu, exit, address, &selector, 2, linear_access(exit)))
			return true;
		if (!selector_load(vcpu, exit, task, selector))
			return true;
	} else {
		selector =
		    (uint16_t)vmcs_read(task ? VMCS_GUEST_TR_SELECTOR : VMCS_GUEST_LDTR_SELECTOR);
		/* The operand size is not told: zero-extended, as with a 32- or 64-bit register. */
		if (in_register)
			register_write(vcpu, INFO_REGISTER1(info), selector);
		else if (!linear_write(vcpu, exit, address, &selector, 2, linear_access(exit)))
			return true;
	}
	instruction_skip(exit);
	return true;
}
