/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/virtio_console.h"

#include "core-vmm/device/console.h"
#include "core-vmm/device/devices.h"

#define PIECE_BYTES 256u

/** 5.3.4; none of it means anything without features that are not offered. */
struct config {
	uint16_t columns, rows;
	uint32_t ports, emergency;
};

static bool input_has(struct vcpu *vcpu, struct virtio_console *console)
{
	int byte;

	if (console->has_byte)
		return true;
	byte = console_read(vcpu->vm->console);
	if (byte < 0)
		return false;
	console->byte = (uint8_t)byte;
	return console->has_byte = true;
}

/** Fill @piece with input; how much there was. */
static uint32_t input_take(struct vcpu *vcpu, struct virtio_console *console, uint8_t *piece,
			   uint32_t bytes)
{
	uint32_t count = 0;

	while (count < bytes && input_has(vcpu, console)) {
		piece[count++] = console->byte;
		console->has_byte = false;
	}
	return count;
}

static bool receive(struct vcpu *vcpu, struct virtio_console *console, uint32_t *written)
{
	struct virtio *virtio = &console->virtio;
	struct virtio_cursor in = virtio_writable(&virtio->chain);
	uint32_t left = virtio->chain.writable_bytes, count;
	uint8_t piece[PIECE_BYTES];

	if (!left)
		return virtio_stop(vcpu, virtio,
				   &(struct virtio_error){VTS_IO_REQUEST_BAD_REQUEST,
							  virtio->chain.segment[0].gpa,
							  virtio->chain.head});
	do {
		count = input_take(vcpu, console, piece, left < PIECE_BYTES ? left : PIECE_BYTES);
		if (virtio_write(vcpu, &in, piece, count))
			break;
		*written += count;
		left -= count;
	} while (left && count);
	virtio_record(vcpu, virtio, false, virtio->chain.segment[virtio->chain.readable].gpa,
		      *written);
	return true;
}

static bool transmit(struct vcpu *vcpu, struct virtio *virtio)
{
	const struct virtio_chain *chain = &virtio->chain;
	uint32_t done = 0;

	for (unsigned i = 0; i < chain->readable; i++) {
		const struct virtio_segment *segment = &chain->segment[i];

		if (console_send(vcpu->vm->console, &vcpu->vm->memory, segment->gpa,
				 segment->bytes))
			break;
		done += segment->bytes;
	}
	virtio_record(vcpu, virtio, true, chain->segment[0].gpa, done);
	return true;
}

static bool console_chain(struct vcpu *vcpu, struct virtio *virtio, unsigned queue,
			  uint32_t *written)
{
	return queue == VIRTIO_CONSOLE_RECEIVE
		   ? receive(vcpu, (struct virtio_console *)virtio, written)
		   : transmit(vcpu, virtio);
}

/** Buffers for input wait until there is some; then it is looked for. */
static bool console_wants(struct vcpu *vcpu, struct virtio *virtio, unsigned queue)
{
	struct virtio_console *console = (struct virtio_console *)virtio;
	bool has;

	if (queue == VIRTIO_CONSOLE_TRANSMIT)
		return true;
	has = input_has(vcpu, console);
	console_poll_set(vcpu, &console->poll, !has);
	return has;
}

static const struct virtio_class console_class = {
    .source = VTS_DEVICE_VIRTIO_CONSOLE,
    .id = 3,
    .pci_class = 0x078000,
    .queues = 2,
    .chain = console_chain,
    .wants = console_wants,
};

void virtio_console_poll(struct vcpu *vcpu, struct virtio_console *console)
{
	virtio_serve(vcpu, &console->virtio, VIRTIO_CONSOLE_RECEIVE);
}

bool virtio_console_waits(const struct vcpu *vcpu)
{
	return vcpu->vm->devices->virtio_console.poll.armed;
}

static void poll_expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	(void)deadline;
	virtio_console_poll(vcpu, state);
}

void virtio_console_create(struct vm *vm, struct virtio_console *console)
{
	static const struct config config = {.ports = 1};

	console->poll = (struct timer){.expire = poll_expire, .state = console};
	virtio_create(vm, &console->virtio, &console_class, 0, &config, sizeof(config));
}
