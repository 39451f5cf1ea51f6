/* SPDX-License-Identifier: GPL-2.0-only */
/* The trapped ATA disk, as a driver sees it (ATA8-ACS, ATA8-APT). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/fake/ata_rig.h"
#include "tests/unit/fake/machine.h"

#define ERROR	0x171
#define COUNT	0x172
#define LOW	0x173
#define MIDDLE	0x174
#define HIGH	0x175
#define DEVICE	0x176
#define COMMAND 0x177
#define CONTROL 0x376

#define LBA 0x40
#define DEV 0x10

#define ABRT 0x04
#define IDNF 0x10
#define UNC  0x40

#define READY  0x50
#define WANTED 0x58
#define FAILED 0x51

static uint8_t data[300 * DISK_SECTOR];

TestSuite(ata, .init = rig_start);

static void address(uint32_t sector, unsigned count)
{
	rig_out(COUNT, 1, count);
	rig_out(LOW, 1, sector);
	rig_out(MIDDLE, 1, sector >> 8);
	rig_out(HIGH, 1, sector >> 16);
	rig_out(DEVICE, 1, LBA | sector >> 24);
}

static void address_ext(uint64_t sector, unsigned count)
{
	rig_out(COUNT, 1, count >> 8);
	rig_out(LOW, 1, (uint32_t)(sector >> 24));
	rig_out(MIDDLE, 1, (uint32_t)(sector >> 32));
	rig_out(HIGH, 1, (uint32_t)(sector >> 40));
	address((uint32_t)sector & 0xffffff, count & 0xff);
}

static void command(uint8_t value)
{
	rig_out(COMMAND, 1, value);
}

static uint8_t status(void)
{
	return (uint8_t)rig_in(COMMAND, 1);
}

static void expect_error(uint8_t error)
{
	cr_expect(eq(u8, status(), FAILED));
	cr_expect(eq(u8, (uint8_t)rig_in(ERROR, 1), error));
}

static void multiple(uint8_t count)
{
	rig_out(COUNT, 1, count);
	command(0xc6);
	cr_assert(eq(u8, status(), READY));
}

static void expect_sectors(uint64_t sector, unsigned count)
{
	cr_expect(eq(int, memcmp(data, rig.data + sector * DISK_SECTOR, count * DISK_SECTOR), 0),
		  "sectors from %lu", (unsigned long)sector);
}

Test(ata, identifies_itself)
{
	uint16_t words[256];
	uint8_t sum = 0;

	multiple(8);
	command(0xec);
	cr_assert(rig.line);
	cr_assert(eq(u8, status(), WANTED));
	cr_expect(not(rig.line));
	rig_in_many(words, sizeof(words), 2);
	cr_expect(eq(u8, status(), READY));
	cr_expect(eq(u16, words[0] & 0x8000, 0));	/* an ATA device */
	cr_expect(eq(u16, words[49] & 0x0200, 0x0200)); /* LBA */
	cr_expect(eq(u16, words[49] & 0x0100, 0));	/* no DMA */
	cr_expect(eq(u16, words[60], RIG_SECTORS));
	cr_expect(eq(u16, words[100], RIG_SECTORS));
	cr_expect(eq(u16, words[59], 0x0108));
	cr_expect(eq(u16, words[83] & 0xc000, 0x4000));
	cr_expect(eq(u16, words[83] & 0x3400, 0x3400)); /* 48 bits, both flushes */
	cr_expect(eq(u16, words[27], 'v' << 8 | 't'));
	for (unsigned i = 0; i < sizeof(words); i++)
		sum = (uint8_t)(sum + ((uint8_t *)words)[i]);
	cr_expect(eq(u8, sum, 0));
}

Test(ata, large_disks_say_what_28_bits_reach)
{
	uint16_t words[256];

	ata_identify(words, 1ull << 33, 0, true);
	cr_expect(eq(u16, words[60], 0xffff));
	cr_expect(eq(u16, words[61], 0x0fff));
	cr_expect(eq(u16, words[102], 2));
	cr_expect(eq(u16, words[1], 16383));
}

