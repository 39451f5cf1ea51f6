/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/ata.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/device/disk.h"
#include "core-vmm/device/irq.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"

/* The command block's ports. Reads of 1 and 7 give error and status. */
enum {
	PORT_DATA,
	PORT_ERROR,
	PORT_COUNT,
	PORT_LOW,
	PORT_MIDDLE,
	PORT_HIGH,
	PORT_DEVICE,
	PORT_STATUS,
	PORTS
};

#define DEVICE_HEAD 0x0f
#define DEVICE_DEV  0x10 /* device 1, which is not there */
#define DEVICE_LBA  0x40

#define CONTROL_NIEN 0x02
#define CONTROL_SRST 0x04
#define CONTROL_HOB  0x80 /* read what was written before the last */

#define STATUS_ERR  0x01
#define STATUS_DRQ  0x08
#define STATUS_DSC  0x10
#define STATUS_DRDY 0x40
#define STATUS_BSY  0x80
#define STATUS_IDLE (STATUS_DRDY | STATUS_DSC)

#define ERROR_ABRT 0x04 /* no such command, or it cannot be done */
#define ERROR_IDNF 0x10 /* no such sector */
#define ERROR_UNC  0x40 /* its data cannot be read */

#define DIAGNOSTIC_PASSED 0x01

/* Commands: ATA8-ACS, table 22; * ATA/ATAPI-5 and before. */
#define NOP		      0x00
#define RECALIBRATE	      0x10 /* * */
#define READ		      0x20
#define READ_NO_RETRY	      0x21 /* * */
#define READ_EXT	      0x24
#define READ_MULTIPLE_EXT     0x29
#define WRITE		      0x30
#define WRITE_NO_RETRY	      0x31 /* * */
#define WRITE_EXT	      0x34
#define WRITE_MULTIPLE_EXT    0x39
#define READ_VERIFY	      0x40
#define READ_VERIFY_NO_RETRY  0x41 /* * */
#define READ_VERIFY_EXT	      0x42
#define SEEK		      0x70 /* * */
#define EXECUTE_DIAGNOSTIC    0x90
#define INITIALIZE_PARAMETERS 0x91 /* * */
#define READ_MULTIPLE	      0xc4
#define WRITE_MULTIPLE	      0xc5
#define SET_MULTIPLE	      0xc6
#define STANDBY_IMMEDIATE     0xe0
#define IDLE_IMMEDIATE	      0xe1
#define STANDBY		      0xe2
#define IDLE		      0xe3
#define CHECK_POWER	      0xe5
#define FLUSH		      0xe7
#define FLUSH_EXT	      0xea
#define IDENTIFY	      0xec
#define SET_FEATURES	      0xef

/* SET FEATURES, by the features register. */
#define FEATURE_WRITE_CACHE_ON	0x02
#define FEATURE_TRANSFER_MODE	0x03
#define FEATURE_LOOK_AHEAD_OFF	0x55
#define FEATURE_KEEP_SETTINGS	0x66
#define FEATURE_WRITE_CACHE_OFF 0x82
#define FEATURE_LOOK_AHEAD_ON	0xaa
#define FEATURE_REVERT_SETTINGS 0xcc
#define MODE_PIO_LAST		0x0c /* of the transfer modes: PIO, with flow control, mode 4 */

#define POWER_ACTIVE 0xff

static void line_update(struct vcpu *vcpu, struct ata *ata)
{
	bool high = ata->pending && !(ata->control & CONTROL_NIEN);

	if (high == ata->line)
		return;
	ata->line = high;
	irq_line_set(vcpu, ATA_LINE, high, VTS_DEVICE_ATA);
}

static void interrupt(struct vcpu *vcpu, struct ata *ata, bool pending)
{
	ata->pending = pending;
	line_update(vcpu, ata);
}

static void command_done(struct vcpu *vcpu, struct ata *ata)
{
	ata->transfer = ATA_IDLE;
	ata->status = STATUS_IDLE;
	ata->error = 0;
	interrupt(vcpu, ata, true);
}

