/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/fake/ata_rig.h"

#include <stdlib.h>
#include <string.h>

#include "core-vmm/device/irq.h"
#include "tests/unit/fake/machine.h"

struct ata_rig rig;

void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source)
{
	(void)vcpu;
	if (line != ATA_LINE || source != VTS_DEVICE_ATA || high == rig.line)
		abort();
	rig.line = high;
	rig.edges += high;
}

static bool is_bad(uint64_t sector, unsigned count)
{
	if (!disk_has(&rig.disk, sector, count))
		abort(); /* disk.h: all within the disk */
	return rig.bad >= sector && rig.bad < sector + count;
}

static int rig_read(struct disk *disk, uint64_t sector, unsigned count, void *to)
{
	(void)disk;
	if (is_bad(sector, count))
		return -1;
	memcpy(to, rig.data + sector * DISK_SECTOR, count * DISK_SECTOR);
	return 0;
}

static int rig_write(struct disk *disk, uint64_t sector, unsigned count, const void *from)
{
	if (disk->read_only)
		abort();
	if (is_bad(sector, count))
		return -1;
	memcpy(rig.data + sector * DISK_SECTOR, from, count * DISK_SECTOR);
	return 0;
}

static int rig_flush(struct disk *disk)
{
	(void)disk;
	rig.flushes++;
	return rig.flush_fails ? -1 : 0;
}

void rig_start(void)
{
	static uint64_t fresh[RIG_SECTORS][DISK_SECTOR / 8];

	memset(&rig, 0, sizeof(rig));
	fake_start(2 << 20, false);
	for (uint64_t i = 0; i < RIG_SECTORS && !fresh[1][0]; i++)
		for (uint64_t j = 0; j < DISK_SECTOR / 8; j++)
			fresh[i][j] = i << 16 | j;
	memcpy(rig.data, fresh, sizeof(fresh));
	rig.bad = UINT64_MAX;
	rig.disk = (struct disk){
	    .sectors = RIG_SECTORS, .read = rig_read, .write = rig_write, .flush = rig_flush};
	rig.devices.ports.limit = 0x10000;
	fake.vm.devices = &rig.devices;
	fake.vm.disk = &rig.disk;
	if (!ata_create(&fake.vm))
		abort();
}

uint32_t rig_in(uint16_t port, unsigned size)
{
	struct bus_region *region = bus_find(&rig.devices.ports, port);
	uint32_t mask = 0xffffffffu >> (32 - 8 * size);

	return mask & (region ? (uint32_t)region->read(&fake.vcpu, region->state,
						       port - region->first, size)
			      : ~0u);
}

void rig_out(uint16_t port, unsigned size, uint32_t value)
{
	struct bus_region *region = bus_find(&rig.devices.ports, port);

	if (region)
		region->write(&fake.vcpu, NULL, region->state, port - region->first, size,
			      value & 0xffffffffu >> (32 - 8 * size));
}

/** Bytes that moved at once: none, or at least one element. */
static uint64_t bulk(char *data, uint64_t bytes, unsigned size, bool in)
{
	struct bus_region *region = bus_find(&rig.devices.ports, ATA_PORT);
	uint64_t part = bytes;
	void *buffer = region->bulk(&fake.vcpu, region->state, 0, in, &part);

	if (!buffer || part < size)
		return 0;
	if (part > bytes)
		abort();
	part -= part % size;
	memcpy(in ? data : buffer, in ? buffer : data, part);
	region->bulk_moved(&fake.vcpu, region->state, part);
	return part;
}

void rig_in_many(void *to, uint64_t bytes, unsigned size)
{
	for (uint64_t done = 0, part; done + size <= bytes; done += part) {
		uint32_t value;

		part = bulk((char *)to + done, bytes - done, size, true);
		if (part)
			continue;
		value = rig_in(ATA_PORT, size);
		memcpy((char *)to + done, &value, size);
		part = size;
	}
}

void rig_out_many(const void *from, uint64_t bytes, unsigned size)
{
	for (uint64_t done = 0, part; done + size <= bytes; done += part) {
		uint32_t value = 0;

		part = bulk((char *)(uintptr_t)from + done, bytes - done, size, false);
		if (part)
			continue;
		memcpy(&value, (const char *)from + done, size);
		rig_out(ATA_PORT, size, value);
		part = size;
	}
}