Test(ata, reads_a_sector_a_block)
{
	address(7, 3);
	command(0x20);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect(rig.line, "an interrupt a block");
		cr_assert(eq(u8, status(), WANTED));
		rig_in_many(data + i * DISK_SECTOR, DISK_SECTOR, 2);
	}
	cr_expect(not(rig.line), "none after the last");
	cr_expect(eq(u8, status(), READY));
	cr_expect(eq(u32, rig.edges, 3));
	expect_sectors(7, 3);
}

Test(ata, reads_blocks_of_several)
{
	multiple(16);
	rig.edges = 0;
	address(0, 0); /* 256 */
	command(0xc4);
	for (unsigned i = 0; i < 256; i += 16) {
		cr_assert(eq(u8, status(), WANTED));
		rig_in_many(data + i * DISK_SECTOR, 16 * DISK_SECTOR, 4);
	}
	cr_expect(eq(u8, status(), READY));
	cr_expect(eq(u32, rig.edges, 16));
	expect_sectors(0, 256);
}

Test(ata, every_width_moves_the_same)
{
	static const unsigned sizes[] = {1, 2, 4};

	for (unsigned i = 0; i < 3; i++) {
		address(40, 2);
		command(0x20);
		for (unsigned at = 0; at < 2 * DISK_SECTOR; at += sizes[i]) {
			uint32_t value = rig_in(ATA_PORT, sizes[i]);

			memcpy(data + at, &value, sizes[i]);
		}
		cr_expect(eq(u8, status(), READY));
		expect_sectors(40, 2);
	}
}

Test(ata, writes)
{
	multiple(4);
	memset(data, 0xa7, sizeof(data));
	address(100, 6);
	rig.edges = 0;
	command(0xc5);
	cr_expect(not(rig.line), "the first block is asked for without an interrupt");
	cr_assert(eq(u8, status(), WANTED));
	rig_out_many(data, 4 * DISK_SECTOR, 2);
	cr_expect(rig.line);
	cr_assert(eq(u8, status(), WANTED));
	rig_out_many(data, 2 * DISK_SECTOR, 2);
	cr_expect(rig.line);
	cr_assert(eq(u8, status(), READY));
	cr_expect(eq(u32, rig.edges, 2));
	expect_sectors(100, 6);
	cr_expect(eq(u8, rig.data[106 * DISK_SECTOR], 106 << 16 & 0xff));
	cr_expect(ne(u8, rig.data[99 * DISK_SECTOR + 2], 0xa7));
}

Test(ata, writes_more_than_the_buffer_holds)
{
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 512);
	address_ext(500, 300);
	command(0x34);
	rig_out_many(data, 300 * DISK_SECTOR, 2);
	cr_expect(eq(u8, status(), READY));
	expect_sectors(500, 300);
	memset(data, 0, sizeof(data));
	address_ext(500, 300);
	command(0x24);
	rig_in_many(data, 300 * DISK_SECTOR, 4);
	cr_expect(eq(u8, status(), READY));
	expect_sectors(500, 300);
}

Test(ata, old_drivers_give_a_geometry)
{
	rig_out(COUNT, 1, 1);
	rig_out(LOW, 1, 5);
	rig_out(MIDDLE, 1, 0);
	rig_out(HIGH, 1, 0);
	rig_out(DEVICE, 1, 0xa0 | 2);
	command(0x20);
	rig_in_many(data, DISK_SECTOR, 2);
	cr_expect(eq(u8, status(), READY));
	expect_sectors(2 * 63 + 4, 1);
	rig_out(LOW, 1, 0);
	command(0x20);
	expect_error(IDNF);
}

Test(ata, sectors_beyond_the_end_are_none)
{
	static const uint8_t commands[] = {0x20, 0x24, 0x29, 0x30, 0x34, 0x39,
					   0x40, 0x42, 0xc4, 0xc5, 0x70};

	multiple(2);
	for (unsigned i = 0; i < sizeof(commands); i++) {
		address_ext(RIG_SECTORS - 1, 2);
		command(commands[i]);
		expect_error(IDNF);
		cr_expect(eq(u32, rig_in(ATA_PORT, 2), 0xffff));
	}
	address_ext(0xffffffffffff, 0);
	command(0x24);
	expect_error(IDNF);
	address(RIG_SECTORS - 1, 1);
	command(0x20);
	cr_expect(eq(u8, status(), WANTED));
}