static void command_failed(struct vcpu *vcpu, struct ata *ata, uint8_t error)
{
	ata->transfer = ATA_IDLE;
	ata->status = STATUS_IDLE | STATUS_ERR;
	ata->error = error;
	interrupt(vcpu, ata, true);
}

/** What tells a host that this is an ATA device, and that it works: ATA8-ACS, 9.6. */
static void signature_put(struct ata *ata)
{
	for (unsigned i = 0; i < ATA_PAIRS; i++)
		ata->pair[i][0] = ata->pair[i][1] = 0;
	ata->pair[ATA_COUNT][0] = ata->pair[ATA_LOW][0] = 1;
	ata->device = 0;
	ata->error = DIAGNOSTIC_PASSED;
	ata->transfer = ATA_IDLE;
	ata->status = STATUS_IDLE;
}

/* ---- Where a command wants to go ---- */

/** Sector and count of a 28-bit command, or of an older one with a geometry. */
static uint64_t address_short(const struct ata *ata, uint32_t *count)
{
	uint32_t low = ata->pair[ATA_LOW][0], head = ata->device & DEVICE_HEAD;
	uint32_t cylinder = ata->pair[ATA_MIDDLE][0] | (uint32_t)ata->pair[ATA_HIGH][0] << 8;

	*count = ata->pair[ATA_COUNT][0] ? ata->pair[ATA_COUNT][0] : 0x100;
	if (ata->device & DEVICE_LBA)
		return low | cylinder << 8 | head << 24;
	if (!low || low > ATA_TRACK_SECTORS)
		return UINT64_MAX; /* sectors of a track begin at 1 */
	return ((uint64_t)cylinder * ATA_HEADS + head) * ATA_TRACK_SECTORS + low - 1;
}

static uint64_t address_ext(const struct ata *ata, uint32_t *count)
{
	uint64_t sector = 0;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < 3; j++)
			sector |= (uint64_t)ata->pair[ATA_LOW + j][i] << (24 * i + 8 * j);
	*count = ata->pair[ATA_COUNT][0] | (uint32_t)ata->pair[ATA_COUNT][1] << 8;
	if (!*count)
		*count = 0x10000;
	return sector;
}

/** The registers say which sector failed. */
static void address_put(struct ata *ata, uint64_t sector, bool ext)
{
	if (!ext && !(ata->device & DEVICE_LBA)) {
		uint64_t track = sector / ATA_TRACK_SECTORS, cylinder = track / ATA_HEADS;

		ata->pair[ATA_LOW][0] = (uint8_t)(sector % ATA_TRACK_SECTORS + 1);
		ata->pair[ATA_MIDDLE][0] = (uint8_t)cylinder;
		ata->pair[ATA_HIGH][0] = (uint8_t)(cylinder >> 8);
		ata->device = (uint8_t)((ata->device & ~DEVICE_HEAD) | track % ATA_HEADS);
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < 3; j++)
			ata->pair[ATA_LOW + j][i] = (uint8_t)(sector >> (24 * i + 8 * j));
	if (!ext)
		ata->device =
		    (uint8_t)((ata->device & ~DEVICE_HEAD) | (sector >> 24 & DEVICE_HEAD));
}

static bool is_ext(uint8_t command)
{
	return command == READ_EXT || command == READ_MULTIPLE_EXT || command == WRITE_EXT ||
	       command == WRITE_MULTIPLE_EXT || command == READ_VERIFY_EXT;
}

/* ---- Data ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void request_record(struct vcpu *vcpu, const struct ata *ata, bool write)
{
	disk_record(vcpu, VTS_IO_REQUEST_TRAPPED, write, ATA_PORT + PORT_STATUS, ata->moved,
		    ata->sector - ata->moved / DISK_SECTOR, 1);
}

/** A command is given up; what it has written stays. */
static void command_drop(struct vcpu *vcpu, struct ata *ata)
{
	if (ata->transfer == ATA_DATA_OUT && ata->moved)
		request_record(vcpu, ata, true);
	ata->transfer = ATA_IDLE;
}

