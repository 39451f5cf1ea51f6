/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/platform/bare/disk.h"

#include "core-vmm/platform/bare/port.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vmx/msr.h"

/* The registers: ATA8-APT; the commands: ATA8-ACS. */
#define PORT_DATA    0x170
#define PORT_COUNT   0x172
#define PORT_LOW     0x173
#define PORT_MIDDLE  0x174
#define PORT_HIGH    0x175
#define PORT_DEVICE  0x176
#define PORT_COMMAND 0x177 /* read: status */
#define PORT_CONTROL 0x376

#define DEVICE_LBA   0x40
#define CONTROL_NIEN 0x02 /* no interrupts */

#define STATUS_ERR 0x01
#define STATUS_DRQ 0x08
#define STATUS_DF  0x20
#define STATUS_BSY 0x80

#define COMMAND_READ	     0xc4 /* READ MULTIPLE */
#define COMMAND_READ_EXT     0x29
#define COMMAND_WRITE	     0xc5 /* WRITE MULTIPLE */
#define COMMAND_WRITE_EXT    0x39
#define COMMAND_SET_MULTIPLE 0xc6
#define COMMAND_FLUSH	     0xe7
#define COMMAND_IDENTIFY     0xec

#define LBA28_SECTORS	(1ull << 28)
#define COMMAND_SECTORS 256u
#define POLLS_MAX	(1u << 28) /* a drive that takes so long is broken */

/* IDENTIFY DEVICE, by word. */
#define IDENTIFY_BLOCK	   47
#define IDENTIFY_SECTORS28 60
#define IDENTIFY_SETS	   83
#define IDENTIFY_SECTORS48 100
#define SETS_LBA48	   (1u << 10)

/* The machine has one; this is the platform's, not the core's. */
static struct {
	unsigned block; /* sectors that move at once */
	bool failed;	/* said so */
} drive;

/** Wait until it is not busy; all ones if it stays so. */
static uint8_t status_wait(struct disk *disk)
{
	uint8_t status = port_in8(PORT_COMMAND);
	uint64_t start, waited;

	if (!(status & STATUS_BSY))
		return status;
	start = platform_tsc();
	for (unsigned polls = 0; status & STATUS_BSY && polls < POLLS_MAX; polls++)
		status = port_in8(PORT_COMMAND);
	waited = platform_tsc() - start;
	msr_write(MSR_TSC, platform_tsc() - waited);
	disk->waited += waited;
	return status & STATUS_BSY ? 0xff : status;
}

static bool is_data_wanted(struct disk *disk)
{
	return (status_wait(disk) & (STATUS_DRQ | STATUS_ERR | STATUS_DF)) == STATUS_DRQ;
}

static bool is_done(struct disk *disk)
{
	return !(status_wait(disk) & (STATUS_DRQ | STATUS_ERR | STATUS_DF));
}

/* 32 bits at a time: on the emulator an instruction each, whatever their size. */
static void block_in(void *to, uint64_t sectors)
{
	uint64_t count = sectors * DISK_SECTOR / 4;

	__asm__ volatile("rep insl" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
}

static void block_out(const void *from, uint64_t sectors)
{
	uint64_t count = sectors * DISK_SECTOR / 4;

	__asm__ volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(PORT_DATA) : "memory");
}

static void command_send(uint64_t sector, unsigned count, uint8_t command, uint8_t command_ext)
{
	bool ext = sector + count > LBA28_SECTORS;

	if (ext) {
		port_out8(PORT_COUNT, (uint8_t)(count >> 8));
		port_out8(PORT_LOW, (uint8_t)(sector >> 24));
		port_out8(PORT_MIDDLE, (uint8_t)(sector >> 32));
		port_out8(PORT_HIGH, (uint8_t)(sector >> 40));
	}
	port_out8(PORT_COUNT, (uint8_t)count);
	port_out8(PORT_LOW, (uint8_t)sector);
	port_out8(PORT_MIDDLE, (uint8_t)(sector >> 8));
	port_out8(PORT_HIGH, (uint8_t)(sector >> 16));
	port_out8(PORT_DEVICE, ext ? DEVICE_LBA : DEVICE_LBA | (uint8_t)(sector >> 24 & 0x0f));
	port_out8(PORT_COMMAND, ext ? command_ext : command);
}

