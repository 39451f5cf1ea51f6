/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS. Such an exit comes before the segment, the alignment and the page are looked at (SDM
 * vol. 3, 26.1.1), so all that is done here, and faults as the processor would. One exit moves what
 * lies in one page; the instruction then runs again for the next, so a fault there is precise.
 */
#include "core-vmm/dispatch/io.h"
#include "core-vmm/dispatch/linear.h"
#include "core-vmm/memory/paging.h"

#define RFLAGS_DF (1u << 10)

/* Exit instruction information: SDM table 28-8. */
#define INFO_ADDRESS_BYTES(info) (2u << ((info) >> 7 & 3))
#define INFO_SEGMENT(info)	 ((unsigned)(info) >> 15 & 7) /* of OUTS */

struct string_io {
	struct vcpu *vcpu;
	struct exit *exit;
	const struct bus_region *region;
	unsigned size, access, address_bytes;
	int64_t step;
	bool in;
	bool long_mode; /* 64-bit mode: no segment */
	bool alignment; /* is checked */
	unsigned segment_number;
	struct segment segment;
};

/** Move one element, whose bytes from @split on lie at @gpa[1]. */
static bool element_move(const struct string_io *io, const uint64_t gpa[2], unsigned split)
{
	struct vcpu *vcpu = io->vcpu;
	const struct bus_region *region = io->region;
	unsigned offset = IO_PORT(io->exit->qualification) - region->first;
	uint32_t value = 0;
	char *bytes = (char *)&value;

	if (!io->in) {
		if (guest_memory_read(&vcpu->vm->memory, gpa[0], bytes, split) ||
		    guest_memory_read(&vcpu->vm->memory, gpa[1], bytes + split, io->size - split))
			return false;
		region->write(vcpu, io->exit, region->state, offset, io->size, value);
		return true;
	}
	value = (uint32_t)region->read(vcpu, region->state, offset, io->size);
	return !vcpu->vm->paging->write(vcpu, gpa[0], bytes, split) &&
	       (split == io->size ||
		!vcpu->vm->paging->write(vcpu, gpa[1], bytes + split, io->size - split));
}

/** What the address of an element raises before paging has a say; 0: nothing. */
static unsigned element_vector(const struct string_io *io, uint64_t offset, uint64_t gla)
{
	if (!io->long_mode &&
	    !segment_allows(&io->segment, (uint32_t)offset, io->size, io->access & PF_W))
		return segment_vector(io->segment_number);
	if (!address_canonical(gla) || !address_canonical(gla + io->size - 1))
		return VECTOR_GP;
	return io->alignment && gla & (io->size - 1) ? VECTOR_AC : 0;
}

/** How many of an element's bytes lie in the page of @gla. */
static unsigned element_split(const struct string_io *io, uint64_t gla)
{
	uint64_t room = PAGE_SIZE - (gla & (PAGE_SIZE - 1));

	return room < io->size ? (unsigned)room : io->size;
}

/** Where an element is; what lies in the next page at @gpa[1]. False: the exit is dealt with. */
static bool element_translate(const struct string_io *io, uint64_t offset, uint64_t gla,
			      uint64_t gpa[2])
{
	unsigned vector = element_vector(io, offset, gla), split = element_split(io, gla);
	uint64_t second = gla + split;

	if (vector) {
		inject_exception(io->vcpu, io->exit, vector, 0);
		return false;
	}
	if (!linear_translate(io->vcpu, io->exit, gla, io->access, &gpa[0]))
		return false;
	gpa[1] = gpa[0];
	if (!io->long_mode)
		second = (uint32_t)second;
	return split == io->size ||
	       linear_translate(io->vcpu, io->exit, second, io->access, &gpa[1]);
}

/** Whether the element after the one at @offset and @gla lies in the same page, with nothing new to
 *  check. */
static bool element_continues(const struct string_io *io, uint64_t offset, uint64_t gla)
{
	uint64_t next = offset + (uint64_t)io->step, next_gla = gla + (uint64_t)io->step;

	return next == low_bytes(next, io->address_bytes) && !((gla ^ next_gla) & PAGE_MASK) &&
	       !((gla ^ (next_gla + io->size - 1)) & PAGE_MASK) &&
	       !element_vector(io, next, next_gla);
}

/** How many elements from @offset on lie in the same page, with nothing new to check: none, or at
 *  least 2. */
static uint64_t elements_alike(const struct string_io *io, uint64_t offset, uint64_t count)
{
	uint64_t gla = io->exit->gla, alike = (PAGE_SIZE - (gla & (PAGE_SIZE - 1))) / io->size,
		 last;

	if (alike > count)
		alike = count;
	last = (alike - 1) * io->size;
	if (io->step < 0 || alike < 2 ||
	    offset + last != low_bytes(offset + last, io->address_bytes) ||
	    element_vector(io, offset + last, gla + last))
		return 0;
	return alike;
}