/** The disk's side has failed, at ata->sector: no more data moves. */
static void data_failed(struct vcpu *vcpu, struct ata *ata, bool write)
{
	address_put(ata, ata->sector, is_ext(ata->command));
	request_record(vcpu, ata, write);
	command_failed(vcpu, ata, write ? ERROR_ABRT : ERROR_UNC);
}

/** Between the buffer and the disk, as much as is in it. */
static bool buffer_exchange(struct vcpu *vcpu, struct ata *ata, bool write)
{
	struct disk *disk = vcpu->vm->disk;
	uint32_t count = ata->filled / DISK_SECTOR;

	if (write ? disk->write(disk, ata->sector, count, ata->buffer)
		  : disk->read(disk, ata->sector, count, ata->buffer)) {
		data_failed(vcpu, ata, write);
		return false;
	}
	ata->sector += count;
	ata->left -= count;
	ata->moved += ata->filled;
	return true;
}

static void buffer_begin(struct ata *ata)
{
	ata->filled = least(ata->left, ATA_BUFFER_SECTORS) * DISK_SECTOR;
	ata->position = 0;
	ata->block_end = least(ata->block, ata->filled);
}

/** The next sectors are in the buffer, or cannot be. */
static void buffer_fill(struct vcpu *vcpu, struct ata *ata)
{
	buffer_begin(ata);
	if (!buffer_exchange(vcpu, ata, false))
		return;
	ata->status = STATUS_IDLE | STATUS_DRQ;
	interrupt(vcpu, ata, true);
}

static void block_next(struct vcpu *vcpu, struct ata *ata)
{
	ata->block_end = least(ata->position + ata->block, ata->filled);
	interrupt(vcpu, ata, true);
}

/** The guest has taken a block. Its last one ends the command without an interrupt: ATA8-APT, PIO data-in. */
static void block_taken(struct vcpu *vcpu, struct ata *ata)
{
	if (ata->position < ata->filled) {
		block_next(vcpu, ata);
		return;
	}
	if (ata->left) {
		buffer_fill(vcpu, ata);
		return;
	}
	ata->transfer = ATA_IDLE;
	ata->status = STATUS_IDLE;
	if (ata->command != IDENTIFY)
		request_record(vcpu, ata, false);
}

/** The guest has given a block. */
static void block_given(struct vcpu *vcpu, struct ata *ata)
{
	if (ata->position < ata->filled) {
		block_next(vcpu, ata);
		return;
	}
	if (!buffer_exchange(vcpu, ata, true))
		return;
	if (ata->left) {
		buffer_begin(ata);
		interrupt(vcpu, ata, true);
		return;
	}
	request_record(vcpu, ata, true);
	command_done(vcpu, ata);
}

static void data_moved(struct vcpu *vcpu, struct ata *ata, uint32_t bytes)
{
	ata->position += bytes;
	if (ata->position < ata->block_end)
		return;
	if (ata->transfer == ATA_DATA_IN)
		block_taken(vcpu, ata);
	else
		block_given(vcpu, ata);
}

static bool is_absent(const struct ata *ata)
{
	return ata->device & DEVICE_DEV;
}

/** Bytes of the current block that wait to be moved this way. */
static uint32_t data_waiting(const struct ata *ata, enum ata_transfer transfer)
{
	return ata->transfer == transfer && !is_absent(ata) ? ata->block_end - ata->position : 0;
}

static uint32_t data_read(struct vcpu *vcpu, struct ata *ata, unsigned size)
{
	uint32_t bytes = least(size, data_waiting(ata, ATA_DATA_IN)), value = ~0u;

	if (!bytes)
		return value;
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)&value)[i] = ata->buffer[ata->position + i];
	data_moved(vcpu, ata, bytes);
	return value;
}

