/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI transport of virtio (OASIS virtio 1.2, 4.1). Registers are read and written in any width at any offset, as the
 * fields that are touched. Notification is offered by port, which is cheaper as no instruction has to be decoded, and by
 * memory; the port's capability comes first, and drivers take the first that they can use.
 */
#include "core-vmm/device/virtio_pci.h"

#include "core-vmm/device/pci_msi.h"

#define VENDOR	 0x1af4
#define ID_FIRST 0x1040 /* of devices without legacy interface */

#define MEMORY_BYTES 0x4000u
#define PORT_BYTES   4u

/* Capabilities, 4.1.4. */
#define CAP_VENDOR 0x09
enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_WINDOW };
#define CAP_BYTES	 16u
#define CAP_NOTIFY_BYTES 20u
#define CAP_WINDOW_BYTES 20u
#define CAP_TYPE	 3u
#define CAP_BAR		 4u
#define CAP_OFFSET	 8u
#define CAP_LENGTH	 12u
#define CAP_MULTIPLIER	 16u
#define CAP_DATA	 16u

#define NOTIFY_MULTIPLIER 4u

/* ---- the common structure, 4.1.4.3 ---- */

enum {
	OFFERED_SELECT = 0,
	OFFERED = 4,
	ACCEPTED_SELECT = 8,
	ACCEPTED = 12,
	CONFIG_VECTOR = 16,
	QUEUES = 18,
	STATUS = 20,
	GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY = 30,
	QUEUE_DESCRIPTORS = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
	COMMON_BYTES = 56,
};

