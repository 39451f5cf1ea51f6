/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio transport: discovery, negotiation, status, queues' registers, notification, interrupts. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/ram_disk.h"
#include "tests/unit/virtio_driver.h"

#define SLOT	   1
#define GOOD	   (VIRTIO_F_VERSION_1)
#define ALL	   (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)
#define DATA	   0x100000ull
#define NO_VECTOR  0xffff
#define UP_TO(bit) ((bit)*2u - 1)

static struct driver driver;

static void start(void)
{
	pci_machine_start();
	ram_disk_start(false);
	fake.vm.disk = &ram_disk.disk;
	virtio_blk_create(&fake.vm, &pci_devices.virtio_blk, &ram_disk.disk);
}

TestSuite(virtio, .init = start);

/** Offer a request to read sector 0, and its status. */
static void request_add(void)
{
	const struct buffer buffer[] = {
	    {DATA, 16, false}, {DATA + 512, 512, true}, {DATA + 16, 1, true}};

	driver_add(&driver, 0, buffer, 3, 0);
}

static bool is_broken(void)
{
	return driver_status(&driver) & VIRTIO_NEEDS_RESET;
}

Test(virtio, identity)
{
	cr_assert_eq(config_in(SLOT, PCI_VENDOR_ID, 4), 0x10421af4);
	cr_assert_eq(config_in(SLOT, PCI_SUBSYSTEM_VENDOR, 4), 0x10421af4);
	cr_assert_geq(config_in(SLOT, PCI_REVISION, 1), 1);
	cr_assert_eq(config_in(SLOT, PCI_INTERRUPT_PIN, 1), 1);
}

/* A list that ends, of capabilities within the configuration space that do not overlap, each structure within its BAR. */
Test(virtio, capabilities)
{
	bool used[PCI_CONFIG_BYTES] = {false}, seen[6] = {false};
	unsigned steps = 0;

	for (unsigned at = config_in(SLOT, PCI_CAPABILITIES, 1); at;
	     at = config_in(SLOT, at + 1, 1)) {
		unsigned bytes = 12, type, bar;

		cr_assert_lt(steps++, 16);
		cr_assert(at % 4 == 0 && at >= 0x40);
		if (config_in(SLOT, at, 1) == 9) {
			bytes = config_in(SLOT, at + 2, 1);
			type = config_in(SLOT, at + 3, 1);
			bar = config_in(SLOT, at + 4, 1);
			cr_assert(type >= 1 && type <= 5);
			seen[type] = true;
			cr_assert_leq(config_in(SLOT, at + 8, 4) + config_in(SLOT, at + 12, 4),
				      pci_devices.virtio_blk.virtio.pci.bar[bar].bytes);
		}
		for (unsigned i = at; i < at + bytes; i++) {
			cr_assert(i < PCI_CONFIG_BYTES && !used[i]);
			used[i] = true;
		}
	}
	for (unsigned type = 1; type <= 5; type++)
		cr_assert(seen[type]);
}

Test(virtio, registers_after_reset)
{
	driver_find(&driver, SLOT);
	cr_assert_eq(driver_status(&driver), 0);
	cr_assert_eq(common_in(&driver, NUM_QUEUES, 2), 1);
	cr_assert_eq(common_in(&driver, CONFIG_MSIX_VECTOR, 2), NO_VECTOR);
	cr_assert_eq(common_in(&driver, QUEUE_SIZE, 2), VIRTIO_QUEUE_MAX);
	cr_assert_eq(common_in(&driver, QUEUE_MSIX_VECTOR, 2), NO_VECTOR);
	cr_assert_eq(common_in(&driver, QUEUE_ENABLE, 2), 0);
	cr_assert_eq(common_in(&driver, QUEUE_NOTIFY_OFF, 2), 0);
	cr_assert_eq(common_in(&driver, 56, 8), 0, "behind the structure");
	common_out(&driver, QUEUE_SELECT, 2, 1);
	cr_assert_eq(common_in(&driver, QUEUE_SIZE, 2), 0, "no such queue");
	common_out(&driver, QUEUE_SIZE, 2, 16);
	cr_assert_eq(common_in(&driver, QUEUE_SIZE, 2), 0);
	common_out(&driver, QUEUE_ENABLE, 2, 1);
	cr_assert_eq(common_in(&driver, QUEUE_ENABLE, 2), 0);
}