static void data_write(struct vcpu *vcpu, struct ata *ata, unsigned size, uint32_t value)
{
	uint32_t bytes = least(size, data_waiting(ata, ATA_DATA_OUT));

	if (!bytes)
		return;
	for (unsigned i = 0; i < bytes; i++)
		ata->buffer[ata->position + i] = ((uint8_t *)&value)[i];
	data_moved(vcpu, ata, bytes);
}

static void *ata_bulk(struct vcpu *vcpu, void *state, uint64_t offset, bool in, uint64_t *bytes)
{
	struct ata *ata = state;
	uint32_t waiting = data_waiting(ata, in ? ATA_DATA_IN : ATA_DATA_OUT);

	(void)vcpu;
	if (offset != PORT_DATA || !waiting)
		return NULL;
	if (*bytes > waiting)
		*bytes = waiting;
	return ata->buffer + ata->position;
}

static void ata_bulk_moved(struct vcpu *vcpu, void *state, uint64_t bytes)
{
	data_moved(vcpu, state, (uint32_t)bytes);
}

/* ---- Commands ---- */

/** Sectors that a command moves or checks; whether they are the disk's, or it has failed. */
static bool sectors_find(struct vcpu *vcpu, struct ata *ata)
{
	ata->moved = 0;
	ata->sector =
	    is_ext(ata->command) ? address_ext(ata, &ata->left) : address_short(ata, &ata->left);
	if (disk_has(vcpu->vm->disk, ata->sector, ata->left))
		return true;
	command_failed(vcpu, ata, ERROR_IDNF);
	return false;
}

static void read_begin(struct vcpu *vcpu, struct ata *ata, uint32_t block_sectors)
{
	if (!block_sectors)
		return command_failed(vcpu, ata, ERROR_ABRT);
	if (!sectors_find(vcpu, ata))
		return;
	ata->block = block_sectors * DISK_SECTOR;
	ata->transfer = ATA_DATA_IN;
	buffer_fill(vcpu, ata);
}

/** The first block is asked for without an interrupt: ATA8-APT, PIO data-out. */
static void write_begin(struct vcpu *vcpu, struct ata *ata, uint32_t block_sectors)
{
	if (!block_sectors || vcpu->vm->disk->read_only)
		return command_failed(vcpu, ata, ERROR_ABRT);
	if (!sectors_find(vcpu, ata))
		return;
	ata->block = block_sectors * DISK_SECTOR;
	ata->transfer = ATA_DATA_OUT;
	buffer_begin(ata);
	ata->status = STATUS_IDLE | STATUS_DRQ;
}

/** Every sector is read, and goes nowhere. */
static void verify(struct vcpu *vcpu, struct ata *ata)
{
	if (!sectors_find(vcpu, ata))
		return;
	while (ata->left) {
		buffer_begin(ata);
		if (!buffer_exchange(vcpu, ata, false))
			return;
	}
	command_done(vcpu, ata);
}

static void seek(struct vcpu *vcpu, struct ata *ata)
{
	if (sectors_find(vcpu, ata))
		command_done(vcpu, ata);
}

static void identify(struct vcpu *vcpu, struct ata *ata)
{
	ata_identify((uint16_t *)ata->buffer, vcpu->vm->disk->sectors, ata->multiple,
		     ata->write_cache);
	ata->left = 0;
	ata->position = 0;
	ata->block = ata->block_end = ata->filled = DISK_SECTOR;
	ata->transfer = ATA_DATA_IN;
	ata->status = STATUS_IDLE | STATUS_DRQ;
	interrupt(vcpu, ata, true);
}

static void flush(struct vcpu *vcpu, struct ata *ata)
{
	struct disk *disk = vcpu->vm->disk;
	bool failed = !disk->read_only && disk->flush(disk);

	ata->sector = ata->moved = 0;
	request_record(vcpu, ata, true);
	if (failed)
		command_failed(vcpu, ata, ERROR_ABRT);
	else
		command_done(vcpu, ata);
}

