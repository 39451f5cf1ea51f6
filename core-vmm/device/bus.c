/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/bus.h"

#include <stddef.h>

/** How many regions begin at or below @address. */
static unsigned regions_below(const struct bus *bus, uint64_t address)
{
	unsigned low = 0, high = bus->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (bus->region[middle]->first <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool bus_add(struct bus *bus, struct bus_region *region, uint64_t first, uint64_t bytes)
{
	unsigned at = regions_below(bus, first);
	const struct bus_region *before = at ? bus->region[at - 1] : NULL;

	if (!bytes || first >= bus->limit || bytes > bus->limit - first ||
	    bus->count == BUS_REGIONS)
		return false;
	if (before && first - before->first < before->bytes)
		return false;
	if (at < bus->count && bus->region[at]->first - first < bytes)
		return false;
	for (unsigned i = bus->count++; i > at; i--)
		bus->region[i] = bus->region[i - 1];
	region->first = first;
	region->bytes = bytes;
	bus->region[at] = region;
	return true;
}

void bus_remove(struct bus *bus, struct bus_region *region)
{
	unsigned at = 0;

	while (at < bus->count && bus->region[at] != region)
		at++;
	if (at == bus->count)
		return;
	bus->recent = NULL;
	for (bus->count--; at < bus->count; at++)
		bus->region[at] = bus->region[at + 1];
}

struct bus_region *bus_search(struct bus *bus, uint64_t address)
{
	unsigned at = regions_below(bus, address);
	struct bus_region *region = at ? bus->region[at - 1] : NULL;

	if (!region || address - region->first >= region->bytes)
		return NULL;
	bus->recent = region;
	return region;
}
