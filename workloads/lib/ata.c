// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/ata.h"

#include "workloads/lib/cpu.h"

#define PORT_DATA    0x170
#define PORT_COUNT   0x172
#define PORT_LOW     0x173
#define PORT_MIDDLE  0x174
#define PORT_HIGH    0x175
#define PORT_DEVICE  0x176
#define PORT_COMMAND 0x177 /* read: status, and no interrupt pends any more */
#define PORT_CONTROL 0x376 /* read: status */

#define DEVICE_LBA   0x40
#define CONTROL_NIEN 0x02

#define STATUS_ERR 0x01
#define STATUS_DRQ 0x08
#define STATUS_DF  0x20
#define STATUS_BSY 0x80

#define COMMAND_READ_MULTIPLE	   0xc4
#define COMMAND_READ_MULTIPLE_EXT  0x29
#define COMMAND_WRITE_MULTIPLE	   0xc5
#define COMMAND_WRITE_MULTIPLE_EXT 0x39
#define COMMAND_SET_MULTIPLE	   0xc6
#define COMMAND_FLUSH		   0xe7
#define COMMAND_FLUSH_EXT	   0xea
#define COMMAND_IDENTIFY	   0xec

#define LBA28_SECTORS (1ul << 28)

static uint8_t status_wait(void)
{
	uint8_t status;

	do
		status = in8(PORT_COMMAND);
	while (status & STATUS_BSY);
	return status;
}

/** Whether the drive asks for the next block. */
static bool is_data_wanted(void)
{
	return (status_wait() & (STATUS_DRQ | STATUS_ERR | STATUS_DF)) == STATUS_DRQ;
}

static bool is_done(void)
{
	return !(status_wait() & (STATUS_DRQ | STATUS_ERR | STATUS_DF));
}

static void words_in(void *to, uint64_t words)
{
	__asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(PORT_DATA) : "memory");
}

static void words_out(const void *from, uint64_t words)
{
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(PORT_DATA) : "memory");
}

bool ata_open(struct ata *ata)
{
	uint16_t identity[256];

	out8(PORT_CONTROL, CONTROL_NIEN);
	out8(PORT_DEVICE, DEVICE_LBA);
	/* Where nothing is, all ones are read, or zeros. */
	if (in8(PORT_COMMAND) == 0xff || !in8(PORT_COMMAND))
		return false;
	status_wait();
	out8(PORT_COMMAND, COMMAND_IDENTIFY);
	if (!is_data_wanted())
		return false;
	words_in(identity, 256);
	ata->lba48 = identity[83] & 1 << 10;
	ata->sectors = identity[60] | (uint32_t)identity[61] << 16;
	if (ata->lba48)
		ata->sectors = identity[100] | (uint64_t)identity[101] << 16 |
			       (uint64_t)identity[102] << 32 | (uint64_t)identity[103] << 48;
	ata->block = identity[47] & 0xff;
	out8(PORT_COUNT, (uint8_t)ata->block);
	out8(PORT_COMMAND, COMMAND_SET_MULTIPLE);
	return ata->block && is_done();
}

/** Sector and count, the low bytes last; then the command, of the kind that reaches that far. */
static void command_send(const struct ata *ata, uint64_t sector, unsigned count, uint8_t command,
			 uint8_t command_ext)
{
	bool ext = ata->lba48 && sector + count > LBA28_SECTORS;

	if (ext) {
		out8(PORT_COUNT, (uint8_t)(count >> 8));
		out8(PORT_LOW, (uint8_t)(sector >> 24));
		out8(PORT_MIDDLE, (uint8_t)(sector >> 32));
		out8(PORT_HIGH, (uint8_t)(sector >> 40));
	}
	out8(PORT_COUNT, (uint8_t)count);
	out8(PORT_LOW, (uint8_t)sector);
	out8(PORT_MIDDLE, (uint8_t)(sector >> 8));
	out8(PORT_HIGH, (uint8_t)(sector >> 16));
	out8(PORT_DEVICE, ext ? DEVICE_LBA : DEVICE_LBA | (uint8_t)(sector >> 24 & 0x0f));
	out8(PORT_COMMAND, ext ? command_ext : command);
}

static unsigned block_of(const struct ata *ata, unsigned count)
{
	return count < ata->block ? count : ata->block;
}

bool ata_read(const struct ata *ata, uint64_t sector, unsigned count, void *to)
{
	char *at = to;

	command_send(ata, sector, count, COMMAND_READ_MULTIPLE, COMMAND_READ_MULTIPLE_EXT);
	while (count) {
		unsigned block = block_of(ata, count);

		if (!is_data_wanted())
			return false;
		words_in(at, block * ATA_SECTOR / 2);
		at += block * ATA_SECTOR;
		count -= block;
	}
	return is_done();
}

bool ata_write(const struct ata *ata, uint64_t sector, unsigned count, const void *from)
{
	const char *at = from;

	command_send(ata, sector, count, COMMAND_WRITE_MULTIPLE, COMMAND_WRITE_MULTIPLE_EXT);
	while (count) {
		unsigned block = block_of(ata, count);

		if (!is_data_wanted())
			return false;
		words_out(at, block * ATA_SECTOR / 2);
		at += block * ATA_SECTOR;
		count -= block;
	}
	return is_done();
}

bool ata_flush(const struct ata *ata)
{
	out8(PORT_DEVICE, DEVICE_LBA);
	out8(PORT_COMMAND, ata->lba48 ? COMMAND_FLUSH_EXT : COMMAND_FLUSH);
	return is_done();
}
