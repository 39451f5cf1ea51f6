/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: a guest of any kind against the PCI and virtio devices. The input is a program of steps: a byte that says which,
 * and its operands. Some steps are what a good driver does, so that the rest reach what lies behind. Each step must end
 * after a bounded number of events, a device that asked for its reset must stay still until it gets it, and no memory may
 * be misused.
 */
#include <stdlib.h>
#include <string.h>

#include "core-vmm/device/console.h"
#include "tests/unit/ram_disk.h"
#include "tests/unit/virtio_driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLK = 1, CONSOLE, DEVICES };

/* Where steps write: the queues of virtio_driver.c and what they can point to with small numbers. */
#define WINDOW_AT    0x10000u
#define WINDOW_BYTES 0x20000u
#define STEPS_MAX    512u

static struct {
	const uint8_t *at;
	size_t left;
} program;

static struct driver driver[DEVICES];

static uint64_t operand(unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && program.left; i++, program.left--)
		value |= (uint64_t)*program.at++ << 8 * i;
	return value;
}

static unsigned operand_size(void)
{
	return 1u << operand(1) % 4;
}

static struct driver *operand_driver(void)
{
	return &driver[BLK + operand(1) % 2];
}

static void drop(char c)
{
	(void)c;
}

static struct console console;

/* ---- steps ---- */

static void step_memory(void)
{
	uint32_t at = WINDOW_AT + (uint32_t)operand(3) % WINDOW_BYTES;
	uint8_t byte[16];
	unsigned count = 1 + (unsigned)operand(1) % sizeof(byte);

	for (unsigned i = 0; i < count; i++)
		byte[i] = (uint8_t)operand(1);
	guest_copy_out(at, byte, count);
}

static void step_common(void)
{
	const struct driver *one = operand_driver();
	unsigned at = (unsigned)operand(1) % 64, size = operand_size();

	common_out(one, at, size, operand(size));
}

static void step_notify(void)
{
	struct driver *one = operand_driver();
	unsigned queue = (unsigned)operand(1);

	driver_notify(one, queue % 4, queue & 4);
}

static void step_config(void)
{
	unsigned slot = (unsigned)operand(1) % 4, offset = (unsigned)operand(1);
	unsigned size = 1u << operand(1) % 3;

	config_in(slot, offset, size);
	config_out(slot, offset, size, (uint32_t)operand(size));
}

/** A register in any BAR, wherever it is now. */
static void step_register(void)
{
	unsigned slot = 1 + (unsigned)operand(1) % 2, bar = (unsigned)operand(1) % 3;
	uint32_t base = config_in(slot, PCI_BAR(bar), 4);
	uint64_t at = (base & ~15ull) + operand(2) % 0x4000;
	unsigned size = operand_size();

	if (base & 1) {
		port_in((uint16_t)at, size % 7);
		port_out((uint16_t)at, size % 7, operand(2));
	} else {
		memory_in(at, size);
		memory_out(at, size, operand(size));
	}
}

static void step_start(void)
{
	unsigned slot = BLK + (unsigned)operand(1) % 2, how = (unsigned)operand(1);
	uint64_t features = VIRTIO_F_VERSION_1 | (how & 1 ? VIRTIO_F_INDIRECT_DESC : 0) |
			    (how & 2 ? VIRTIO_F_EVENT_IDX : 0);

	driver_start(&driver[slot], slot, features, slot, (uint16_t)(4u << (how >> 2) % 6));
}

/** A chain that is as it should be, but for what the operands make of it. */
static void step_chain(void)
{
	struct driver *one = operand_driver();
	unsigned queue = (unsigned)operand(1) % 2, count = 1 + (unsigned)operand(1) % 4;
	uint64_t table = operand(1) % 2 ? WINDOW_AT + WINDOW_BYTES : 0;
	struct buffer buffer[4];

	if (!one->queue[queue].size)
		return;
	for (unsigned i = 0; i < count; i++)
		buffer[i] = (struct buffer){WINDOW_AT + operand(3) % (4 * WINDOW_BYTES),
					    (uint32_t)operand(2), operand(1) & 1};
	driver_add(one, queue, buffer, count, table);
}

static void step_request(void)
{
	struct driver *one = &driver[BLK];
	uint64_t header = WINDOW_AT + WINDOW_BYTES + 0x1000;
	struct buffer buffer[] = {{header, 16, false},
				  {header + 0x1000, (uint32_t)operand(2), operand(1) & 1},
				  {header + 16, 1, true}};

	if (!one->queue[0].size)
		return;
	fake_write(header, operand(1));
	fake_write(header + 8, operand(2));
	driver_add(one, 0, buffer, 3, 0);
}

static void step_input(void)
{
	static const char text[] = "what is typed";

	console.input = text;
	console.input_bytes = operand(1) % sizeof(text);
	virtio_console_poll(&fake.vcpu, &pci_devices.virtio_console);
}

static void (*const steps[])(void) = {step_memory, step_common,	  step_notify,
				      step_config, step_register, step_start,
				      step_chain,  step_request,  step_input};

/* ---- what must hold ---- */

static struct virtio *device(unsigned slot)
{
	return slot == BLK ? &pci_devices.virtio_blk.virtio : &pci_devices.virtio_console.virtio;
}

static void step_check(void)
{
	uint64_t events = events_count();
	uint16_t used[DEVICES][VIRTIO_QUEUES];
	bool broken[DEVICES];

	for (unsigned slot = BLK; slot < DEVICES; slot++) {
		broken[slot] = device(slot)->status & VIRTIO_NEEDS_RESET;
		for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
			used[slot][i] = device(slot)->queue[i].used;
	}
	steps[operand(1) % (sizeof(steps) / sizeof(steps[0]))]();
	if (events_count() - events > VIRTIO_QUEUE_MAX + 2)
		abort();
	for (unsigned slot = BLK; slot < DEVICES; slot++) {
		if (device(slot)->chain.segments > VIRTIO_QUEUE_MAX)
			abort();
		for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
			if (broken[slot] && device(slot)->status & VIRTIO_NEEDS_RESET &&
			    device(slot)->queue[i].enabled &&
			    device(slot)->queue[i].used != used[slot][i])
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	program.at = data;
	program.left = size;
	console = (struct console){.write_raw = drop};
	pci_machine_start();
	ram_disk_start(size && data[0] & 1);
	fake.vm.disk = &ram_disk.disk;
	fake.vm.console = &console;
	virtio_blk_create(&fake.vm, &pci_devices.virtio_blk, &ram_disk.disk);
	virtio_console_create(&fake.vm, &pci_devices.virtio_console);
	operand(1);
	memset(driver, 0, sizeof(driver));
	for (unsigned slot = BLK; slot < DEVICES; slot++)
		driver_find(&driver[slot], slot);
	for (unsigned i = 0; i < STEPS_MAX && program.left; i++)
		step_check();
	return 0;
}
