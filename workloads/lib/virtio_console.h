/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio console's port 0, polled or with interrupts by MSI-X (OASIS virtio 1.2, 5.3). */
#ifndef WORKLOADS_LIB_VIRTIO_CONSOLE_H
#define WORKLOADS_LIB_VIRTIO_CONSOLE_H

#include <stddef.h>

#include "workloads/lib/virtio.h"

#define VIRTIO_CONSOLE_BUFFER 256u

struct virtio_console {
	struct virtio virtio;
	bool halts;	/* for interrupts, while it waits */
	uint8_t *input; /* VIRTIO_CONSOLE_BUFFER bytes, the device's until it gives them back */
};

/** Find and start it. False: there is none, or it refuses. */
bool virtio_console_open(struct virtio_console *console);

/**
 * The same with interrupts, which the local APIC (apic_init) takes: @vector for input, @vector + 1 for output. IF is clear but
 * while a call waits. Of one console at a time.
 */
bool virtio_console_open_irq(struct virtio_console *console, unsigned vector);

/** Write @bytes from @text, guest-physical, and wait until the device has them. False: it is broken. */
bool virtio_console_write(struct virtio_console *console, const void *text, uint32_t bytes);

/** Input, if there is some: how much, at most VIRTIO_CONSOLE_BUFFER. */
uint32_t virtio_console_read(struct virtio_console *console, void *to);

/** The same with interrupts: waits for it. */
uint32_t virtio_console_wait(struct virtio_console *console, void *to);

/** How many interrupts came since it was opened with them. */
unsigned virtio_console_irq_count(void);

#endif