static const struct field {
	uint8_t at, bytes;
} fields[] = {
    {OFFERED_SELECT, 4}, {OFFERED, 4},		 {ACCEPTED_SELECT, 4},
    {ACCEPTED, 4},	 {CONFIG_VECTOR, 2},	 {QUEUES, 2},
    {STATUS, 1},	 {GENERATION, 1},	 {QUEUE_SELECT, 2},
    {QUEUE_SIZE, 2},	 {QUEUE_VECTOR, 2},	 {QUEUE_ENABLE, 2},
    {QUEUE_NOTIFY, 2},	 {QUEUE_DESCRIPTORS, 8}, {QUEUE_DRIVER, 8},
    {QUEUE_DEVICE, 8},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** Which field has the byte at an offset. */
static const uint8_t field_of[COMMON_BYTES] = {
    0,	0,  0,	0,  1,	1,  1,	1,  2,	2,  2,	2,  3,	3,  3,	3,  4,	4,  5,
    5,	6,  7,	8,  8,	9,  9,	10, 10, 11, 11, 12, 12, 13, 13, 13, 13, 13, 13,
    13, 13, 14, 14, 14, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 15, 15,
};

/** The queue that is selected, or NULL. */
static struct virtio_queue *selected(struct virtio *virtio)
{
	return virtio->queue_select < virtio->class->queues ? &virtio->queue[virtio->queue_select]
							    : NULL;
}

/** A word of a feature set. */
static uint32_t features_word(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

static uint64_t queue_field(const struct virtio *virtio, const struct virtio_queue *queue,
			    unsigned at)
{
	switch (at) {
	case QUEUE_SIZE:
		return queue->size;
	case QUEUE_VECTOR:
		return queue->vector;
	case QUEUE_ENABLE:
		return queue->enabled;
	case QUEUE_NOTIFY:
		return virtio->queue_select;
	case QUEUE_DESCRIPTORS:
		return queue->descriptors;
	case QUEUE_DRIVER:
		return queue->driver;
	default:
		return queue->device;
	}
}

static uint64_t field_read(struct virtio *virtio, unsigned at)
{
	const struct virtio_queue *queue = selected(virtio);

	switch (at) {
	case OFFERED_SELECT:
		return virtio->offered_select;
	case OFFERED:
		return features_word(virtio->offered, virtio->offered_select);
	case ACCEPTED_SELECT:
		return virtio->accepted_select;
	case ACCEPTED:
		return features_word(virtio->accepted, virtio->accepted_select);
	case CONFIG_VECTOR:
		return virtio->config_vector;
	case QUEUES:
		return virtio->class->queues;
	case STATUS:
		return virtio->status;
	case GENERATION:
		return 0; /* the configuration does not change */
	case QUEUE_SELECT:
		return virtio->queue_select;
	default:
		return queue ? queue_field(virtio, queue, at) : 0;
	}
}

/** A vector that there is, or none. */
static uint16_t vector_checked(const struct virtio *virtio, uint64_t vector)
{
	return vector < virtio->msix.vectors ? (uint16_t)vector : VIRTIO_NO_VECTOR;
}

/** A register of a queue, which is not in use, changes. */
static void queue_set(struct vcpu *vcpu, struct virtio *virtio, struct virtio_queue *queue,
		      unsigned at, uint64_t value)
{
	switch (at) {
	case QUEUE_SIZE:
		queue->size = (uint16_t)value;
		break;
	case QUEUE_ENABLE:
		virtio_queue_enable(vcpu, virtio, queue);
		break;
	case QUEUE_DESCRIPTORS:
		queue->descriptors = value;
		break;
	case QUEUE_DRIVER:
		queue->driver = value;
		break;
	case QUEUE_DEVICE:
		queue->device = value;
		break;
	}
}

static void queue_field_write(struct vcpu *vcpu, struct virtio *virtio, unsigned at, uint64_t value)
{
	struct virtio_queue *queue = selected(virtio);

	if (!queue || at == QUEUE_NOTIFY)
		return;
	if (at == QUEUE_VECTOR)
		queue->vector = vector_checked(virtio, value);
	else if (value == queue_field(virtio, queue, at))
		return;
	else if (queue->enabled)
		virtio_stop(vcpu, virtio,
			    &(struct virtio_error){VTS_IO_REQUEST_QUEUE_IN_USE, at, value});
	else
		queue_set(vcpu, virtio, queue, at, value);
}

static void accepted_write(struct virtio *virtio, uint32_t value)
{
	unsigned shift = 32 * virtio->accepted_select;

	/* Negotiated is negotiated, until a reset. */
	if (virtio->accepted_select < 2 && !(virtio->status & VIRTIO_FEATURES_OK))
		virtio->accepted = (virtio->accepted & ~(0xffffffffull << shift)) | (uint64_t)value
											<< shift;
}

static void field_write(struct vcpu *vcpu, struct virtio *virtio, unsigned at, uint64_t value)
{
	switch (at) {
	case OFFERED_SELECT:
		virtio->offered_select = (uint32_t)value;
		break;
	case ACCEPTED_SELECT:
		virtio->accepted_select = (uint32_t)value;
		break;
	case ACCEPTED:
		accepted_write(virtio, (uint32_t)value);
		break;
	case CONFIG_VECTOR:
		virtio->config_vector = vector_checked(virtio, value);
		break;
	case STATUS:
		virtio_status_set(vcpu, virtio, (uint8_t)value);
		break;
	case QUEUE_SELECT:
		virtio->queue_select = (uint16_t)value;
		break;
	case OFFERED:
	case QUEUES:
	case GENERATION:
		break;
	default:
		queue_field_write(vcpu, virtio, at, value);
	}
}

static uint64_t bytes_mask(unsigned bytes)
{
	return bytes ? ~0ull >> (64 - 8 * bytes) : 0;
}

/** The next of the fields that an access touches; @i: FIELDS when there is no other. */
static unsigned field_next(unsigned i, unsigned end)
{
	return i + 1 < FIELDS && fields[i + 1].at < end ? i + 1 : FIELDS;
}

static unsigned field_first(unsigned offset)
{
	return offset < COMMON_BYTES ? field_of[offset] : FIELDS;
}

static uint64_t common_read(struct virtio *virtio, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = field_first(offset); i < FIELDS; i = field_next(i, offset + size)) {
		unsigned at = fields[i].at;

		value |= at < offset ? field_read(virtio, at) >> 8 * (offset - at)
				     : field_read(virtio, at) << 8 * (at - offset);
	}
	return value;
}

/** What a field becomes where a write covers it, in part or whole. */
static uint64_t field_merge(uint64_t old, const struct field *field, unsigned offset, unsigned size,
			    uint64_t value)
{
	uint64_t mask = bytes_mask(size);

	value &= mask;
	if (field->at < offset) {
		mask <<= 8 * (offset - field->at);
		value <<= 8 * (offset - field->at);
	} else {
		mask >>= 8 * (field->at - offset);
		value >>= 8 * (field->at - offset);
	}
	return ((old & ~mask) | (value & mask)) & bytes_mask(field->bytes);
}

static void common_write(struct vcpu *vcpu, struct virtio *virtio, unsigned offset, unsigned size,
			 uint64_t value)
{
	for (unsigned i = field_first(offset); i < FIELDS; i = field_next(i, offset + size)) {
		const struct field *field = &fields[i];

		field_write(vcpu, virtio, field->at,
			    field_merge(field_read(virtio, field->at), field, offset, size, value));
	}
}

/* ---- the other structures ---- */

/** 4.1.4.5: reading it clears it. */
static uint64_t isr_read(struct vcpu *vcpu, struct virtio *virtio)
{
	uint8_t isr = virtio->isr;

	virtio->isr = 0;
	pci_interrupt_set(vcpu, &virtio->pci, false);
	return isr;
}

static uint64_t config_read(const struct virtio *virtio, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size && offset + i < virtio->config_bytes; i++)
		value |= (uint64_t)virtio->config[offset + i] << 8 * i;
	return value;
}

