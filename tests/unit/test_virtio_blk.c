/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio block device: each request, each error, and long random traffic against a reference. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/ram_disk.h"
#include "tests/unit/virtio_driver.h"

#define SLOT   1
#define HEADER 0x100000ull
#define STATUS 0x102000ull
#define DATA   0x200000ull

enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13 };
enum { OK, IOERR, UNSUPP, NO_STATUS = 0xee };

#define ALL (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

static struct driver driver;

static void start_with(bool read_only)
{
	pci_machine_start();
	ram_disk_start(read_only);
	fake.vm.disk = &ram_disk.disk;
	virtio_blk_create(&fake.vm, &pci_devices.virtio_blk, &ram_disk.disk);
	driver_start(&driver, SLOT, ALL, 1, VIRTIO_QUEUE_MAX);
}

static void start(void)
{
	start_with(false);
}

TestSuite(virtio_blk, .init = start);

static void header_set(uint64_t gpa, uint32_t type, uint64_t sector)
{
	fake_write(gpa, type);
	fake_write(gpa + 8, sector);
}

/** One request of ordinary form; its status. */
static unsigned request(uint32_t type, uint64_t sector, uint32_t bytes)
{
	bool reads = type == IN || type == GET_ID;
	const struct buffer buffer[] = {
	    {HEADER, 16, false}, {DATA, bytes, reads}, {STATUS, 1, true}};
	const struct buffer bare[] = {{HEADER, 16, false}, {STATUS, 1, true}};
	uint32_t head, written;
	uint8_t status = NO_STATUS;

	header_set(HEADER, type, sector);
	guest_copy_out(STATUS, &status, 1);
	driver_add(&driver, 0, bytes ? buffer : bare, bytes ? 3 : 2, 0);
	driver_notify(&driver, 0, true);
	cr_assert(driver_take(&driver, 0, &head, &written));
	guest_copy_in(STATUS, &status, 1);
	cr_assert_eq(written, reads ? bytes + 1 : 1);
	return status;
}

static void event_check(bool write, uint64_t bytes)
{
	const struct vts_event *event = event_back(0);

	cr_assert_eq(event->kind, VTS_KIND_IO_REQUEST);
	cr_assert_eq(event->how, VTS_IO_REQUEST_PV);
	cr_assert_eq(event->reason, VTS_DEVICE_DISK);
	cr_assert_eq(event->flags, write ? VTS_FLAG_WRITE : 0);
	cr_assert_eq(event->io_request.bytes, bytes);
	cr_assert_eq(event->io_request.depth, 1);
	if (bytes)
		cr_assert_eq(event->io_request.address, DATA);
}

Test(virtio_blk, config)
{
	cr_assert_eq(memory_in(driver.config, 8), RAM_DISK_SECTORS);
	cr_assert_eq(memory_in(driver.config + 8, 4), 65536, "size_max");
	cr_assert_eq(memory_in(driver.config + 12, 4), VIRTIO_QUEUE_MAX - 2, "seg_max");
	cr_assert_eq(memory_in(driver.config + 20, 4), 512, "blk_size");
	cr_assert_neq(memory_in(driver.config + 36, 4), 0, "max_discard_sectors");
	cr_assert_neq(memory_in(driver.config + 52, 4), 0, "max_write_zeroes_seg");
	memory_out(driver.config, 8, 0);
	cr_assert_eq(memory_in(driver.config, 8), RAM_DISK_SECTORS, "read-only");
	cr_assert_eq(memory_in(driver.config + 0x40, 8), 0);
	cr_assert_eq(memory_in(driver.config + 0xffc, 8), 0);
}

static uint32_t features_low(void)
{
	common_out(&driver, DEVICE_FEATURE_SELECT, 4, 0);
	return (uint32_t)common_in(&driver, DEVICE_FEATURE, 4);
}

Test(virtio_blk, read_only)
{
	cr_assert_not(features_low() & 1u << 5);
	start_with(true);
	cr_assert(features_low() & 1u << 5);
	cr_assert_eq(request(IN, 0, 512), OK);
	cr_assert_eq(request(OUT, 0, 512), IOERR);
	cr_assert_eq(request(WRITE_ZEROES, 0, 16), IOERR);
	cr_assert_eq(request(DISCARD, 0, 16), IOERR);
	cr_assert_eq(ram_disk.writes, 0);
}

