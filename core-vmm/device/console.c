/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/console.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/record.h"
#include "trace/hop.h"

#define CALL_BYTES_MAX 4096

/* Whoever types does not notice; nor does a paste: the engine's port holds 16 bytes, and takes one a millisecond. */
#define POLLS_PER_SECOND 100

void console_write(struct console *console, char c)
{
	uint64_t head;

	if (!console->ring) {
		console->write_raw(c);
		return;
	}
	head = *console->head;
	console->ring[head++ % VTS_HOP_CONSOLE_BYTES] = c;
	__atomic_store_n(console->head, head, __ATOMIC_RELEASE);
	if (!(head % VTS_HOP_CONSOLE_CHUNK))
		platform_wake(VTS_HOP_CONSOLE);
}

int console_read(struct console *console)
{
	if (console->input_bytes) {
		console->input_bytes--;
		return (unsigned char)*console->input++;
	}
	return console->read_raw ? console->read_raw() : -1;
}

void console_poll_set(struct vcpu *vcpu, struct timer *poll, bool waits)
{
	if (!waits || !vcpu->vm->console->read_raw)
		timer_cancel(vcpu, poll);
	else if (!poll->armed)
		timer_set(vcpu, poll, time_now(vcpu) + vcpu->vm->config.hz / POLLS_PER_SECOND);
}

/** As much as goes into the ring before its end, the next wake-up and the page's end. */
static uint64_t console_part(const struct console *console, uint64_t gpa, uint64_t bytes)
{
	uint64_t chunk = VTS_HOP_CONSOLE_CHUNK - *console->head % VTS_HOP_CONSOLE_CHUNK;
	uint64_t page = PAGE_SIZE - (gpa & (PAGE_SIZE - 1));
	uint64_t part = chunk < page ? chunk : page;

	return bytes < part ? bytes : part;
}

static int ring_write_guest(struct console *console, struct guest_memory *memory, uint64_t gpa,
			    uint64_t bytes)
{
	while (bytes) {
		uint64_t part = console_part(console, gpa, bytes), head = *console->head;

		if (guest_memory_read(memory, gpa, &console->ring[head % VTS_HOP_CONSOLE_BYTES],
				      part))
			return -1;
		head += part;
		__atomic_store_n(console->head, head, __ATOMIC_RELEASE);
		if (!(head % VTS_HOP_CONSOLE_CHUNK))
			platform_wake(VTS_HOP_CONSOLE);
		gpa += part;
		bytes -= part;
	}
	return 0;
}

static int raw_write_guest(struct console *console, struct guest_memory *memory, uint64_t gpa,
			   uint64_t bytes)
{
	for (; bytes; bytes--, gpa++) {
		char c;

		if (guest_memory_read(memory, gpa, &c, 1))
			return -1;
		console->write_raw(c);
	}
	return 0;
}

int console_send(struct console *console, struct guest_memory *memory, uint64_t gpa, uint64_t bytes)
{
	return console->ring ? ring_write_guest(console, memory, gpa, bytes)
			     : raw_write_guest(console, memory, gpa, bytes);
}

uint64_t console_write_guest(struct vcpu *vcpu, uint64_t gpa, uint64_t bytes)
{
	struct console *console = vcpu->vm->console;
	struct guest_memory *memory = &vcpu->vm->memory;

	if (bytes > CALL_BYTES_MAX)
		return -(uint64_t)VTG_EINVAL;
	if (!guest_memory_has(memory, gpa, bytes))
		return -(uint64_t)VTG_EFAULT;
	if (console_send(console, memory, gpa, bytes))
		return -(uint64_t)VTG_EFAULT;
	record_io_request(vcpu, VTS_IO_REQUEST_PV, VTS_DEVICE_CONSOLE, true, gpa, bytes, 0, 1, 0);
	return bytes;
}