static uint64_t memory_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	struct virtio *virtio = state;
	unsigned at = (unsigned)offset;

	if (at < VIRTIO_ISR_AT)
		return common_read(virtio, at - VIRTIO_COMMON_AT, size);
	if (at == VIRTIO_ISR_AT)
		return isr_read(vcpu, virtio);
	if (at >= VIRTIO_DEVICE_AT && at < VIRTIO_NOTIFY_AT)
		return config_read(virtio, at - VIRTIO_DEVICE_AT, size);
	return 0;
}

static void memory_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			 unsigned size, uint64_t value)
{
	struct virtio *virtio = state;
	unsigned at = (unsigned)offset;

	(void)exit;
	if (at >= VIRTIO_NOTIFY_AT)
		virtio_serve(vcpu, virtio, (at - VIRTIO_NOTIFY_AT) / NOTIFY_MULTIPLIER);
	else if (at < VIRTIO_ISR_AT)
		common_write(vcpu, virtio, at - VIRTIO_COMMON_AT, size, value);
}

static uint64_t notify_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	(void)vcpu, (void)state, (void)offset, (void)size;
	return 0;
}

/** All queues share the port; the value says which. */
static void notify_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			 unsigned size, uint64_t value)
{
	(void)exit, (void)size;
	if (!offset)
		virtio_serve(vcpu, state, (uint16_t)value);
}

/* ---- the window, 4.1.4.9: BARs from configuration space ---- */

/** The BAR and the offset that the window is set to; NULL: to nothing that can be. */
static struct pci_bar *window_bar(struct virtio *virtio, uint32_t *offset, uint32_t *length)
{
	const uint8_t *cap = &virtio->pci.config[virtio->window];
	unsigned number = cap[CAP_BAR];

	*offset = pci_load(cap, CAP_OFFSET, 4);
	*length = pci_load(cap, CAP_LENGTH, 4);
	if (number >= PCI_BARS || (*length != 1 && *length != 2 && *length != 4) ||
	    *offset % *length || *offset >= virtio->pci.bar[number].bytes)
		return NULL;
	return &virtio->pci.bar[number];
}

static void window_reads(struct vcpu *vcpu, struct pci_device *device, unsigned offset,
			 unsigned size)
{
	struct virtio *virtio = (struct virtio *)device;
	struct pci_bar *bar;
	uint32_t at, length;

	if (!pci_touches(offset, size, virtio->window + CAP_DATA, 4))
		return;
	bar = window_bar(virtio, &at, &length);
	if (bar)
		pci_store(
		    device->config, virtio->window + CAP_DATA, length,
		    (uint32_t)bar->region.read(vcpu, bar->region.state, at, (unsigned)length));
}