static uint64_t features_offered(void)
{
	uint64_t features;

	common_out(&driver, DEVICE_FEATURE_SELECT, 4, 0);
	features = common_in(&driver, DEVICE_FEATURE, 4);
	common_out(&driver, DEVICE_FEATURE_SELECT, 4, 1);
	features |= common_in(&driver, DEVICE_FEATURE, 4) << 32;
	common_out(&driver, DEVICE_FEATURE_SELECT, 4, 2);
	cr_assert_eq(common_in(&driver, DEVICE_FEATURE, 4), 0);
	return features;
}

Test(virtio, features)
{
	driver_find(&driver, SLOT);
	cr_assert_eq(features_offered() & ALL, ALL);
	driver_negotiate(&driver, features_offered());
	cr_assert(driver_status(&driver) & VIRTIO_FEATURES_OK);
	driver_negotiate(&driver, 0);
	cr_assert_not(driver_status(&driver) & VIRTIO_FEATURES_OK, "no legacy interface");
	driver_negotiate(&driver, GOOD | 1ull << 40);
	cr_assert_not(driver_status(&driver) & VIRTIO_FEATURES_OK, "not offered");
	driver_negotiate(&driver, GOOD);
	common_out(&driver, DRIVER_FEATURE_SELECT, 4, 0);
	common_out(&driver, DRIVER_FEATURE, 4, 1u << 29);
	cr_assert_eq(common_in(&driver, DRIVER_FEATURE, 4), 0, "negotiated is negotiated");
	cr_assert_not(is_broken());
}

Test(virtio, status)
{
	driver_find(&driver, SLOT);
	common_out(&driver, DEVICE_STATUS, 1, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER_OK);
	cr_assert(is_broken(), "DRIVER_OK without FEATURES_OK");
	cr_assert_eq(event_back(0)->how, VTS_IO_REQUEST_BAD_STATUS);
	cr_assert_eq(event_back(0)->reason, VTS_DEVICE_VIRTIO_BLK);
	cr_assert_not(driver_status(&driver) & VIRTIO_DRIVER_OK);
	common_out(&driver, DEVICE_STATUS, 1, 0);
	cr_assert_eq(driver_status(&driver), 0, "a reset mends it");
	driver_negotiate(&driver, GOOD);
	common_out(&driver, DEVICE_STATUS, 1, VIRTIO_ACKNOWLEDGE);
	cr_assert(is_broken(), "bits are not cleared");
	driver_negotiate(&driver, GOOD);
	common_out(&driver, DEVICE_STATUS, 1, driver_status(&driver) | VIRTIO_NEEDS_RESET | 0x30);
	cr_assert_not(driver_status(&driver) & ~UP_TO(VIRTIO_FEATURES_OK),
		      "the driver does not set it, nor what does not exist");
}

Test(virtio, failed_driver_is_not_served)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	common_out(&driver, DEVICE_STATUS, 1, driver_status(&driver) | VIRTIO_FAILED);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 0);
}

Test(virtio, not_served_before_driver_ok)
{
	driver_find(&driver, SLOT);
	driver_negotiate(&driver, GOOD);
	driver_queue_set(&driver, 0, 8);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 0);
	common_out(&driver, DEVICE_STATUS, 1, UP_TO(VIRTIO_FEATURES_OK));
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 1);
}

Test(virtio, not_served_before_enabled)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	pci_devices.virtio_blk.virtio.queue[0].enabled = false;
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 0);
}

Test(virtio, no_bus_master)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	config_out(SLOT, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 0, "memory is not touched");
	config_out(SLOT, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	driver_notify(&driver, 0, false);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 1);
}

