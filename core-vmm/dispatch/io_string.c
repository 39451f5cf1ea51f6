/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS. The processor says where memory is accessed (SDM vol. 3, 28.2.1: guest-linear
 * address), but has not looked whether it may be: the walk does that, and faults as the processor
 * would. One exit moves what lies in one page; the instruction then runs again for the next, so a
 * fault there is precise.
 */
#include "core-vmm/dispatch/io.h"
#include "core-vmm/dispatch/linear.h"
#include "core-vmm/memory/paging.h"

#define RFLAGS_DF (1u << 10)

/* Exit instruction information: SDM table 28-8. */
#define INFO_ADDRESS_SIZE(info) ((info) >> 7 & 3)

struct string_io {
	struct vcpu *vcpu;
	struct exit *exit;
	const struct port_range *range;
	unsigned size, access;
	bool in;
};

/** The part of a register that an instruction of this address size uses. */
static uint64_t address_mask(unsigned address_size)
{
	return address_size == 0 ? 0xffff : address_size == 1 ? 0xffffffff : ~0ull;
}

static void register_add(uint64_t *reg, uint64_t value, unsigned address_size)
{
	uint64_t mask = address_mask(address_size), sum = (*reg + value) & mask;

	/* A 16-bit result keeps what is above it, a 32-bit one clears it. */
	*reg = address_size == 0 ? (*reg & ~mask) | sum : sum;
}

/** Move one element, whose bytes from @split on lie at @gpa[1]. */
static bool element_move(const struct string_io *io, const uint64_t gpa[2], unsigned split)
{
	struct vcpu *vcpu = io->vcpu;
	const struct port_range *range = io->range;
	unsigned offset = IO_PORT(io->exit->qualification) - range->first;
	uint32_t value = 0;
	char *bytes = (char *)&value;

	if (!io->in) {
		if (guest_memory_read(&vcpu->vm->memory, gpa[0], bytes, split) ||
		    guest_memory_read(&vcpu->vm->memory, gpa[1], bytes + split, io->size - split))
			return false;
		range->write(vcpu, io->exit, offset, io->size, value);
		return true;
	}
	value = range->read(vcpu->vm, offset, io->size);
	return !vcpu->vm->paging->write(vcpu, gpa[0], bytes, split) &&
	       (split == io->size ||
		!vcpu->vm->paging->write(vcpu, gpa[1], bytes + split, io->size - split));
}

/** Elements from @gla on, until @count are done or the page ends. How many were moved; 0: the exit
 *  is dealt with, or @failed. */
static uint64_t elements_move(const struct string_io *io, uint64_t gla, int64_t step,
			      uint64_t count, bool *failed)
{
	uint64_t page = gla & PAGE_MASK, done = 0, gpa[2];
	unsigned split =
	    (unsigned)(page + PAGE_SIZE - gla < io->size ? page + PAGE_SIZE - gla : io->size);

	if (!linear_translate(io->vcpu, io->exit, gla, io->access, &gpa[0]))
		return 0;
	gpa[1] = gpa[0];
	if (split < io->size &&
	    !linear_translate(io->vcpu, io->exit, page + PAGE_SIZE, io->access, &gpa[1]))
		return 0;
	do {
		if (!element_move(io, gpa, split)) {
			*failed = true;
			break;
		}
		done++;
		gla += (uint64_t)step;
		gpa[0] += (uint64_t)step;
	} while (done < count && split == io->size && (gla & PAGE_MASK) == page &&
		 ((gla + io->size - 1) & PAGE_MASK) == page && !io->vcpu->vm->stop.stopped);
	return done;
}

bool handle_io_string(struct vcpu *vcpu, struct exit *exit, const struct port_range *range)
{
	uint64_t q = exit->qualification, rflags = vmcs_read(VMCS_GUEST_RFLAGS), done;
	unsigned address_size = INFO_ADDRESS_SIZE(vmcs_read(VMCS_EXIT_INSTRUCTION_INFO));
	struct string_io io = {
	    .vcpu = vcpu,
	    .exit = exit,
	    .range = range,
	    .size = IO_SIZE(q),
	    .in = IO_IN(q),
	    .access = (IO_IN(q) ? PF_W : 0) | linear_access(exit),
	};
	uint64_t count = IO_REP(q) ? vcpu->gpr[RCX] & address_mask(address_size) : 1;
	int64_t step = rflags & RFLAGS_DF ? -(int64_t)io.size : (int64_t)io.size;
	bool failed = false;

	exit->gla = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
	exit->flags |= VTS_FLAG_GLA_VALID;
	done = count ? elements_move(&io, exit->gla, step, count, &failed) : 0;
	if (failed)
		return false;
	if (count && !done)
		return true;
	register_add(&vcpu->gpr[io.in ? RDI : RSI], done * (uint64_t)step, address_size);
	if (IO_REP(q))
		register_add(&vcpu->gpr[RCX], -done, address_size);
	if (done)
		io_record(vcpu, exit, range->device, done * io.size, 0);
	if (done == count)
		instruction_skip(exit);
	return true;
}