static void window_written(struct vcpu *vcpu, struct exit *exit, struct pci_device *device,
			   unsigned offset, unsigned size)
{
	struct virtio *virtio = (struct virtio *)device;
	struct pci_bar *bar;
	uint32_t at, length;

	if (!pci_touches(offset, size, virtio->window + CAP_DATA, 4))
		return;
	bar = window_bar(virtio, &at, &length);
	if (bar)
		bar->region.write(vcpu, exit, bar->region.state, at, (unsigned)length,
				  pci_load(device->config, virtio->window + CAP_DATA, length));
}

/* ---- identity ---- */

static unsigned capability_add(struct virtio *virtio, uint8_t type, uint8_t bytes, uint8_t bar,
			       uint32_t offset, uint32_t length)
{
	uint8_t *config = virtio->pci.config;
	unsigned at = pci_capability_add(&virtio->pci, CAP_VENDOR, bytes);

	config[at + 2] = bytes;
	config[at + CAP_TYPE] = type;
	config[at + CAP_BAR] = bar;
	pci_store(config, at + CAP_OFFSET, 4, offset);
	pci_store(config, at + CAP_LENGTH, 4, length);
	return at;
}

static void capabilities_add(struct virtio *virtio)
{
	uint8_t *writable = virtio->pci.writable;
	uint32_t notify_bytes = virtio->class->queues * NOTIFY_MULTIPLIER;
	unsigned at;

	capability_add(virtio, CAP_COMMON, CAP_BYTES, VIRTIO_BAR_MEMORY, VIRTIO_COMMON_AT,
		       COMMON_BYTES);
	capability_add(virtio, CAP_NOTIFY, CAP_NOTIFY_BYTES, VIRTIO_BAR_PORT, 0, PORT_BYTES);
	at = capability_add(virtio, CAP_NOTIFY, CAP_NOTIFY_BYTES, VIRTIO_BAR_MEMORY,
			    VIRTIO_NOTIFY_AT, notify_bytes);
	pci_store(virtio->pci.config, at + CAP_MULTIPLIER, 4, NOTIFY_MULTIPLIER);
	capability_add(virtio, CAP_ISR, CAP_BYTES, VIRTIO_BAR_MEMORY, VIRTIO_ISR_AT, 1);
	capability_add(virtio, CAP_DEVICE, CAP_BYTES, VIRTIO_BAR_MEMORY, VIRTIO_DEVICE_AT,
		       virtio->config_bytes);
	at = capability_add(virtio, CAP_WINDOW, CAP_WINDOW_BYTES, 0, 0, 0);
	writable[at + CAP_BAR] = 0xff;
	pci_store(writable, at + CAP_OFFSET, 4, ~0u);
	pci_store(writable, at + CAP_LENGTH, 4, ~0u);
	pci_store(writable, at + CAP_DATA, 4, ~0u);
	virtio->window = (uint8_t)at;
}

void virtio_pci_create(struct vm *vm, struct virtio *virtio)
{
	struct pci_device *pci = &virtio->pci;
	enum vts_device source = virtio->class->source;
	uint16_t id = (uint16_t)(ID_FIRST + virtio->class->id);

	pci_device_add(vm, pci, source, VENDOR, id, virtio->class->pci_class, true);
	pci->config[PCI_REVISION] = 1;
	pci_store(pci->config, PCI_SUBSYSTEM_VENDOR, 2, VENDOR);
	pci_store(pci->config, PCI_SUBSYSTEM_ID, 2, id);
	pci->config_reads = window_reads;
	pci->config_written = window_written;
	pci->bar[VIRTIO_BAR_MEMORY].region = (struct bus_region){
	    .device = source, .state = virtio, .read = memory_read, .write = memory_write};
	pci_bar_add(vm, pci, VIRTIO_BAR_MEMORY, false, MEMORY_BYTES);
	pci->bar[VIRTIO_BAR_PORT].region = (struct bus_region){
	    .device = source, .state = virtio, .read = notify_read, .write = notify_write};
	pci_bar_add(vm, pci, VIRTIO_BAR_PORT, true, PORT_BYTES);
	capabilities_add(virtio);
	msi_create(pci);
	msix_create(vm, &virtio->msix, pci, VIRTIO_BAR_MSIX, virtio->class->queues + 1);
}
