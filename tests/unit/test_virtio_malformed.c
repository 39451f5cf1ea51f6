/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues that break the rules. Each case must be named in an event, stop its device and no other, leave all memory alone
 * that is not the guest's to be written, and be mended by a reset.
 */
#include <criterion/criterion.h>

#include "tests/unit/ram_disk.h"
#include "tests/unit/virtio_driver.h"

#define BLK	1
#define CONSOLE 2
#define SIZE	8
#define HEADER	0x100000ull
#define DATA	0x101000ull
#define STATUS	0x102000ull
#define TABLE	0x103000ull
#define END	PCI_MACHINE_MEMORY

static struct driver driver, other;

static uint64_t desc(void)
{
	return driver.queue[0].desc;
}

static void offer(uint16_t head)
{
	driver_offer(&driver, 0, head);
}

/* ---- the cases: a request, and what is wrong with it ---- */

static void head_too_large(void)
{
	offer(SIZE);
}

static void head_huge(void)
{
	offer(0xffff);
}

static void next_too_large(void)
{
	descriptor_set(desc(), 0, HEADER, 16, NEXT, SIZE);
	offer(0);
}

static void next_huge(void)
{
	descriptor_set(desc(), 0, HEADER, 16, NEXT, 0xffff);
	offer(0);
}

static void index_ran_away(void)
{
	guest_out16(driver.queue[0].avail + 2, SIZE + 1);
}

static void index_went_back(void)
{
	guest_out16(driver.queue[0].avail + 2, 0xffff);
}

static void loop_self(void)
{
	descriptor_set(desc(), 0, HEADER, 16, NEXT, 0);
	offer(0);
}

static void loop_pair(void)
{
	descriptor_set(desc(), 0, HEADER, 16, NEXT, 1);
	descriptor_set(desc(), 1, HEADER, 16, NEXT, 0);
	offer(0);
}

static void loop_whole_queue(void)
{
	for (unsigned i = 0; i < SIZE; i++)
		descriptor_set(desc(), i, STATUS, 1, NEXT | WRITE, (uint16_t)((i + 1) % SIZE));
	offer(0);
}

static void outside_end(void)
{
	descriptor_set(desc(), 0, END, 16, 0, 0);
	offer(0);
}

static void outside_across(void)
{
	descriptor_set(desc(), 0, END - 8, 16, WRITE, 0);
	offer(0);
}

static void outside_high(void)
{
	descriptor_set(desc(), 0, 0x8000000000000000, 1, 0, 0);
	offer(0);
}

static void outside_wraps(void)
{
	descriptor_set(desc(), 0, 0xfffffffffffffff8, 16, WRITE, 0);
	offer(0);
}

static void outside_length(void)
{
	descriptor_set(desc(), 0, DATA, 0xffffffff, WRITE, 0);
	offer(0);
}

static void lengths_overflow(void)
{
	for (unsigned i = 0; i < 6; i++)
		descriptor_set(desc(), i, 0, END, NEXT, (uint16_t)(i + 1));
	descriptor_set(desc(), 6, 0, END, 0, 0);
	offer(0);
}

static void over_descriptors(void)
{
	descriptor_set(desc(), 0, desc() + 16 * (SIZE - 1), 16, WRITE, 0);
	offer(0);
}

static void over_driver_ring(void)
{
	descriptor_set(desc(), 0, driver.queue[0].avail - 100, 101, WRITE, 0);
	offer(0);
}

static void over_device_ring(void)
{
	descriptor_set(desc(), 0, driver.queue[0].used + 4 + 8 * SIZE + 1, 64, WRITE, 0);
	offer(0);
}

static void order(void)
{
	descriptor_set(desc(), 0, STATUS, 1, WRITE | NEXT, 1);
	descriptor_set(desc(), 1, HEADER, 16, 0, 0);
	offer(0);
}

static void indirect(uint64_t table, uint32_t bytes, unsigned flags)
{
	descriptor_set(desc(), 0, table, bytes, INDIRECT | flags, 1);
	descriptor_set(desc(), 1, STATUS, 1, WRITE, 0);
	offer(0);
}

static void indirect_with_next(void)
{
	descriptor_set(TABLE, 0, HEADER, 16, 0, 0);
	indirect(TABLE, 16, NEXT);
}

static void indirect_of_no_length(void)
{
	indirect(TABLE, 0, 0);
}

static void indirect_of_a_half(void)
{
	indirect(TABLE, 24, 0);
}

static void indirect_too_long(void)
{
	indirect(TABLE, 16 * (VIRTIO_QUEUE_MAX + 1), 0);
}

