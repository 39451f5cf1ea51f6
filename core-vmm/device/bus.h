/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buses: which device answers at a port or at a guest-physical address that is not memory. Devices add their regions
 * when the VM is made; those of PCI devices move, appear and vanish as the guest writes their BARs.
 */
#ifndef CORE_VMM_DEVICE_BUS_H
#define CORE_VMM_DEVICE_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/event.h"

struct exit;
struct vcpu;

/** Registers of a device, side by side. Lives as long as it is on a bus; the device owns it. */
struct bus_region {
	enum vts_device device;
	void *state; /* the device's own */
	/**
	 * An access of @size bytes (1, 2, 4; memory: also 8) at @offset from the region's first. What lies past the
	 * region's end is not accessed by the bus: the caller has cut it off. Reads give what fits @size.
	 */
	uint64_t (*read)(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size);
	void (*write)(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		      unsigned size, uint64_t value);
	/**
	 * Optional, for a register through which a lot moves. What a string instruction moves next through @offset, @in or
	 * out, where it lies side by side in the VMM's memory, and how much of it, at most @bytes. NULL: an access at a time.
	 * @bulk_moved follows at once: so much of that was moved.
	 */
	void *(*bulk)(struct vcpu *vcpu, void *state, uint64_t offset, bool in, uint64_t *bytes);
	void (*bulk_moved)(struct vcpu *vcpu, void *state, uint64_t bytes);
	/* Kept by the bus. */
	uint64_t first, bytes;
};

#define BUS_REGIONS 48u

/** Regions by address, none over another. */
struct bus {
	uint64_t limit; /* addresses are below */
	unsigned count;
	struct bus_region *recent; /* found last */
	struct bus_region *region[BUS_REGIONS];
};

/**
 * Let @region answer at [@first, @first + @bytes). False, and nothing is changed: some of that is another's, or not on this
 * bus, or there is no room.
 */
bool bus_add(struct bus *bus, struct bus_region *region, uint64_t first, uint64_t bytes);
/** Take it off; nothing, if it is not on. */
void bus_remove(struct bus *bus, struct bus_region *region);
/** The region that has @address, or NULL; found by a search. */
struct bus_region *bus_search(struct bus *bus, uint64_t address);

/** The same, sooner if it is the one that was found last. */
static inline struct bus_region *bus_find(struct bus *bus, uint64_t address)
{
	struct bus_region *recent = bus->recent;

	if (recent && address - recent->first < recent->bytes)
		return recent;
	return bus_search(bus, address);
}

#endif
