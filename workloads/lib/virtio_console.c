// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/virtio_console.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/string.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/wait.h"

enum { RECEIVE, TRANSMIT, QUEUES };

#define QUEUE_SIZE 8

static struct {
	unsigned vector;		/* of the first queue */
	volatile unsigned came[QUEUES]; /* since the last wait */
	unsigned count;
} irq;

static void buffer_offer(struct virtio_console *console, unsigned queue, const void *at,
			 uint32_t bytes, uint16_t flags)
{
	console->virtio.queue[queue].desc[0] =
	    (struct virtio_desc){.address = (uint64_t)at, .length = bytes, .flags = flags};
	virtio_offer(&console->virtio, queue, 0);
	virtio_kick(&console->virtio, queue);
}

static bool console_start(struct virtio_console *console, bool interrupts)
{
	memset(console, 0, sizeof(*console));
	if (!virtio_find(&console->virtio, VIRTIO_CONSOLE))
		return false;
	console->virtio.interrupts = interrupts;
	return virtio_start(&console->virtio, VIRTIO_F_EVENT_IDX, QUEUES, QUEUE_SIZE);
}

static void input_start(struct virtio_console *console)
{
	console->input = memory_take(PAGE_SIZE, PAGE_SIZE);
	buffer_offer(console, RECEIVE, console->input, VIRTIO_CONSOLE_BUFFER, VIRTIO_DESC_WRITE);
}

bool virtio_console_open(struct virtio_console *console)
{
	if (!console_start(console, false))
		return false;
	input_start(console);
	return true;
}

static void interrupt(struct trap_frame *frame)
{
	irq.came[frame->vector - irq.vector]++;
	irq.count++;
	apic_eoi();
}

static void interrupt_await(unsigned queue)
{
	wait_interrupt(WAIT_HALT, &irq.came[queue]);
	irq.came[queue] = 0;
}

bool virtio_console_open_irq(struct virtio_console *console, unsigned vector)
{
	if (!console_start(console, true))
		return false;
	console->halts = true;
	irq.vector = vector;
	irq.count = 0;
	for (unsigned queue = 0; queue < QUEUES; queue++) {
		irq.came[queue] = 0;
		trap_set_handler(vector + queue, interrupt);
		pci_msix_set(console->virtio.slot, queue, (uint8_t)(vector + queue));
		virtio_msix(&console->virtio, queue, (uint16_t)queue);
	}
	console->virtio.common->config_msix_vector = TRANSMIT; /* it is broken */
	input_start(console);
	return true;
}

bool virtio_console_write(struct virtio_console *console, const void *text, uint32_t bytes)
{
	uint32_t head, written;

	buffer_offer(console, TRANSMIT, text, bytes, 0);
	if (console->halts)
		interrupt_await(TRANSMIT);
	while (!virtio_take(&console->virtio, TRANSMIT, &head, &written))
		if (virtio_is_broken(&console->virtio))
			return false;
	return true;
}

uint32_t virtio_console_read(struct virtio_console *console, void *to)
{
	uint32_t head, written;

	if (!virtio_take(&console->virtio, RECEIVE, &head, &written))
		return 0;
	memcpy(to, console->input, written);
	buffer_offer(console, RECEIVE, console->input, VIRTIO_CONSOLE_BUFFER, VIRTIO_DESC_WRITE);
	return written;
}

uint32_t virtio_console_wait(struct virtio_console *console, void *to)
{
	uint32_t bytes;

	while (!(bytes = virtio_console_read(console, to)))
		interrupt_await(RECEIVE);
	return bytes;
}

unsigned virtio_console_irq_count(void)
{
	return irq.count;
}