Test(virtio_blk, in)
{
	uint8_t got[8192], byte;

	for (unsigned i = 0; i < sizeof(ram_disk.bytes); i++)
		ram_disk.bytes[i] = (uint8_t)rand();
	cr_assert_eq(request(IN, 3, sizeof(got)), OK);
	event_check(false, sizeof(got));
	guest_copy_in(DATA, got, sizeof(got));
	cr_assert_eq(memcmp(got, &ram_disk.bytes[3 * 512], sizeof(got)), 0);
	guest_copy_in(DATA + sizeof(got), &byte, 1);
	cr_assert_eq(byte, 0);
	cr_assert_eq(request(IN, RAM_DISK_SECTORS - 1, 512), OK);
}

Test(virtio_blk, out)
{
	uint8_t data[8192];

	memset(data, 0x5a, sizeof(data));
	guest_copy_out(DATA, data, sizeof(data));
	cr_assert_eq(request(OUT, 5, sizeof(data)), OK);
	event_check(true, sizeof(data));
	cr_assert_eq(memcmp(data, &ram_disk.bytes[5 * 512], sizeof(data)), 0);
	cr_assert_eq(ram_disk.bytes[5 * 512 - 1] | ram_disk.bytes[21 * 512], 0);
}

Test(virtio_blk, beyond_the_end)
{
	cr_assert_eq(request(IN, RAM_DISK_SECTORS, 512), IOERR);
	event_check(false, 0);
	cr_assert_eq(request(IN, RAM_DISK_SECTORS - 1, 1024), IOERR);
	cr_assert_eq(request(OUT, RAM_DISK_SECTORS - 1, 1024), IOERR);
	cr_assert_eq(request(OUT, ~0ull, 512), IOERR);
	cr_assert_eq(request(IN, ~0ull >> 9, 512), IOERR);
	cr_assert_eq(request(IN, 0, 511), IOERR, "no whole sector");
	cr_assert_eq(request(OUT, 0, 513), IOERR);
	cr_assert_eq(request(IN, 0, 0), IOERR, "nothing");
	cr_assert_eq(ram_disk.writes + ram_disk.reads, 0);
}

Test(virtio_blk, flush)
{
	cr_assert_eq(request(FLUSH, 0, 0), OK);
	event_check(true, 0);
	cr_assert_eq(ram_disk.flushes, 1);
}

Test(virtio_blk, id)
{
	char id[21] = "";

	cr_assert_eq(request(GET_ID, 0, 20), OK);
	guest_copy_in(DATA, id, 20);
	cr_assert_str_eq(id, "vtscope-disk");
	cr_assert_eq(request(GET_ID, 0, 19), IOERR);
}

Test(virtio_blk, unknown)
{
	cr_assert_eq(request(2, 0, 512), UNSUPP);
	cr_assert_eq(request(0xffffffff, 0, 512), UNSUPP);
}

/** The ranges of a discard or write-zeroes request. */
static void range_set(unsigned index, uint64_t sector, uint32_t sectors, uint32_t flags)
{
	fake_write(DATA + 16 * index, sector);
	fake_write(DATA + 16 * index + 8, sectors | (uint64_t)flags << 32);
}

Test(virtio_blk, write_zeroes)
{
	memset(ram_disk.bytes, 0xff, sizeof(ram_disk.bytes));
	range_set(0, 10, 20, 0);
	range_set(1, 100, 1, 1);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), OK);
	for (unsigned sector = 0; sector < 200; sector++) {
		uint8_t want = (sector >= 10 && sector < 30) || sector == 100 ? 0 : 0xff;

		cr_assert_eq(ram_disk.bytes[sector * 512], want, "%u", sector);
		cr_assert_eq(ram_disk.bytes[sector * 512 + 511], want);
	}
}

