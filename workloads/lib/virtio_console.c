// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/virtio_console.h"

#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/string.h"

enum { RECEIVE, TRANSMIT };

#define QUEUE_SIZE 8

static void buffer_offer(struct virtio_console *console, unsigned queue, const void *at,
			 uint32_t bytes, uint16_t flags)
{
	console->virtio.queue[queue].desc[0] =
	    (struct virtio_desc){.address = (uint64_t)at, .length = bytes, .flags = flags};
	virtio_offer(&console->virtio, queue, 0);
	virtio_kick(&console->virtio, queue);
}

bool virtio_console_open(struct virtio_console *console)
{
	memset(console, 0, sizeof(*console));
	if (!virtio_find(&console->virtio, VIRTIO_CONSOLE) ||
	    !virtio_start(&console->virtio, VIRTIO_F_EVENT_IDX, 2, QUEUE_SIZE))
		return false;
	console->input = memory_take(PAGE_SIZE, PAGE_SIZE);
	buffer_offer(console, RECEIVE, console->input, VIRTIO_CONSOLE_BUFFER, VIRTIO_DESC_WRITE);
	return true;
}

bool virtio_console_write(struct virtio_console *console, const void *text, uint32_t bytes)
{
	uint32_t head, written;

	buffer_offer(console, TRANSMIT, text, bytes, 0);
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
