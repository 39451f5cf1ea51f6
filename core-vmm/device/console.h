/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console's backend, which the UART, the virtio console and the hypercall console share: output goes to a ring in
 * shared memory (trace/hop.h); input was loaded before the start, or is typed.
 */
#ifndef CORE_VMM_DEVICE_CONSOLE_H
#define CORE_VMM_DEVICE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest_memory;
struct timer;
struct vcpu;

struct console {
	char *ring;		   /* VTS_HOP_CONSOLE_BYTES, or NULL: write_raw */
	uint64_t *head;		   /* bytes written since the start */
	const char *input;	   /* loaded input, */
	size_t input_bytes;	   /* what is left of it */
	int (*read_raw)(void);	   /* a typed byte or -1; NULL: none is typed */
	void (*write_raw)(char c); /* where there is no ring */
};

void console_write(struct console *console, char c);
/** The next byte of input, or -1. */
int console_read(struct console *console);
/**
 * Nothing tells that something was typed: a device whose guest waits for it looks now and then. Arm @poll, which is to call this
 * again, or take it back.
 */
void console_poll_set(struct vcpu *vcpu, struct timer *poll, bool waits);
/** Write guest memory. 0, or -1: not guest memory, or no memory. */
int console_send(struct console *console, struct guest_memory *memory, uint64_t gpa,
		 uint64_t bytes);
/** The hypercall console: write guest memory. Bytes written, or -VTG_E*. */
uint64_t console_write_guest(struct vcpu *vcpu, uint64_t gpa, uint64_t bytes);

#endif