/** An event each, which says where, and whether the space may be given back. */
static void check_range(unsigned back, uint8_t how, uint64_t sector, uint64_t sectors)
{
	const struct vts_event *event = event_back(back);

	cr_assert_eq(event->reason, VTS_DEVICE_DISK);
	cr_assert_eq(event->how, how);
	cr_assert(event->flags & VTS_FLAG_WRITE);
	cr_assert_eq(event->io_request.value, sector);
	cr_assert_eq(event->io_request.bytes, sectors * 512);
}

Test(virtio_blk, ranges_have_their_events)
{
	range_set(0, 10, 20, 0);
	range_set(1, 100, 1, 1);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), OK);
	check_range(1, VTS_IO_REQUEST_PV, 10, 20);
	check_range(0, VTS_IO_REQUEST_DISCARD, 100, 1);
	range_set(1, 7, 3, 0);
	cr_assert_eq(request(DISCARD, 0, 32), OK);
	check_range(1, VTS_IO_REQUEST_DISCARD, 10, 20);
	check_range(0, VTS_IO_REQUEST_DISCARD, 7, 3);
	cr_assert_eq(request(OUT, 5, 1024), OK);
	check_range(0, VTS_IO_REQUEST_PV, 5, 2);
}

Test(virtio_blk, ranges_that_cannot_be)
{
	range_set(0, 0, 1, 0);
	range_set(1, RAM_DISK_SECTORS, 1, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), IOERR);
	cr_assert_eq(request(DISCARD, 0, 32), IOERR);
	range_set(1, 0, 0xffffffff, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), IOERR);
	range_set(1, ~0ull, 2, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), IOERR);
	range_set(1, 0, 1, 2);
	cr_assert_eq(request(WRITE_ZEROES, 0, 32), UNSUPP);
	range_set(1, 0, 1, 1);
	cr_assert_eq(request(DISCARD, 0, 32), UNSUPP, "discard has no unmap flag");
	cr_assert_eq(request(WRITE_ZEROES, 0, 31), IOERR);
	cr_assert_eq(request(WRITE_ZEROES, 0, 0), IOERR);
	range_set(0, 0, 2049, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 16), IOERR, "longer than offered");
	for (unsigned i = 0; i < 17; i++)
		range_set(i, i, 1, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 16 * 17), IOERR, "more ranges than offered");
	cr_assert_eq(ram_disk.writes, 0, "all or nothing");
	cr_assert_eq(request(DISCARD, 0, 16), OK);
}

Test(virtio_blk, backend_fails)
{
	ram_disk.fails = true;
	range_set(0, 0, 1, 0);
	cr_assert_eq(request(WRITE_ZEROES, 0, 16), IOERR);
	cr_assert_eq(request(IN, 0, 512), IOERR);
	event_check(false, 0);
	cr_assert_eq(request(OUT, 0, 512), IOERR);
	cr_assert_eq(request(FLUSH, 0, 0), IOERR);
	ram_disk.fails = false;
	cr_assert_eq(request(IN, 0, 512), OK, "the device goes on");
}

Test(virtio_blk, guest_memory_is_used_up)
{
	const struct buffer buffer[] = {
	    {HEADER, 16, false}, {DATA + 0x100000, 512, true}, {STATUS, 1, true}};

	header_set(HEADER, IN, 0);
	fake_write(STATUS, NO_STATUS);
	fake.page_limit = fake.allocated;
	driver_add(&driver, 0, buffer, 3, 0);
	driver_notify(&driver, 0, true);
	cr_assert_eq(fake_read(STATUS) & 0xff, IOERR);
}

Test(virtio_blk, depth)
{
	const struct buffer buffer[] = {{HEADER, 16, false}, {STATUS, 1, true}};

	header_set(HEADER, FLUSH, 0);
	for (unsigned i = 0; i < 8; i++)
		driver_add(&driver, 0, buffer, 2, 0);
	driver_notify(&driver, 0, true);
	for (unsigned i = 0; i < 8; i++)
		cr_assert_eq(event_back(i)->io_request.depth, i + 1);
	cr_assert_eq(heard.line_changes, 1, "one interrupt for all");
}

/* ---- random traffic ---- */

#define FLIGHT	     16u
#define SLICE	     0x10000u /* guest memory for a request's data */
#define SECTORS_MAX  64u
#define REQUEST_AREA 0x300000ull