Test(virtio, notification)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	for (unsigned i = 1; i <= 20; i++) {
		request_add();
		driver_notify(&driver, 0, i % 2);
		cr_assert_eq(guest_in16(driver.queue[0].used + 2), i);
		driver.queue[0].taken++;
	}
	request_add();
	port_out(driver.notify_port, 2, 1);
	port_out(driver.notify_port, 2, 0xffff);
	port_out(driver.notify_port + 2, 2, 0);
	memory_out(driver.notify + 4, 2, 0);
	memory_out(driver.notify + 0xffc, 4, 0);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 20, "of other queues");
	cr_assert_not(is_broken());
	port_out(driver.notify_port, 4, 0);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 21, "in any width");
}

static void queue_is_bad(unsigned size, uint64_t desc, uint64_t avail, uint64_t used)
{
	driver_negotiate(&driver, GOOD);
	common_out(&driver, QUEUE_SIZE, 2, size);
	common_out(&driver, QUEUE_DESC, 8, desc);
	common_out(&driver, QUEUE_DRIVER, 8, avail);
	common_out(&driver, QUEUE_DEVICE, 8, used);
	cr_assert_not(is_broken());
	common_out(&driver, QUEUE_ENABLE, 2, 1);
	cr_assert(is_broken());
	cr_assert_eq(event_back(0)->how, VTS_IO_REQUEST_BAD_QUEUE);
	cr_assert_eq(common_in(&driver, QUEUE_ENABLE, 2), 0);
}

Test(virtio, queues_that_cannot_be)
{
	enum { DESC = 0x10000, AVAIL = 0x20000, USED = 0x30000, END = PCI_MACHINE_MEMORY };

	driver_find(&driver, SLOT);
	queue_is_bad(0, DESC, AVAIL, USED);
	queue_is_bad(3, DESC, AVAIL, USED);
	queue_is_bad(2 * VIRTIO_QUEUE_MAX, DESC, AVAIL, USED);
	queue_is_bad(0x8000, DESC, AVAIL, USED);
	queue_is_bad(8, DESC + 8, AVAIL, USED);
	queue_is_bad(8, DESC, AVAIL + 1, USED);
	queue_is_bad(8, DESC, AVAIL, USED + 2);
	queue_is_bad(8, END, AVAIL, USED);
	queue_is_bad(8, END - 7 * 16, AVAIL, USED);
	queue_is_bad(8, DESC, END - 20, USED);
	queue_is_bad(8, DESC, AVAIL, END - 68);
	queue_is_bad(8, ~0ull << 4, AVAIL, USED);
	queue_is_bad(8, DESC, AVAIL, 0xfffffffffffffffc);
	queue_is_bad(8, DESC, DESC, USED);
	queue_is_bad(8, DESC, AVAIL, DESC + 7 * 16);
	queue_is_bad(8, DESC, AVAIL, AVAIL + 20);
}

Test(virtio, queue_in_use)
{
	static const struct {
		unsigned at, size;
		uint64_t value;
	} changes[] = {{QUEUE_SIZE, 2, 4},	   {QUEUE_ENABLE, 2, 0},
		       {QUEUE_DESC, 4, 0x50000},   {QUEUE_DRIVER + 4, 4, 1},
		       {QUEUE_DEVICE, 8, 0x60000}, {QUEUE_SIZE, 1, 0}};

	for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint64_t was;

		driver_start(&driver, SLOT, GOOD, 1, 8);
		was = common_in(&driver, changes[i].at, changes[i].size);
		common_out(&driver, changes[i].at, changes[i].size, was);
		cr_assert_not(is_broken(), "no change");
		common_out(&driver, changes[i].at, changes[i].size, changes[i].value);
		cr_assert(is_broken());
		cr_assert_eq(event_back(0)->how, VTS_IO_REQUEST_QUEUE_IN_USE);
		cr_assert_eq(common_in(&driver, changes[i].at, changes[i].size), was);
		request_add();
		driver_notify(&driver, 0, true);
		cr_assert_eq(guest_in16(driver.queue[0].used + 2), 0, "it stopped");
	}
}

