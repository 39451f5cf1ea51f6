/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio console's port 0, polled (OASIS virtio 1.2, 5.3). */
#ifndef WORKLOADS_LIB_VIRTIO_CONSOLE_H
#define WORKLOADS_LIB_VIRTIO_CONSOLE_H

#include <stddef.h>

#include "workloads/lib/virtio.h"

#define VIRTIO_CONSOLE_BUFFER 256u

struct virtio_console {
	struct virtio virtio;
	uint8_t *input; /* VIRTIO_CONSOLE_BUFFER bytes, the device's until it gives them back */
};

/** Find and start it. False: there is none, or it refuses. */
bool virtio_console_open(struct virtio_console *console);

/** Write @bytes from @text, guest-physical, and wait until the device has them. False: it is broken. */
bool virtio_console_write(struct virtio_console *console, const void *text, uint32_t bytes);

/** Input, if there is some: how much, at most VIRTIO_CONSOLE_BUFFER. */
uint32_t virtio_console_read(struct virtio_console *console, void *to);

#endif