static uint8_t reference[RAM_DISK_SECTORS * DISK_SECTOR];

struct flight {
	bool busy;
	uint32_t type, bytes;
	uint8_t expect[SECTORS_MAX * DISK_SECTOR];
};

static struct flight flight[FLIGHT];

/** Cut [@gpa, @gpa + @bytes) anywhere, empty pieces too. */
static unsigned cut(struct buffer *buffer, uint64_t gpa, uint32_t bytes, bool write, unsigned room)
{
	unsigned count = 0;

	while (bytes) {
		uint32_t part = count + 1 < room ? (uint32_t)rand() % (bytes + 1) : bytes;

		buffer[count++] = (struct buffer){gpa, part, write};
		gpa += part;
		bytes -= part;
	}
	return count;
}

static void request_random(unsigned slot, uint32_t *heads)
{
	struct flight *one = &flight[slot];
	uint64_t data = DATA + SLICE * slot, area = REQUEST_AREA + 4096 * slot;
	uint64_t sector = (uint64_t)rand() % (RAM_DISK_SECTORS - SECTORS_MAX);
	struct buffer buffer[8];
	uint8_t status = NO_STATUS;
	unsigned count;

	one->busy = true;
	one->type = rand() % 2 ? IN : OUT;
	one->bytes = (1 + (uint32_t)rand() % SECTORS_MAX) * DISK_SECTOR;
	header_set(area, one->type, sector);
	guest_copy_out(area + 16, &status, 1);
	count = cut(buffer, area, 16, false, 3);
	if (one->type == OUT) {
		for (unsigned i = 0; i < one->bytes; i++)
			one->expect[i] = (uint8_t)rand();
		guest_copy_out(data, one->expect, one->bytes);
		memcpy(&reference[sector * DISK_SECTOR], one->expect, one->bytes);
		count += cut(&buffer[count], data, one->bytes, false, 4);
	} else {
		memcpy(one->expect, &reference[sector * DISK_SECTOR], one->bytes);
		count += cut(&buffer[count], data, one->bytes, true, 4);
	}
	buffer[count++] = (struct buffer){area + 16, 1, true};
	heads[driver_add(&driver, 0, buffer, count, rand() % 2 ? area + 0x100 : 0)] = slot;
}

static void answers_check(const uint32_t *heads, unsigned count)
{
	uint8_t got[SECTORS_MAX * DISK_SECTOR], status;
	uint32_t head, written;

	for (unsigned i = 0; i < count; i++) {
		struct flight *one;
		unsigned slot;

		cr_assert(driver_take(&driver, 0, &head, &written));
		slot = heads[head];
		one = &flight[slot];
		cr_assert(one->busy);
		one->busy = false;
		guest_copy_in(REQUEST_AREA + 4096 * slot + 16, &status, 1);
		cr_assert_eq(status, OK);
		cr_assert_eq(written, one->type == IN ? one->bytes + 1 : 1);
		guest_copy_in(DATA + SLICE * slot, got, one->bytes);
		cr_assert_eq(memcmp(got, one->expect, one->bytes), 0);
	}
	cr_assert_not(driver_take(&driver, 0, &head, &written));
}

static void traffic(uint64_t features)
{
	uint32_t heads[VIRTIO_QUEUE_MAX];

	driver_start(&driver, SLOT, features, 1, VIRTIO_QUEUE_MAX);
	for (unsigned round = 0; round < 600; round++) {
		unsigned count = 1 + (unsigned)rand() % FLIGHT;
		uint16_t old = driver.queue[0].added;

		for (unsigned i = 0; i < count; i++)
			request_random(i, heads);
		cr_assert(driver_must_notify(&driver, 0, old));
		driver_notify(&driver, 0, rand() % 2);
		answers_check(heads, count);
	}
	cr_assert_eq(memcmp(reference, ram_disk.bytes, sizeof(reference)), 0);
	cr_assert_not(driver_status(&driver) & VIRTIO_NEEDS_RESET);
}

Test(virtio_blk, traffic)
{
	srand(4);
	memset(reference, 0, sizeof(reference));
	traffic(ALL);
	traffic(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC);
}
