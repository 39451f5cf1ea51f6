/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/mmio.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/dispatch/emulate.h"
#include "core-vmm/dispatch/io.h"
#include "core-vmm/interpret/operand.h"
#include "core-vmm/memory/paging.h"

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

/** Where the code at RIP is, if it lies in one page; NULL: it is to be fetched, and may fault. */
static const uint8_t *code_find(struct vcpu *vcpu, struct interpret *in)
{
	const struct paging_ops *paging = vcpu->vm->paging;
	const uint8_t *known = NULL;
	uint64_t gpa, hpa;

	if (in->long_mode && paging->code)
		known = paging->code(vcpu, in->rip, in->cpl == 3, INTERPRET_CODE_BYTES);
	if (known)
		return known;
	if (!in->long_mode || (in->rip & (PAGE_SIZE - 1)) > PAGE_SIZE - INTERPRET_CODE_BYTES ||
	    page_translate(in, in->rip, PF_ID, &gpa) != INTERPRET_DONE)
		return NULL;
	hpa = guest_memory_find(&vcpu->vm->memory, gpa);
	return hpa ? platform_virt(hpa) : NULL;
}

bool mmio_emulate(struct vcpu *vcpu, struct exit *exit, uint64_t gpa, bool write)
{
	struct mmio mmio = {vcpu, exit};
	struct interpret in;

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
	exit->how = VTS_EXIT_IO;
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
