/* SPDX-License-Identifier: GPL-2.0-only */
/* What a virtio device does, whatever it is reached by: status, queues, interrupts. */
#include "core-vmm/device/virtio.h"

#include "core-vmm/device/virtio_pci.h"
#include "core-vmm/record.h"

#define ISR_QUEUE  1u
#define ISR_CONFIG 2u

#define STATUS_BITS                                                                                \
	(VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK | VIRTIO_FEATURES_OK | VIRTIO_FAILED)

void virtio_record(struct vcpu *vcpu, const struct virtio *virtio, bool write, uint64_t address,
		   uint64_t bytes)
{
	record_io_request(vcpu, VTS_IO_REQUEST_PV, virtio->class->source, write, address, bytes, 0,
			  virtio->chain.depth, 0);
}

/** @vector: the queue's or the configuration's. */
static void interrupt(struct vcpu *vcpu, struct virtio *virtio, uint16_t vector, uint8_t isr)
{
	if (msix_is_enabled(&virtio->msix)) {
		if (vector < virtio->msix.vectors)
			msix_raise(vcpu, &virtio->msix, vector);
		return;
	}
	virtio->isr |= isr;
	pci_interrupt_set(vcpu, &virtio->pci, true);
}

bool virtio_stop(struct vcpu *vcpu, struct virtio *virtio, const struct virtio_error *error)
{
	record_io_request(vcpu, error->how, virtio->class->source, true, error->address, 0,
			  error->value, 0, 0);
	virtio->status |= VIRTIO_NEEDS_RESET;
	if (virtio->status & VIRTIO_DRIVER_OK)
		interrupt(vcpu, virtio, virtio->config_vector, ISR_CONFIG);
	return false;
}

void virtio_reset(struct vcpu *vcpu, struct virtio *virtio)
{
	virtio->status = virtio->isr = 0;
	virtio->accepted = 0;
	virtio->offered_select = virtio->accepted_select = 0;
	virtio->queue_select = 0;
	virtio->config_vector = VIRTIO_NO_VECTOR;
	virtio->msix.pending = 0;
	for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
		virtio_queue_reset(&virtio->queue[i]);
	pci_interrupt_set(vcpu, &virtio->pci, false);
}

static bool features_are_good(const struct virtio *virtio)
{
	return !(virtio->accepted & ~virtio->offered) && virtio->accepted & VIRTIO_F_VERSION_1;
}

void virtio_status_set(struct vcpu *vcpu, struct virtio *virtio, uint8_t status)
{
	uint8_t now = virtio->status, set = status & (uint8_t)~now & STATUS_BITS;

	if (!status) {
		virtio_reset(vcpu, virtio);
		return;
	}
	if (set & VIRTIO_FEATURES_OK && !features_are_good(virtio))
		set &= (uint8_t)~VIRTIO_FEATURES_OK;
	if (now & ~status & STATUS_BITS ||
	    (set & VIRTIO_DRIVER_OK && !((now | set) & VIRTIO_FEATURES_OK))) {
		virtio_stop(vcpu, virtio,
			    &(struct virtio_error){VTS_IO_REQUEST_BAD_STATUS, now, status});
		return;
	}
	virtio->status |= set;
	for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
		virtio->queue[i].features = virtio->accepted;
}

void virtio_queue_enable(struct vcpu *vcpu, struct virtio *virtio, struct virtio_queue *queue)
{
	struct virtio_error error;

	if (virtio_queue_is_valid(queue, &vcpu->vm->memory, &error))
		queue->enabled = true;
	else
		virtio_stop(vcpu, virtio, &error);
}

/* ---- requests ---- */

static bool is_live(const struct virtio *virtio)
{
	return (virtio->status & (VIRTIO_DRIVER_OK | VIRTIO_NEEDS_RESET | VIRTIO_FAILED)) ==
		   VIRTIO_DRIVER_OK &&
	       pci_is_master(&virtio->pci);
}

/** Take one chain, if there is one and a use for it. False: none; @error says whether something was wrong. */
static bool serve_chain(struct vcpu *vcpu, struct virtio *virtio, unsigned number,
			struct virtio_error *error)
{
	struct virtio_queue *queue = &virtio->queue[number];
	uint32_t written = 0;

	error->how = 0;
	if (virtio->class->wants && !virtio->class->wants(vcpu, virtio, number))
		return false;
	return virtio_queue_take(queue, &vcpu->vm->memory, &virtio->chain, error) &&
	       virtio->class->chain(vcpu, virtio, number, &written) &&
	       virtio_queue_give(vcpu, queue, virtio->chain.head, written, error);
}

void virtio_serve(struct vcpu *vcpu, struct virtio *virtio, unsigned number)
{
	struct virtio_error error = {.how = 0}, show_error = {.how = 0};
	struct virtio_queue *queue;
	bool wanted;

	if (number >= virtio->class->queues || !is_live(virtio))
		return;
	queue = &virtio->queue[number];
	if (!queue->enabled)
		return;
	for (unsigned i = 0; i < queue->size; i++)
		if (!serve_chain(vcpu, virtio, number, &error))
			break;
	/* What was done before something went wrong counts. */
	if (!virtio_queue_show(vcpu, queue, &wanted, &show_error) && !error.how)
		error = show_error;
	if (wanted)
		interrupt(vcpu, virtio, queue->vector, ISR_QUEUE);
	if (error.how)
		virtio_stop(vcpu, virtio, &error);
}

void virtio_create(struct vm *vm, struct virtio *virtio, const struct virtio_class *class,
		   uint64_t features, const void *config, unsigned config_bytes)
{
	virtio->class = class;
	virtio->offered = features | class->features | VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC |
			  VIRTIO_F_EVENT_IDX;
	virtio->config_bytes = (uint8_t)config_bytes;
	__builtin_memcpy(virtio->config, config, config_bytes);
	virtio->config_vector = VIRTIO_NO_VECTOR;
	for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
		virtio_queue_reset(&virtio->queue[i]);
	virtio_pci_create(vm, virtio);
}
