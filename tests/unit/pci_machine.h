/* SPDX-License-Identifier: GPL-2.0-only */
/* The fake machine with buses, a PCI host bridge, and ears for interrupts. For unit tests and fuzzers. */
#ifndef TESTS_UNIT_PCI_MACHINE_H
#define TESTS_UNIT_PCI_MACHINE_H

#include "core-vmm/device/console.h"
#include "core-vmm/device/devices.h"
#include "tests/unit/fake/machine.h"

#define PCI_MACHINE_MEMORY (4ul << 20)

/** What interrupt controllers were told. */
struct heard {
	bool line[24];
	unsigned line_changes;
	unsigned messages;
	uint64_t address; /* the last message's */
	uint32_t data;
};

extern struct heard heard;
extern struct devices pci_devices;
/** Writes of devices to guest memory: all have to come this way. */
extern unsigned long pci_machine_writes;

/** VM time. */
extern uint64_t pci_machine_now;

/** Start anew, with guest memory of PCI_MACHINE_MEMORY and a host bridge alone. */
void pci_machine_start(void);

/** An access by the guest; ones where nothing answers. */
uint64_t port_in(uint16_t port, unsigned size);
void port_out(uint16_t port, unsigned size, uint64_t value);
uint64_t memory_in(uint64_t gpa, unsigned size);
void memory_out(uint64_t gpa, unsigned size, uint64_t value);

/** Configuration registers of slot @slot, as a guest reaches them. */
uint32_t config_in(unsigned slot, unsigned offset, unsigned size);
void config_out(unsigned slot, unsigned offset, unsigned size, uint32_t value);

/** The event written @back events ago; 0: the last. */
const struct vts_event *event_back(unsigned back);
static inline uint64_t events_count(void)
{
	return fake.vcpu.ring.control->head;
}

#endif
