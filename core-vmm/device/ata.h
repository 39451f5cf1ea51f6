/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ATA disk, trapped: one channel with one drive, at the ports and the line of a PC's second channel. Commands: ATA8-ACS
 * (T13/1699-D); registers and PIO: ATA8-APT (T13/1698-D), and ATA/ATAPI-7 for what they dropped and drivers still send.
 */
#ifndef CORE_VMM_DEVICE_ATA_H
#define CORE_VMM_DEVICE_ATA_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/bus.h"

struct vm;

#define ATA_PORT	   0x170 /* command block, 8 ports */
#define ATA_PORT_CONTROL   0x376
#define ATA_LINE	   15
#define ATA_BUFFER_SECTORS 128u
#define ATA_BLOCK_MAX	   16u /* of READ and WRITE MULTIPLE; divides the buffer */

/* Registers that are written twice before a 48-bit command: [0] what was written last, [1] before. */
enum { ATA_FEATURES, ATA_COUNT, ATA_LOW, ATA_MIDDLE, ATA_HIGH, ATA_PAIRS };

enum ata_transfer { ATA_IDLE, ATA_DATA_IN, ATA_DATA_OUT };

struct ata {
	struct bus_region command_block, control_block;
	uint8_t pair[ATA_PAIRS][2];
	uint8_t device, control, status, error, command;
	uint8_t multiple; /* sectors of READ and WRITE MULTIPLE; 0: not set */
	bool write_cache;
	bool pending, line; /* an interrupt; what the line is */
	/* The data of a command goes through the buffer, as many sectors of it as fit at a time. */
	enum ata_transfer transfer;
	uint8_t *buffer;
	uint64_t sector;    /* the next, on the disk */
	uint32_t left;	    /* sectors of the command that have not been on the disk's side */
	uint32_t block;	    /* bytes that move between two changes of status */
	uint32_t filled;    /* bytes in the buffer, or that are to come in */
	uint32_t block_end; /* of the block that moves now, in the buffer */
	uint32_t position;
	uint64_t moved; /* bytes to or from the disk, for the record */
};

/** Put it on the bus of ports, if the VM has a disk. False: no memory. */
bool ata_create(struct vm *vm);

/** IDENTIFY DEVICE's data: ATA8-ACS, 7.16. @multiple, @write_cache: how they are set. */
void ata_identify(uint16_t words[256], uint64_t sectors, uint8_t multiple, bool write_cache);

/* The geometry that drivers without LBA see. */
#define ATA_HEADS	  16u
#define ATA_TRACK_SECTORS 63u
#define ATA_LBA28_SECTORS (1ull << 28)

#endif
