/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/mmio.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/dispatch/emulate.h"
#include "core-vmm/dispatch/io.h"
#include "core-vmm/interpret/operand.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/memory/walk_known.h"

/** What the interpreter's callbacks need. */
struct mmio {
	struct vcpu *vcpu;
	struct exit *exit;
};

bool mmio_has(const struct vcpu *vcpu, uint64_t gpa)
{
	return bus_find(&vcpu->vm->devices->memory, gpa);
}

bool mmio_takes(const struct vcpu *vcpu, const struct exit *exit, uint64_t gpa, uint32_t access)
{
	return !(access & PF_ID) && !(exit->vectoring & INTERRUPTION_VALID) && mmio_has(vcpu, gpa);
}

static bool device_has(void *context, uint64_t gpa)
{
	const struct mmio *mmio = context;

	return mmio_has(mmio->vcpu, gpa);
}

/** How much of @bytes at @gpa is one access: what is as large as devices take, and aligned; else a byte. */
static unsigned access_bytes(uint64_t gpa, unsigned bytes)
{
	unsigned size = 8;

	while (size > bytes || gpa & (size - 1))
		size /= 2;
	return size;
}

/** One access. Where no device is, reads give ones. */
static uint64_t device_access(const struct mmio *mmio, uint64_t gpa, unsigned bytes, bool write,
			      uint64_t value)
{
	struct vcpu *vcpu = mmio->vcpu;
	struct bus_region *region = bus_find(&vcpu->vm->devices->memory, gpa);
	uint64_t offset = region ? gpa - region->first : 0;
	bool answered = region && bytes <= region->bytes - offset;

	if (answered && write)
		region->write(vcpu, mmio->exit, region->state, offset, bytes, value);
	else if (!write)
		value = low_bytes(
		    answered ? region->read(vcpu, region->state, offset, bytes) : ~0ull, bytes);
	io_record(vcpu, answered ? region->device : VTS_DEVICE_NONE, write, gpa, bytes, value);
	return value;
}

static void device_read(void *context, uint64_t gpa, void *to, unsigned bytes)
{
	for (unsigned done = 0, size; done < bytes; done += size) {
		uint64_t value;

		size = access_bytes(gpa + done, bytes - done);
		value = device_access(context, gpa + done, size, false, 0);
		__builtin_memcpy((char *)to + done, &value, size);
	}
}

static int memory_write(void *context, uint64_t gpa, const void *from, unsigned bytes)
{
	const struct mmio *mmio = context;
	struct vm *vm = mmio->vcpu->vm;

	if (guest_memory_has(&vm->memory, gpa, 1))
		return vm->paging->write(mmio->vcpu, gpa, from, bytes);
	for (unsigned done = 0, size; done < bytes; done += size) {
		uint64_t value = 0;

		size = access_bytes(gpa + done, bytes - done);
		__builtin_memcpy(&value, (const char *)from + done, size);
		device_access(mmio, gpa + done, size, true, value);
	}
	return 0;
}

/** Where the code at RIP is, if it is 64-bit code and lies in one page; NULL: it is to be fetched, and may fault. */
static const uint8_t *code_find(struct vcpu *vcpu, const struct interpret *in)
{
	struct walks_known *known = &vcpu->vm->devices->code;
	struct guest_memory *memory = &vcpu->vm->memory;
	uint64_t cr3 = vcpu->paging.cr3, gpa, hpa;
	struct walk walk;

	if (!in->long_mode || (in->rip & (PAGE_SIZE - 1)) > PAGE_SIZE - INTERPRET_CODE_BYTES)
		return NULL;
	if (!walk_recall(known, cr3, in->rip, WALK_WHO_FETCHED, &gpa)) {
		if (guest_walk(memory, &vcpu->paging, in->reserved, in->rip,
			       PF_ID | (in->cpl == 3 ? PF_U : 0), &walk) != WALK_OK)
			return NULL;
		gpa = walk.gpa;
		walk_remember(known, memory, cr3, in->rip, WALK_WHO_FETCHED, &walk);
	}
	hpa = guest_memory_find(memory, gpa);
	return hpa ? platform_virt(hpa) : NULL;
}

/** The MOV in 64-bit code that accesses @gpa at exit->gla, whole and aligned, and was seen before; or NULL. */
static const struct instruction *move_find(struct vcpu *vcpu, const struct exit *exit,
					   struct interpret *in)
{
	struct devices *devices = vcpu->vm->devices;
	const struct instruction *instruction;
	enum decode_outcome outcome;
	uint64_t gpa, hpa;