static void indirect_huge(void)
{
	indirect(TABLE, 0xfffffff0, 0);
}

static void indirect_outside(void)
{
	indirect(END - 16, 32, 0);
}

static void indirect_in_indirect(void)
{
	descriptor_set(TABLE, 0, TABLE, 16, INDIRECT, 0);
	indirect(TABLE, 16, 0);
}

static void indirect_next_too_large(void)
{
	descriptor_set(TABLE, 0, HEADER, 16, NEXT, 2);
	indirect(TABLE, 32, 0);
}

static void indirect_loop(void)
{
	descriptor_set(TABLE, 0, HEADER, 16, NEXT, 1);
	descriptor_set(TABLE, 1, HEADER, 16, NEXT, 0);
	indirect(TABLE, 32, 0);
}

static void indirect_buffer_outside(void)
{
	descriptor_set(TABLE, 0, END, 1, 0, 0);
	indirect(TABLE, 16, 0);
}

static void indirect_over_queue(void)
{
	descriptor_set(TABLE, 0, desc(), 16, WRITE, 0);
	indirect(TABLE, 16, 0);
}

static void chain_of_too_many(void)
{
	for (unsigned i = 0; i < SIZE - 1; i++)
		descriptor_set(desc(), i, HEADER, 16, NEXT, (uint16_t)(i + 1));
	for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++)
		descriptor_set(TABLE, i, DATA, 1, NEXT, (uint16_t)(i + 1));
	descriptor_set(desc(), SIZE - 1, TABLE, 16 * VIRTIO_QUEUE_MAX, INDIRECT, 0);
	offer(0);
}

static void no_header(void)
{
	descriptor_set(desc(), 0, HEADER, 15, NEXT, 1);
	descriptor_set(desc(), 1, STATUS, 1, WRITE, 0);
	offer(0);
}

static void no_status(void)
{
	descriptor_set(desc(), 0, HEADER, 16, 0, 0);
	offer(0);
}

static void empty_status(void)
{
	descriptor_set(desc(), 0, HEADER, 16, NEXT, 1);
	descriptor_set(desc(), 1, STATUS, 0, WRITE, 0);
	offer(0);
}

