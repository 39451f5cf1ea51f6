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
#define LINE	      15

/* There is one drive. */
static enum line_by line_by;
static volatile unsigned interrupts;
static volatile uint8_t interrupt_status;

static void ata_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupt_status = in8(PORT_COMMAND);
	interrupts++;
	line_eoi(line_by, LINE);
}

static uint8_t status_poll(void)
{
	uint8_t status;

	do
		status = in8(PORT_COMMAND);
	while (status & STATUS_BSY);
	return status;
}

/** The status that the drive interrupts with. */
static uint8_t status_wait(const struct ata *ata)
{
	if (ata->wait == WAIT_POLL)
		return status_poll();
	do {
		wait_interrupt(ata->wait, &interrupts);
		interrupts = 0;
	} while (interrupt_status & STATUS_BSY);
	return interrupt_status;
}

/** Whether the drive asks for the next block. */
static bool is_data_wanted(uint8_t status)
{
	return (status & (STATUS_DRQ | STATUS_ERR | STATUS_DF)) == STATUS_DRQ;
}

static bool is_done(uint8_t status)
{
	return !(status & (STATUS_DRQ | STATUS_ERR | STATUS_DF));
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

	*ata = (struct ata){.wait = WAIT_POLL};
	out8(PORT_CONTROL, CONTROL_NIEN);
	out8(PORT_DEVICE, DEVICE_LBA);
	/* Where nothing is, all ones are read, or zeros. */
	if (in8(PORT_COMMAND) == 0xff || !in8(PORT_COMMAND))
		return false;
	status_poll();
	out8(PORT_COMMAND, COMMAND_IDENTIFY);
	if (!is_data_wanted(status_poll()))
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
	return ata->block && is_done(status_poll());
}

void ata_interrupts(struct ata *ata, enum wait wait, enum line_by by)
{
	if (ata->wait != WAIT_POLL)
		line_close(line_by, LINE);
	ata->wait = wait;
	line_by = by;
	out8(PORT_CONTROL, wait == WAIT_POLL ? CONTROL_NIEN : 0);
	if (wait != WAIT_POLL)
		line_open(by, LINE, ata_interrupt);
}

/** Sector and count, the low bytes last; then the command, of the kind that reaches that far. */
static void command_send(const struct ata *ata, uint64_t sector, unsigned count, uint8_t command,
			 uint8_t command_ext)
{
	bool ext = ata->lba48 && sector + count > LBA28_SECTORS;

	interrupts = 0;
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

		if (!is_data_wanted(status_wait(ata)))
			return false;
		words_in(at, block * ATA_SECTOR / 2);
		at += block * ATA_SECTOR;
		count -= block;
	}
	/* No interrupt follows the last block: ATA8-APT, PIO data-in. */
	return is_done(status_poll());
}

bool ata_write(const struct ata *ata, uint64_t sector, unsigned count, const void *from)
{
	const char *at = from;
	uint8_t status;

	command_send(ata, sector, count, COMMAND_WRITE_MULTIPLE, COMMAND_WRITE_MULTIPLE_EXT);
	/* The first block is asked for without an interrupt: PIO data-out. */
	for (status = status_poll(); count; status = status_wait(ata)) {
		unsigned block = block_of(ata, count);

		if (!is_data_wanted(status))
			return false;
		words_out(at, block * ATA_SECTOR / 2);
		at += block * ATA_SECTOR;
		count -= block;
	}
	return is_done(status);
}

bool ata_flush(const struct ata *ata)
{
	interrupts = 0;
	out8(PORT_DEVICE, DEVICE_LBA);
	out8(PORT_COMMAND, ata->lba48 ? COMMAND_FLUSH_EXT : COMMAND_FLUSH);
	return is_done(status_wait(ata));
}
