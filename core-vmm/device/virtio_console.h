/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio console (OASIS virtio 1.2, 5.3) with one port: the paravirtual console over the same backend as the UART. */
#ifndef CORE_VMM_DEVICE_VIRTIO_CONSOLE_H
#define CORE_VMM_DEVICE_VIRTIO_CONSOLE_H

#include "core-vmm/device/timer.h"
#include "core-vmm/device/virtio.h"

#define VIRTIO_CONSOLE_RECEIVE	0u
#define VIRTIO_CONSOLE_TRANSMIT 1u

struct virtio_console {
	struct virtio virtio; /* first */
	struct timer poll;    /* armed while the guest waits for what is typed */
	bool has_byte;
	uint8_t byte; /* taken from the backend, and not yet given to the guest */
};

/** Put it on the bus, over vm->console. */
void virtio_console_create(struct vm *vm, struct virtio_console *console);

/** Give the guest input that has come; for whoever knows that some may have. */
void virtio_console_poll(struct vcpu *vcpu, struct virtio_console *console);
/** As uart_waits. */
bool virtio_console_waits(const struct vcpu *vcpu);

#endif
