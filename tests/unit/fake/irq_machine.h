/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM of nothing but interrupt controllers and timers, and a clock that stands until it is told otherwise. */
#ifndef TESTS_UNIT_FAKE_IRQ_MACHINE_H
#define TESTS_UNIT_FAKE_IRQ_MACHINE_H

#include "core-vmm/device/devices.h"
#include "core-vmm/vm.h"

#define FAKE_HZ	  50000000u
#define NO_VECTOR (-1)

struct irq_machine {
	struct vm vm;
	struct vcpu vcpu;
	struct capability capability;
	struct devices devices;
	uint64_t now; /* VM time */
	unsigned nmis;
	struct interrupt taken; /* the last; or posted */
	/* Of a virtual APIC: RVI, SVI, whose EOIs exit, how many were posted. */
	unsigned requested, service, posted;
	bool eoi_exits[256];
};

extern struct irq_machine machine;

void irq_machine_start(void);
/** The same, whose processor virtualizes the local APIC. */
void irq_machine_virtualize(void);
void port_write(uint16_t port, uint8_t value);
uint8_t port_read(uint16_t port);
void memory_write(uint64_t address, uint32_t value);
uint32_t memory_read(uint64_t address);
/** Let VM time be @now: what is due expires at its own time, as the preemption timer sees to. */
void time_reach(uint64_t now);
/** As the processor with IF=1: take what waits. The vector, or NO_VECTOR. */
int take(void);

#endif