Test(ata, errors_of_the_file_are_the_sectors)
{
	rig.bad = 203;
	address(203, 1);
	command(0x20);
	expect_error(UNC);
	cr_expect(eq(u32, rig_in(LOW, 1), 203));
	command(0x30);
	cr_assert(eq(u8, status(), WANTED));
	rig_out_many(data, DISK_SECTOR, 2);
	expect_error(ABRT);
	address(200, 8);
	command(0x40);
	expect_error(UNC);
	address(204, 8);
	command(0x40);
	cr_expect(eq(u8, status(), READY));
	rig.flush_fails = true;
	command(0xe7);
	expect_error(ABRT);
}

Test(ata, a_read_only_disk_refuses_writes)
{
	static const uint8_t commands[] = {0x30, 0x34, 0x39, 0xc5};

	rig.disk.read_only = true;
	multiple(2);
	for (unsigned i = 0; i < sizeof(commands); i++) {
		address_ext(1, 1);
		command(commands[i]);
		expect_error(ABRT);
	}
	command(0xe7);
	cr_expect(eq(u8, status(), READY));
}

Test(ata, commands_that_it_does_not_know_are_aborted)
{
	static const uint8_t commands[] = {0x00, 0x08, 0x22, 0x25, 0x35, 0xa0,
					   0xa1, 0xb0, 0xc8, 0xca, 0xf8, 0xff};

	for (unsigned i = 0; i < sizeof(commands); i++) {
		command(commands[i]);
		expect_error(ABRT);
	}
	command(0xc4); /* no block was set */
	expect_error(ABRT);
	rig_out(COUNT, 1, 3);
	command(0xc6);
	expect_error(ABRT);
	rig_out(COUNT, 1, 32);
	command(0xc6);
	expect_error(ABRT);
}

Test(ata, flushes_reach_the_backend)
{
	command(0xe7);
	command(0xea);
	cr_expect(eq(u8, status(), READY));
	cr_expect(eq(u32, rig.flushes, 2));
}

Test(ata, features)
{
	uint16_t words[256];

	rig_out(ERROR, 1, 0x82); /* write cache off */
	command(0xef);
	cr_expect(eq(u8, status(), READY));
	command(0xec);
	rig_in_many(words, sizeof(words), 2);
	cr_expect(eq(u16, words[85] & 0x20, 0));
	rig_out(ERROR, 1, 3);
	rig_out(COUNT, 1, 0x0c); /* PIO 4 */
	command(0xef);
	cr_expect(eq(u8, status(), READY));
	rig_out(COUNT, 1, 0x45); /* a DMA mode */
	command(0xef);
	expect_error(ABRT);
}

Test(ata, reset_gives_the_signature)
{
	multiple(2);
	address(5, 5);
	command(0x20);
	cr_assert(rig.line);
	rig_out(CONTROL, 1, 4);
	cr_expect(eq(u8, status(), 0x80));
	cr_expect(not(rig.line));
	command(0x20);
	cr_expect(eq(u8, status(), 0x80));
	rig_out(CONTROL, 1, 0);
	cr_expect(eq(u8, status(), READY));
	cr_expect(eq(u32, rig_in(ERROR, 1), 1));
	cr_expect(eq(u32, rig_in(COUNT, 1), 1));
	cr_expect(eq(u32, rig_in(LOW, 1), 1));
	cr_expect(eq(u32, rig_in(MIDDLE, 1), 0));
	cr_expect(eq(u32, rig_in(HIGH, 1), 0));
	command(0xc4);
	expect_error(ABRT);
	rig.edges = 0;
	command(0x90);
	cr_expect(eq(u32, rig.edges, 1));
	cr_expect(eq(u32, rig_in(ERROR, 1), 1));
}