Test(virtio, reset)
{
	driver_start(&driver, SLOT, ALL, 1, 8);
	common_out(&driver, QUEUE_MSIX_VECTOR, 2, 0);
	common_out(&driver, CONFIG_MSIX_VECTOR, 2, 1);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert(heard.line[17]);
	common_out(&driver, DEVICE_STATUS, 1, 0);
	cr_assert_not(heard.line[17]);
	cr_assert_eq(memory_in(driver.isr, 1), 0);
	cr_assert_eq(common_in(&driver, QUEUE_ENABLE, 2), 0);
	cr_assert_eq(common_in(&driver, QUEUE_SIZE, 2), VIRTIO_QUEUE_MAX);
	cr_assert_eq(common_in(&driver, QUEUE_DESC, 8), 0);
	cr_assert_eq(common_in(&driver, QUEUE_MSIX_VECTOR, 2), NO_VECTOR);
	cr_assert_eq(common_in(&driver, CONFIG_MSIX_VECTOR, 2), NO_VECTOR);
	common_out(&driver, DRIVER_FEATURE_SELECT, 4, 1);
	cr_assert_eq(common_in(&driver, DRIVER_FEATURE, 4), 0);
	driver_start(&driver, SLOT, GOOD, 1, 16);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 1, "and on it goes, from 0");
}

/* Every register in every width at every offset reads as its bytes do. */
Test(virtio, widths_read)
{
	driver_start(&driver, SLOT, ALL, 1, 8);
	for (unsigned at = 0; at < 64; at++)
		for (unsigned size = 1; size <= 8; size *= 2) {
			uint64_t bytes = 0;

			for (unsigned i = 0; i < size; i++)
				bytes |= common_in(&driver, at + i, 1) << 8 * i;
			cr_assert_eq(common_in(&driver, at, size), bytes, "%u at %u", size, at);
		}
}

Test(virtio, widths_written)
{
	driver_find(&driver, SLOT);
	for (unsigned at = QUEUE_DESC; at < QUEUE_DEVICE + 8; at++)
		for (unsigned size = 1; size <= 8 && at + size <= QUEUE_DEVICE + 8; size *= 2) {
			uint64_t value = 0x8877665544332211 & ~0ull >> (64 - 8 * size);

			for (unsigned i = 0; i < 3; i++)
				common_out(&driver, QUEUE_DESC + 8 * i, 8, 0);
			common_out(&driver, at, size, value);
			cr_assert_eq(common_in(&driver, at, size), value, "%u at %u", size, at);
			if (at > QUEUE_DESC)
				cr_assert_eq(common_in(&driver, at - 1, 1), 0);
		}
}

Test(virtio, interrupt_line)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert(heard.line[17]);
	cr_assert_eq(memory_in(driver.isr, 1), 1);
	cr_assert_not(heard.line[17], "reading the ISR ends it");
	cr_assert_eq(memory_in(driver.isr, 1), 0);
	driver_notify(&driver, 0, true);
	cr_assert_not(heard.line[17], "nothing was done");
	guest_out16(driver.queue[0].avail, 1);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(guest_in16(driver.queue[0].used + 2), 2);
	cr_assert_not(heard.line[17], "not wanted");
	cr_assert_eq(heard.messages, 0);
}

static void msix_on(unsigned vectors)
{
	uint64_t table = config_in(SLOT, PCI_BAR(VIRTIO_BAR_MSIX), 4);
	unsigned at = config_in(SLOT, PCI_CAPABILITIES, 1);

	while (config_in(SLOT, at, 1) != 0x11)
		at = config_in(SLOT, at + 1, 1);
	for (unsigned i = 0; i < vectors; i++) {
		memory_out(table + 16 * i, 8, 0xfee00000);
		memory_out(table + 16 * i + 8, 8, 0x30 + i);
	}
	config_out(SLOT, at + 2, 2, 0x8000);
}

Test(virtio, interrupt_messages)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	msix_on(2);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(heard.messages, 0, "no vector");
	common_out(&driver, QUEUE_MSIX_VECTOR, 2, 7);
	cr_assert_eq(common_in(&driver, QUEUE_MSIX_VECTOR, 2), NO_VECTOR,
		     "there are not that many");
	common_out(&driver, QUEUE_MSIX_VECTOR, 2, 1);
	cr_assert_eq(common_in(&driver, QUEUE_MSIX_VECTOR, 2), 1);
	request_add();
	driver_notify(&driver, 0, true);
	cr_assert_eq(heard.messages, 1);
	cr_assert_eq(heard.data, 0x31);
	cr_assert_not(heard.line[17]);
	cr_assert_eq(memory_in(driver.isr, 1), 0);
	common_out(&driver, CONFIG_MSIX_VECTOR, 2, 0);
	common_out(&driver, QUEUE_SIZE, 2, 2);
	cr_assert(is_broken());
	cr_assert_eq(heard.messages, 2, "DEVICE_NEEDS_RESET is a change of configuration");
	cr_assert_eq(heard.data, 0x30);
}