static bool multiple_set(struct ata *ata)
{
	uint8_t count = ata->pair[ATA_COUNT][0];

	if (count > ATA_BLOCK_MAX || count & (count - 1))
		return false;
	ata->multiple = count;
	return true;
}

/** Only the geometry that it has. */
static bool parameters_set(const struct ata *ata)
{
	return (ata->device & DEVICE_HEAD) == ATA_HEADS - 1 &&
	       ata->pair[ATA_COUNT][0] == ATA_TRACK_SECTORS;
}

static bool feature_set(struct ata *ata)
{
	switch (ata->pair[ATA_FEATURES][0]) {
	case FEATURE_WRITE_CACHE_ON:
	case FEATURE_WRITE_CACHE_OFF:
		ata->write_cache = ata->pair[ATA_FEATURES][0] == FEATURE_WRITE_CACHE_ON;
		return true;
	case FEATURE_TRANSFER_MODE:
		return ata->pair[ATA_COUNT][0] <= MODE_PIO_LAST;
	case FEATURE_LOOK_AHEAD_ON:
	case FEATURE_LOOK_AHEAD_OFF:
	case FEATURE_KEEP_SETTINGS:
	case FEATURE_REVERT_SETTINGS:
		return true; /* makes no difference that a host could see */
	default:
		return false;
	}
}

/** Commands that move nothing, and are done or aborted at once. */
static bool command_simple(struct ata *ata)
{
	switch (ata->command) {
	case INITIALIZE_PARAMETERS:
		return parameters_set(ata);
	case SET_MULTIPLE:
		return multiple_set(ata);
	case SET_FEATURES:
		return feature_set(ata);
	case CHECK_POWER:
		ata->pair[ATA_COUNT][0] = POWER_ACTIVE;
		return true;
	case STANDBY_IMMEDIATE:
	case IDLE_IMMEDIATE:
	case STANDBY:
	case IDLE:
		return true;
	default:
		return (ata->command & 0xf0) == RECALIBRATE;
	}
}

static void command_start(struct vcpu *vcpu, struct ata *ata)
{
	ata->status = STATUS_IDLE;
	ata->error = 0;
	switch (ata->command) {
	case READ:
	case READ_NO_RETRY:
	case READ_EXT:
		return read_begin(vcpu, ata, 1);
	case READ_MULTIPLE:
	case READ_MULTIPLE_EXT:
		return read_begin(vcpu, ata, ata->multiple);
	case WRITE:
	case WRITE_NO_RETRY:
	case WRITE_EXT:
		return write_begin(vcpu, ata, 1);
	case WRITE_MULTIPLE:
	case WRITE_MULTIPLE_EXT:
		return write_begin(vcpu, ata, ata->multiple);
	case READ_VERIFY:
	case READ_VERIFY_NO_RETRY:
	case READ_VERIFY_EXT:
		return verify(vcpu, ata);
	case SEEK:
		return seek(vcpu, ata);
	case IDENTIFY:
		return identify(vcpu, ata);
	case FLUSH:
	case FLUSH_EXT:
		return flush(vcpu, ata);
	case EXECUTE_DIAGNOSTIC:
		signature_put(ata);
		return interrupt(vcpu, ata, true);
	}
	if (command_simple(ata))
		command_done(vcpu, ata);
	else
		command_failed(vcpu, ata, ERROR_ABRT);
}

/** Device 1, which is not there, takes no command but the one that both devices do. */
static void command_write(struct vcpu *vcpu, struct ata *ata, uint8_t command)
{
	if (ata->status & STATUS_BSY || (is_absent(ata) && command != EXECUTE_DIAGNOSTIC))
		return;
	interrupt(vcpu, ata, false);
	command_drop(vcpu, ata);
	ata->command = command;
	command_start(vcpu, ata);
}