/** As elements_move, for a device that hands out its buffer. 0: it does not, or not now. */
static uint64_t bulk_move(const struct string_io *io, uint64_t offset, uint64_t gpa, uint64_t count,
			  bool *failed)
{
	const struct bus_region *region = io->region;
	struct vcpu *vcpu = io->vcpu;
	uint64_t bytes = elements_alike(io, offset, count) * io->size, done = 0, part;

	while (done < bytes) {
		void *buffer;

		part = bytes - done;
		buffer =
		    region->bulk(vcpu, region->state,
				 IO_PORT(io->exit->qualification) - region->first, io->in, &part);
		if (!buffer || part < io->size)
			break;
		part -= part % io->size;
		if (io->in ? vcpu->vm->paging->write(vcpu, gpa + done, buffer, (unsigned)part)
			   : guest_memory_read(&vcpu->vm->memory, gpa + done, buffer, part)) {
			*failed = true;
			break;
		}
		region->bulk_moved(vcpu, region->state, part);
		done += part;
	}
	return done / io->size;
}

/** Elements from @offset on, until @count are done or the page ends. How many were moved; 0: the
 *  exit is dealt with, or @failed. */
static uint64_t elements_move(const struct string_io *io, uint64_t offset, uint64_t count,
			      bool *failed)
{
	uint64_t gla = io->exit->gla, done = 0, gpa[2];
	unsigned split = element_split(io, gla);
	bool on;

	if (!element_translate(io, offset, gla, gpa))
		return 0;
	if (io->region->bulk)
		done = bulk_move(io, offset, gpa[0], count, failed);
	if (done || *failed)
		return done;
	do {
		if (!element_move(io, gpa, split)) {
			*failed = true;
			break;
		}
		on = split == io->size && element_continues(io, offset, gla);
		offset += (uint64_t)io->step;
		gla += (uint64_t)io->step;
		gpa[0] += (uint64_t)io->step;
	} while (++done < count && on && !io->vcpu->vm->stop.stopped);
	return done;
}

static void string_io_prepare(struct string_io *io, uint64_t rflags)
{
	uint64_t q = io->exit->qualification, info = vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);

	io->size = IO_SIZE(q);
	io->in = IO_IN(q);
	io->access = (io->in ? PF_W : 0) | linear_access(io->exit);
	io->step = rflags & RFLAGS_DF ? -(int64_t)io->size : (int64_t)io->size;
	io->address_bytes = INFO_ADDRESS_BYTES(info);
	io->alignment = linear_alignment(io->exit);
	io->long_mode = linear_code64();
	if (io->long_mode)
		return;
	io->segment_number = io->in ? SEGMENT_ES : INFO_SEGMENT(info);
	linear_segment(io->segment_number, &io->segment);
}

bool handle_io_string(struct vcpu *vcpu, struct exit *exit, const struct bus_region *region)
{
	uint64_t rflags = vmcs_read(VMCS_GUEST_RFLAGS), offset, count = 1, done = 0;
	struct string_io io = {.vcpu = vcpu, .exit = exit, .region = region};
	uint64_t *reg;
	bool failed = false;

	string_io_prepare(&io, rflags);
	reg = &vcpu->gpr[io.in ? RDI : RSI];
	offset = low_bytes(*reg, io.address_bytes);
	/* undefined where the segment is unusable (SDM vol. 3, 28.2.1) */
	exit->gla = io.long_mode ? vmcs_read(VMCS_GUEST_LINEAR_ADDRESS)
				 : (uint32_t)(io.segment.base + offset);
	exit->flags |= VTS_FLAG_GLA_VALID;
	if (IO_REP(exit->qualification))
		count = low_bytes(vcpu->gpr[RCX], io.address_bytes);
	/* a single step is one iteration */
	if (count)
		done = elements_move(&io, offset, rflags & RFLAGS_TF ? 1 : count, &failed);
	if (failed)
		return false;
	if (count && !done)
		return true;
	/* With a count of 0 a 32-bit RSI or RDI loses its upper half, and RCX does not. */
	address_add(reg, done * (uint64_t)io.step, io.address_bytes);
	if (done && IO_REP(exit->qualification))
		address_add(&vcpu->gpr[RCX], -done, io.address_bytes);
	if (done)
		io_record(vcpu, region->device, !io.in, IO_PORT(exit->qualification),
			  done * io.size, 0);
	if (done == count)
		instruction_skip(exit);
	else if (rflags & RFLAGS_TF)
		vmcs_write(VMCS_GUEST_PENDING_DEBUG, PENDING_DEBUG_STEP);
	return true;
}