Test(virtio, needs_reset_interrupts)
{
	driver_start(&driver, SLOT, GOOD, 1, 8);
	common_out(&driver, QUEUE_SIZE, 2, 2);
	cr_assert(heard.line[17]);
	cr_assert_eq(memory_in(driver.isr, 1), 2);
}

/* Interrupts exactly when used_event asks for them, notifications when avail_event does: 2.7.10. */
Test(virtio, event_index)
{
	struct driver_queue *queue = &driver.queue[0];

	driver_start(&driver, SLOT, GOOD | VIRTIO_F_EVENT_IDX, 1, 8);
	srand(7);
	for (unsigned i = 0; i < 70000; i++) {
		uint16_t old = queue->added, event = (uint16_t)(queue->taken + rand() % 4);
		unsigned count = 1 + (unsigned)rand() % 4;
		uint32_t head, written;
		bool wanted = false;

		guest_out16(queue->avail + 4 + 2 * queue->size, event);
		for (unsigned k = 0; k < count; k++) {
			driver_offer(&driver, 0, 7);
			wanted |= (uint16_t)(queue->taken + k) == event;
		}
		descriptor_set(queue->desc, 7, DATA, 16, NEXT, 6);
		descriptor_set(queue->desc, 6, DATA + 16, 1, WRITE, 0);
		cr_assert(driver_must_notify(&driver, 0, old));
		memory_in(driver.isr, 1);
		driver_notify(&driver, 0, true);
		cr_assert_eq(heard.line[17], wanted, "%u: %u added, event %u", i, count, event);
		while (driver_take(&driver, 0, &head, &written))
			cr_assert_eq(head, 7);
		cr_assert_eq(queue->taken, queue->added);
	}
}

Test(virtio, window)
{
	unsigned at = config_in(SLOT, PCI_CAPABILITIES, 1), isr_config;

	while (config_in(SLOT, at, 1) != 9 || config_in(SLOT, at + 3, 1) != 5)
		at = config_in(SLOT, at + 1, 1);
	cr_assert_eq(config_in(SLOT, at + 2, 1), 20);
	config_out(SLOT, at + 4, 1, VIRTIO_BAR_MEMORY);
	config_out(SLOT, at + 8, 4, VIRTIO_COMMON_AT + QUEUE_SIZE);
	config_out(SLOT, at + 12, 4, 2);
	cr_assert_eq(config_in(SLOT, at + 16, 2), VIRTIO_QUEUE_MAX, "though no BAR is decoded");
	config_out(SLOT, at + 16, 2, 16);
	cr_assert_eq(config_in(SLOT, at + 16, 2), 16);
	config_out(SLOT, at + 8, 4, VIRTIO_COMMON_AT + QUEUE_SIZE - 1);
	config_out(SLOT, at + 16, 2, 0);
	config_out(SLOT, at + 8, 4, VIRTIO_COMMON_AT + QUEUE_SIZE);
	cr_assert_eq(config_in(SLOT, at + 16, 2), 16, "aligned only");
	for (unsigned length = 0; length < 9; length++)
		for (unsigned bar = 0; bar < 9; bar++)
			for (unsigned offset = 0; offset < 0x4100; offset += 0x3f) {
				config_out(SLOT, at + 4, 1, bar);
				config_out(SLOT, at + 8, 4, offset);
				config_out(SLOT, at + 12, 4, length);
				config_in(SLOT, at + 16, 4);
				config_out(SLOT, at + 16, 4, 0xffffffff);
			}
	config_out(SLOT, at + 8, 4, 0xfffffffc);
	config_in(SLOT, at + 16, 4);
	isr_config = config_in(SLOT, at + 12, 4);
	cr_assert_eq(isr_config, 8);
}