/* ---- Registers ---- */

static void control_write(struct vcpu *vcpu, struct ata *ata, uint8_t value)
{
	bool reset = (ata->control & ~value) & CONTROL_SRST; /* at its end */

	ata->control = value;
	if (value & CONTROL_SRST) {
		command_drop(vcpu, ata);
		ata->status = STATUS_BSY;
		ata->pending = false;
	} else if (reset) {
		ata->multiple = 0;
		signature_put(ata);
	}
	line_update(vcpu, ata);
}

static uint8_t register_read(struct vcpu *vcpu, struct ata *ata, unsigned port)
{
	switch (port) {
	case PORT_ERROR:
		return ata->error;
	case PORT_DEVICE:
		return ata->device | 0xa0; /* obsolete bits, which read as 1 ever since */
	case PORT_STATUS:
		if (is_absent(ata))
			return 0;
		interrupt(vcpu, ata, false);
		return ata->status;
	default:
		return ata->pair[port - PORT_ERROR][ata->control & CONTROL_HOB ? 1 : 0];
	}
}

static void register_write(struct vcpu *vcpu, struct ata *ata, unsigned port, uint8_t value)
{
	uint8_t *pair;

	ata->control &= (uint8_t)~CONTROL_HOB; /* as every write to the command block does */
	if (port == PORT_STATUS) {
		command_write(vcpu, ata, value);
	} else if (port == PORT_DEVICE) {
		ata->device = value;
	} else {
		pair = ata->pair[port - PORT_ERROR];
		pair[1] = pair[0];
		pair[0] = value;
	}
}

/* A wider access than the register is, is as many single ones. */
static uint64_t command_block_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	uint64_t value = 0;

	if (offset == PORT_DATA)
		return data_read(vcpu, state, size);
	for (unsigned i = 0; i < size; i++)
		value |=
		    (uint64_t)(offset + i < PORTS ? register_read(vcpu, state, (unsigned)offset + i)
						  : 0xff)
		    << 8 * i;
	return value;
}

static void command_block_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
				unsigned size, uint64_t value)
{
	(void)exit;
	if (offset == PORT_DATA)
		return data_write(vcpu, state, size, (uint32_t)value);
	for (unsigned i = 0; i < size && offset + i < PORTS; i++)
		register_write(vcpu, state, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
}

/** The alternate status: no interrupt ends by reading it. */
static uint64_t control_block_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	const struct ata *ata = state;

	(void)vcpu, (void)offset, (void)size;
	return ~0xffull | (is_absent(ata) ? 0 : ata->status);
}

static void control_block_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
				unsigned size, uint64_t value)
{
	(void)exit, (void)offset, (void)size;
	control_write(vcpu, state, (uint8_t)value);
}

bool ata_create(struct vm *vm)
{
	struct ata *ata = &vm->devices->ata;

	if (!vm->disk)
		return true;
	ata->buffer = platform_pages_alloc(ATA_BUFFER_SECTORS * DISK_SECTOR / PAGE_SIZE);
	if (!ata->buffer)
		return false;
	/* A sector that was never read shows nothing of what was in this memory. */
	platform_clear(ata->buffer, ATA_BUFFER_SECTORS * DISK_SECTOR);
	signature_put(ata);
	ata->write_cache = true;
	ata->command_block = (struct bus_region){.device = VTS_DEVICE_ATA,
						 .state = ata,
						 .read = command_block_read,
						 .write = command_block_write,
						 .bulk = ata_bulk,
						 .bulk_moved = ata_bulk_moved};
	ata->control_block = (struct bus_region){.device = VTS_DEVICE_ATA,
						 .state = ata,
						 .read = control_block_read,
						 .write = control_block_write};
	bus_add(&vm->devices->ports, &ata->command_block, ATA_PORT, PORTS);
	bus_add(&vm->devices->ports, &ata->control_block, ATA_PORT_CONTROL, 1);
	return true;
}
