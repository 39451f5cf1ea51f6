/* SPDX-License-Identifier: GPL-2.0-only */
/* How a guest waits for a device. */
#ifndef WORKLOADS_LIB_WAIT_H
#define WORKLOADS_LIB_WAIT_H

/**
 * WAIT_POLL: it asks the device. WAIT_HALT: interrupts are off but while it waits, halted. WAIT_SPIN: interrupts are on all
 * the time, and it looks at what their handler counts.
 */
enum wait { WAIT_POLL, WAIT_HALT, WAIT_SPIN };
#define WAIT_CHOICES "poll halt spin"

/** Until @seen, which a handler counts, is not 0. STI takes effect behind HLT: no interrupt is missed between them. */
static inline void wait_interrupt(enum wait wait, const volatile unsigned *seen)
{
	while (!*seen)
		if (wait == WAIT_HALT)
			__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

#endif
