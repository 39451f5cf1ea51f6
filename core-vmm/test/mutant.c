/* SPDX-License-Identifier: GPL-2.0-only */
/* VMMs with one thing wrong in their paging or their queues, by number (lib/vmm-mutant-N.elf): the tests of these must notice. */
#include "core-vmm/abi/guest.h"
#include "core-vmm/device/virtio_queue.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/test/wrap.h"

extern char mutation[]; /* its address is the number: --defsym */
#define MUTATION(n) ((uint64_t)mutation == (n))

WRAP(enum vts_how, shadow_fault, struct vcpu *vcpu, uint64_t gla, uint32_t access,
     struct shadow_fault *out);
WRAP(uint64_t, guest_memory_back, struct guest_memory *memory, uint64_t gpa);
WRAP(bool, virtio_queue_is_valid, const struct virtio_queue *queue,
     const struct guest_memory *memory, struct virtio_error *error);
WRAP(bool, virtio_queue_take, struct virtio_queue *queue, struct guest_memory *memory,
     struct virtio_chain *chain, struct virtio_error *error);
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

/** 3: every other page is its neighbour, where memory is given by pages; not where guests have
 *  their image and tables. */
uint64_t __wrap_guest_memory_back(struct guest_memory *memory, uint64_t gpa)
{
	if (MUTATION(3) && gpa >= 2 * VTG_MEMORY_START && gpa < 3 * VTG_MEMORY_START)
		gpa &= ~PAGE_SIZE;
	return __real_guest_memory_back(memory, gpa);
}

/** 4: a queue may be anywhere. */
bool __wrap_virtio_queue_is_valid(const struct virtio_queue *queue,
				  const struct guest_memory *memory, struct virtio_error *error)
{
	return MUTATION(4) || __real_virtio_queue_is_valid(queue, memory, error);
}

/** 5: what is outside memory is called a loop. */
bool __wrap_virtio_queue_take(struct virtio_queue *queue, struct guest_memory *memory,
			      struct virtio_chain *chain, struct virtio_error *error)
{
	bool taken = __real_virtio_queue_take(queue, memory, chain, error);

	if (MUTATION(5) && error->how == VTS_IO_REQUEST_OUTSIDE)
		error->how = VTS_IO_REQUEST_LOOP;
	return taken;
}