/** The first time it is said; the guest is told every time. */
static int failure(const char *what, uint64_t sector)
{
	if (!drive.failed)
		platform_log(
		    "disk: cannot %s sector %lu and those behind it: is the image file still as "
		    "long as it was, and its file system not full? The guest gets an error",
		    what, (unsigned long)sector);
	drive.failed = true;
	return -1;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool command_read(struct disk *disk, uint64_t sector, unsigned count, char *to)
{
	command_send(sector, count, COMMAND_READ, COMMAND_READ_EXT);
	while (count) {
		unsigned block = least(count, drive.block);

		if (!is_data_wanted(disk))
			return false;
		block_in(to, block);
		to += block * DISK_SECTOR;
		count -= block;
	}
	return is_done(disk);
}

static bool command_write(struct disk *disk, uint64_t sector, unsigned count, const char *from)
{
	command_send(sector, count, COMMAND_WRITE, COMMAND_WRITE_EXT);
	while (count) {
		unsigned block = least(count, drive.block);

		if (!is_data_wanted(disk))
			return false;
		block_out(from, block);
		from += block * DISK_SECTOR;
		count -= block;
	}
	return is_done(disk);
}

static int bare_disk_read(struct disk *disk, uint64_t sector, unsigned count, void *to)
{
	for (unsigned part; count; count -= part, sector += part) {
		part = least(count, COMMAND_SECTORS);
		if (!command_read(disk, sector, part, to))
			return failure("read", sector);
		to = (char *)to + part * DISK_SECTOR;
	}
	return 0;
}

static int bare_disk_write(struct disk *disk, uint64_t sector, unsigned count, const void *from)
{
	for (unsigned part; count; count -= part, sector += part) {
		part = least(count, COMMAND_SECTORS);
		if (!command_write(disk, sector, part, from))
			return failure("write", sector);
		from = (const char *)from + part * DISK_SECTOR;
	}
	return 0;
}

static int bare_disk_flush(struct disk *disk)
{
	port_out8(PORT_DEVICE, DEVICE_LBA);
	port_out8(PORT_COMMAND, COMMAND_FLUSH);
	return is_done(disk) ? 0 : failure("flush", 0);
}

static uint64_t sectors_parse(const uint16_t identity[256])
{
	const uint16_t *size = &identity[IDENTIFY_SECTORS48];

	if (!(identity[IDENTIFY_SETS] & SETS_LBA48))
		return identity[IDENTIFY_SECTORS28] | (uint64_t)identity[IDENTIFY_SECTORS28 + 1]
							  << 16;
	return size[0] | (uint64_t)size[1] << 16 | (uint64_t)size[2] << 32 |
	       (uint64_t)size[3] << 48;
}

const char *bare_disk_open(struct disk *disk, bool read_only)
{
	uint16_t identity[256];
	uint8_t status;

	*disk = (struct disk){.read_only = read_only,
			      .read = bare_disk_read,
			      .write = bare_disk_write,
			      .flush = bare_disk_flush};
	port_out8(PORT_CONTROL, CONTROL_NIEN);
	port_out8(PORT_DEVICE, DEVICE_LBA);
	status = port_in8(PORT_COMMAND);
	if (!status || status == 0xff)
		return "no disk is there: the second ATA channel has no master";
	status_wait(disk);
	port_out8(PORT_COMMAND, COMMAND_IDENTIFY);
	if (!is_data_wanted(disk))
		return "the disk does not identify itself";
	block_in(identity, 1);
	disk->sectors = sectors_parse(identity);
	drive.block = identity[IDENTIFY_BLOCK] & 0xff;
	port_out8(PORT_COUNT, (uint8_t)drive.block);
	port_out8(PORT_COMMAND, COMMAND_SET_MULTIPLE);
	if (!disk->sectors || !drive.block || !is_done(disk))
		return "the disk has no sectors, or does not move several at once";
	return NULL;
}