	in->rip = exit->rip;
	in->rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	in->gpr = vcpu->gpr;
	vcpu->gpr[RSP] = vmcs_read(VMCS_GUEST_RSP);
	if (in->rflags & RFLAGS_AC || !linear_code64() ||
	    (in->rip & (PAGE_SIZE - 1)) > PAGE_SIZE - INTERPRET_CODE_BYTES ||
	    !walk_recall(&devices->code, exit->cr3, in->rip, WALK_WHO_FETCHED, &gpa))
		return NULL;
	hpa = guest_memory_find(&vcpu->vm->memory, gpa);
	instruction =
	    hpa ? decode_cached(&devices->decoded, in->rip, platform_virt(hpa), &outcome) : NULL;
	if (!instruction || instruction->operation != OP_MOV || !instruction->memory ||
	    instruction->segment >= SEGMENT_FS || exit->gla & (instruction->bytes - 1u) ||
	    operand_offset(in, instruction) != exit->gla)
		return NULL;
	return instruction;
}

/** What most drivers do most of the time, without the interpreter. False: nothing is done. */
static bool move_emulate(const struct mmio *mmio, uint64_t gpa)
{
	struct vcpu *vcpu = mmio->vcpu;
	struct interpret in;
	const struct instruction *move = move_find(vcpu, mmio->exit, &in);
	uint64_t *reg;

	if (!move)
		return false;
	reg = &vcpu->gpr[move->reg];
	switch (move->form) {
	case FORM_REG_RM:
		register_store(reg, move->reg_shift, move->bytes,
			       device_access(mmio, gpa, move->bytes, false, 0));
		break;
	case FORM_RM_REG:
		device_access(mmio, gpa, move->bytes, true,
			      low_bytes(*reg >> move->reg_shift, move->bytes));
		break;
	case FORM_RM_IMM:
		device_access(mmio, gpa, move->bytes, true,
			      low_bytes(move->immediate, move->bytes));
		break;
	default:
		return false;
	}
	in.rip += move->length;
	in.rflags &= ~(uint64_t)RFLAGS_RF;
	emulate_finish(vcpu, &in, true);
	return true;
}

void mmio_remember(struct vcpu *vcpu, uint64_t gla, uint32_t access)
{
	struct walks_known *known = &vcpu->vm->devices->data;
	struct guest_memory *memory = &vcpu->vm->memory;
	const struct guest_paging *paging = &vcpu->paging;
	struct walk walk;

	if (walk_format(paging) != WALK_LONG ||
	    guest_walk(memory, paging, capability_reserved(vcpu->capability), gla, access, &walk) !=
		WALK_OK)
		return;
	walk_remember(known, memory, paging->cr3, gla, walk_who(paging, access), &walk);
	vcpu->device_gla = gla & PAGE_MASK;
}

bool mmio_recall(const struct vcpu *vcpu, uint64_t gla, uint32_t access, uint64_t *gpa)
{
	return walk_recall(&vcpu->vm->devices->data, vcpu->paging.cr3, gla,
			   walk_who(&vcpu->paging, access), gpa) &&
	       mmio_has(vcpu, *gpa);
}

bool mmio_emulate(struct vcpu *vcpu, struct exit *exit, uint64_t gpa, bool write)
{
	struct mmio mmio = {vcpu, exit};
	struct interpret in;

	exit->how = VTS_EXIT_IO;
	if (gpa != INTERPRET_NO_HINT && move_emulate(&mmio, gpa))
		return true;
	vcpu->vm->paging->sync(vcpu);
	emulate_prepare(vcpu, exit, &in);
	in.cache = &vcpu->vm->devices->decoded;
	in.code = code_find(vcpu, &in);
	if (!in.alignment) {
		in.hint_gla = exit->gla;
		in.hint_gpa = write ? gpa : INTERPRET_NO_HINT;
		in.hint_read_gpa = gpa;
	}
	in.write = memory_write;
	in.device_has = device_has;
	in.device_read = device_read;
	in.context = &mmio;
	switch (interpret(&in)) {
	case INTERPRET_DONE:
	case INTERPRET_AGAIN:
		emulate_finish(vcpu, &in, true);
		return true;
	case INTERPRET_FAULT:
		emulate_finish(vcpu, &in, false);
		return in.vector == VECTOR_PF
			   ? inject_page_fault(vcpu, exit, in.cr2, in.error_code)
			   : inject_exception(vcpu, exit, in.vector, in.error_code);
	case INTERPRET_OUTSIDE:
		platform_log(
		    "an instruction that accesses a device accesses 0x%llx too, which is nothing",
		    (unsigned long long)in.gpa);
		return false;
	case INTERPRET_NO_MEMORY:
		platform_log("no memory left for the guest");
		return false;
	case INTERPRET_UNSUPPORTED:
		break;
	}
	platform_log("an instruction that accesses a device is not known");
	return false;
}