static const struct malformed {
	const char *name;
	void (*make)(void);
	enum vts_how how;
} cases[] = {
#define CASE(name, HOW)                                                                            \
	{                                                                                          \
#name, name, VTS_IO_REQUEST_##HOW                                                  \
	}
    CASE(head_too_large, BAD_INDEX),
    CASE(head_huge, BAD_INDEX),
    CASE(next_too_large, BAD_INDEX),
    CASE(next_huge, BAD_INDEX),
    CASE(index_ran_away, BAD_INDEX),
    CASE(index_went_back, BAD_INDEX),
    CASE(loop_self, LOOP),
    CASE(loop_pair, LOOP),
    CASE(loop_whole_queue, LOOP),
    CASE(outside_end, OUTSIDE),
    CASE(outside_across, OUTSIDE),
    CASE(outside_high, OUTSIDE),
    CASE(outside_wraps, OUTSIDE),
    CASE(outside_length, OUTSIDE),
    CASE(lengths_overflow, TOO_LONG),
    CASE(over_descriptors, IN_QUEUE),
    CASE(over_driver_ring, IN_QUEUE),
    CASE(over_device_ring, IN_QUEUE),
    CASE(order, BAD_ORDER),
    CASE(indirect_with_next, BAD_INDIRECT),
    CASE(indirect_of_no_length, BAD_INDIRECT),
    CASE(indirect_of_a_half, BAD_INDIRECT),
    CASE(indirect_too_long, BAD_INDIRECT),
    CASE(indirect_huge, BAD_INDIRECT),
    CASE(indirect_outside, OUTSIDE),
    CASE(indirect_in_indirect, BAD_INDIRECT),
    CASE(indirect_next_too_large, BAD_INDEX),
    CASE(indirect_loop, LOOP),
    CASE(indirect_buffer_outside, OUTSIDE),
    CASE(indirect_over_queue, IN_QUEUE),
    CASE(chain_of_too_many, LOOP),
    CASE(no_header, BAD_REQUEST),
    CASE(no_status, BAD_REQUEST),
    CASE(empty_status, BAD_REQUEST),
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/** A flush, as a good driver asks for it; whether it is answered. */
static bool flush_works(void)
{
	const uint32_t header[4] = {4, 0, 0, 0};
	const struct buffer buffer[] = {{HEADER, 16, false}, {STATUS, 1, true}};
	uint16_t used = guest_in16(driver.queue[0].used + 2);

	guest_copy_out(HEADER, header, sizeof(header));
	driver_add(&driver, 0, buffer, 2, 0);
	driver_notify(&driver, 0, true);
	return guest_in16(driver.queue[0].used + 2) == (uint16_t)(used + 1);
}

static bool print_works(void)
{
	const struct buffer text = {HEADER, 16, false};
	uint16_t used = guest_in16(other.queue[1].used + 2);

	driver_add(&other, 1, &text, 1, 0);
	driver_notify(&other, 1, true);
	return guest_in16(other.queue[1].used + 2) == (uint16_t)(used + 1);
}

static void drop(char c)
{
	(void)c;
}

static struct console console = {.write_raw = drop};

static void start(uint64_t features)
{
	pci_machine_start();
	ram_disk_start(false);
	fake.vm.disk = &ram_disk.disk;
	fake.vm.console = &console;
	virtio_blk_create(&fake.vm, &pci_devices.virtio_blk, &ram_disk.disk);
	virtio_console_create(&fake.vm, &pci_devices.virtio_console);
	driver_start(&driver, BLK, features, 1, SIZE);
	/* Its queues are elsewhere than the other's. */
	driver_find(&other, CONSOLE);
	driver_negotiate(&other, VIRTIO_F_VERSION_1);
	driver_queue_set(&other, 1, SIZE);
	common_out(&other, DEVICE_STATUS, 1, 15);
}

static void case_check(const struct malformed *malformed)
{
	unsigned writes;

	start(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC);
	cr_assert(flush_works() && flush_works());
	/* What came before in the same batch counts. */
	driver.queue[0].added = 2;
	malformed->make();
	if (malformed->make == index_ran_away)
		guest_out16(driver.queue[0].avail + 2, 2 + SIZE + 1);
	if (malformed->make == index_went_back)
		guest_out16(driver.queue[0].avail + 2, 1);
	writes = ram_disk.writes;
	driver_notify(&driver, 0, false);
	cr_assert_eq(event_back(0)->kind, VTS_KIND_IO_REQUEST, "%s", malformed->name);
	cr_assert_eq(event_back(0)->how, malformed->how, "%s: %u", malformed->name,
		     event_back(0)->how);
	cr_assert_eq(event_back(0)->reason, VTS_DEVICE_VIRTIO_BLK);
	cr_assert(driver_status(&driver) & VIRTIO_NEEDS_RESET, "%s", malformed->name);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 2, "%s: not given back",
		     malformed->name);
	cr_assert_eq(ram_disk.writes, writes);
	cr_assert(print_works(), "%s: the other device goes on", malformed->name);
	cr_assert_not(flush_works(), "%s: stopped until its reset", malformed->name);
	driver_start(&driver, BLK, VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC, 1, SIZE);
	cr_assert(flush_works(), "%s: mended", malformed->name);
}

Test(virtio_malformed, all)
{
	for (unsigned i = 0; i < CASES; i++)
		case_check(&cases[i]);
}

/* The good chains before a bad one are answered. */
Test(virtio_malformed, batch_before)
{
	const uint32_t header[4] = {4, 0, 0, 0};
	const struct buffer buffer[] = {{HEADER, 16, false}, {STATUS, 1, true}};

	start(VIRTIO_F_VERSION_1);
	guest_copy_out(HEADER, header, sizeof(header));
	driver_add(&driver, 0, buffer, 2, 0);
	driver_add(&driver, 0, buffer, 2, 0);
	offer(SIZE);
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 2);
	cr_assert(driver_status(&driver) & VIRTIO_NEEDS_RESET);
	cr_assert_eq(memory_in(driver.isr, 1), 3, "both interrupts");
}

Test(virtio_malformed, indirect_not_negotiated)
{
	start(VIRTIO_F_VERSION_1);
	descriptor_set(TABLE, 0, HEADER, 16, 0, 0);
	indirect(TABLE, 16, 0);
	driver_notify(&driver, 0, true);
	cr_assert_eq(event_back(0)->how, VTS_IO_REQUEST_BAD_INDIRECT);
}

/* One notification does at most a queue's worth of work, whatever the ring says. */
Test(virtio_malformed, work_is_bounded)
{
	const uint32_t header[4] = {4, 0, 0, 0};

	start(VIRTIO_F_VERSION_1);
	guest_copy_out(HEADER, header, sizeof(header));
	descriptor_set(desc(), 0, HEADER, 16, NEXT, 1);
	descriptor_set(desc(), 1, STATUS, 1, WRITE, 0);
	for (unsigned i = 0; i < SIZE; i++)
		offer(0);
	driver_notify(&driver, 0, true);
	cr_assert_eq(ram_disk.flushes, SIZE, "the same chain as often as it is offered");
}