Test(ata, interrupts_can_be_off)
{
	rig_out(CONTROL, 1, 2);
	address(1, 1);
	command(0x20);
	cr_expect(not(rig.line));
	rig_out(CONTROL, 1, 0);
	cr_expect(rig.line, "it pends");
	rig_in(CONTROL, 1);
	cr_expect(rig.line, "the alternate status does not end it");
	status();
	cr_expect(not(rig.line));
}

Test(ata, device_1_is_not_there)
{
	address(1, 1);
	rig_out(DEVICE, 1, LBA | DEV);
	cr_expect(eq(u8, status(), 0));
	cr_expect(eq(u32, rig_in(CONTROL, 1), 0));
	command(0xec);
	command(0x20);
	cr_expect(eq(u8, status(), 0));
	cr_expect(eq(u32, rig_in(ATA_PORT, 2), 0xffff));
	rig_out(DEVICE, 1, LBA);
	cr_expect(eq(u8, status(), READY), "device 0 did not do it either");
}

Test(ata, what_was_written_before_reads_back)
{
	address_ext(0x112233445566, 0x7788);
	rig_out(CONTROL, 1, 0x80);
	cr_expect(eq(u32, rig_in(COUNT, 1), 0x77));
	cr_expect(eq(u32, rig_in(LOW, 1), 0x33));
	cr_expect(eq(u32, rig_in(HIGH, 1), 0x11));
	rig_out(DEVICE, 1, LBA);
	cr_expect(eq(u32, rig_in(COUNT, 1), 0x88), "a write ends that");
}

Test(ata, a_wide_access_is_many_narrow_ones)
{
	rig_out(COUNT, 4, 0x44332211);
	cr_expect(eq(u32, rig_in(COUNT, 4), 0x44332211));
	cr_expect(eq(u32, rig_in(COMMAND, 4), 0xffffff00 | READY));
	rig_out(DEVICE, 4, 0xffffec40); /* device, and IDENTIFY; the rest is nobody's */
	cr_expect(eq(u8, status(), WANTED));
}

Test(ata, a_command_in_the_midst_of_another_ends_that)
{
	address(10, 2);
	command(0x30);
	rig_out_many(data, DISK_SECTOR + 10, 2);
	address(20, 1);
	command(0x20);
	rig_in_many(data, DISK_SECTOR, 2);
	cr_expect(eq(u8, status(), READY));
	expect_sectors(20, 1);
}

static void expect_event(uint64_t sector, unsigned count)
{
	const struct vts_event *event = fake.vcpu.ring.next - 1;
	bool write = event->flags & VTS_FLAG_WRITE;

	cr_expect(eq(int, event->reason, VTS_DEVICE_DISK));
	cr_expect(write);
	cr_expect(eq(u64, event->io_request.value, sector));
	cr_expect(eq(u64, event->io_request.bytes, count * DISK_SECTOR));
}

Test(ata, events_say_what_was_written)
{
	address_ext(500, 130);
	command(0x34);
	rig_out_many(data, 130 * DISK_SECTOR, 2);
	expect_event(500, 130);
	command(0xe7);
	expect_event(0, 0);
	rig.bad = 103;
	address(101, 4);
	command(0x30);
	rig_out_many(data, 4 * DISK_SECTOR, 2);
	expect_event(101, 0);
}

/* What is in the disk counts, whoever gave the command up. */
Test(ata, writes_that_are_given_up_have_their_event)
{
	address_ext(500, 300);
	command(0x34);
	rig_out_many(data, 200 * DISK_SECTOR, 2);
	rig_out(CONTROL, 1, 0x04);
	expect_event(500, ATA_BUFFER_SECTORS);
	rig_out(CONTROL, 1, 0);
	address_ext(600, 300);
	command(0x34);
	rig_out_many(data, 200 * DISK_SECTOR, 2);
	address(20, 1);
	command(0x20);
	expect_event(600, ATA_BUFFER_SECTORS);
}

Test(ata, none_without_a_disk)
{
	memset(&rig.devices, 0, sizeof(rig.devices));
	rig.devices.ports.limit = 0x10000;
	fake.vm.disk = NULL;
	cr_assert(ata_create(&fake.vm));
	cr_expect(eq(u32, rig_in(COMMAND, 1), 0xff));
}
