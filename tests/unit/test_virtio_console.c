/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio console: output, input that is there, that comes later, that finds no buffers. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/virtio_driver.h"

#define SLOT 1
#define TEXT 0x100000ull
#define INTO 0x200000ull
#define RX   VIRTIO_CONSOLE_RECEIVE
#define TX   VIRTIO_CONSOLE_TRANSMIT

static struct driver driver;
static char printed[70000];
static unsigned printed_count;

static void print(char c)
{
	printed[printed_count++ % sizeof(printed)] = c;
}

static const char *typed;

static int typed_read(void)
{
	return typed && *typed ? (unsigned char)*typed++ : -1;
}

static struct console console;

static void start(void)
{
	console = (struct console){.write_raw = print, .read_raw = typed_read};
	typed = NULL;
	printed_count = 0;
	pci_machine_start();
	fake.vm.console = &console;
	virtio_console_create(&fake.vm, &pci_devices.virtio_console);
	driver_start(&driver, SLOT, VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX, 2, 16);
}

TestSuite(virtio_console, .init = start);

static void input(const char *text)
{
	console.input = text;
	console.input_bytes = strlen(text);
}

Test(virtio_console, identity)
{
	cr_assert_eq(config_in(SLOT, PCI_VENDOR_ID, 4), 0x10431af4);
	cr_assert_eq(common_in(&driver, NUM_QUEUES, 2), 2);
	common_out(&driver, DEVICE_FEATURE_SELECT, 4, 0);
	cr_assert_eq(common_in(&driver, DEVICE_FEATURE, 4) & 7, 0, "no size, one port");
}

Test(virtio_console, output)
{
	const struct buffer buffer[] = {
	    {TEXT, 6, false}, {TEXT + 4096, 0, false}, {TEXT + 6, 6, false}};
	uint32_t head, written;

	guest_copy_out(TEXT, "hello, world", 12);
	driver_add(&driver, TX, buffer, 3, 0);
	driver_notify(&driver, TX, true);
	cr_assert_eq(printed_count, 12);
	cr_assert_eq(memcmp(printed, "hello, world", 12), 0);
	cr_assert(driver_take(&driver, TX, &head, &written));
	cr_assert_eq(written, 0);
	cr_assert_eq(event_back(0)->reason, VTS_DEVICE_VIRTIO_CONSOLE);
	cr_assert_eq(event_back(0)->flags, VTS_FLAG_WRITE);
	cr_assert_eq(event_back(0)->io_request.bytes, 12);
	cr_assert_eq(event_back(0)->io_request.address, TEXT);
}

static void receive_buffer(uint32_t bytes)
{
	const struct buffer buffer = {INTO, bytes, true};

	driver_add(&driver, RX, &buffer, 1, 0);
}

/** What the next used buffer holds. */
static void received_check(const char *text)
{
	char got[1024] = "";
	uint32_t head, written;

	cr_assert(driver_take(&driver, RX, &head, &written));
	cr_assert_eq(written, strlen(text));
	guest_copy_in(INTO, got, written);
	cr_assert_str_eq(got, text);
}

Test(virtio_console, input_there)
{
	input("line\n");
	receive_buffer(100);
	driver_notify(&driver, RX, true);
	received_check("line\n");
	cr_assert(heard.line[17]);
	cr_assert_eq(event_back(0)->flags, 0);
	cr_assert_eq(event_back(0)->io_request.bytes, 5);
}

Test(virtio_console, input_longer_than_a_buffer)
{
	input("abcdef");
	receive_buffer(4);
	driver_notify(&driver, RX, true);
	received_check("abcd");
	receive_buffer(4);
	cr_assert(driver_must_notify(&driver, RX, (uint16_t)(driver.queue[RX].added - 1)));
	driver_notify(&driver, RX, true);
	received_check("ef");
}

Test(virtio_console, input_later)
{
	uint32_t head, written;
	uint64_t events;

	receive_buffer(100);
	driver_notify(&driver, RX, true);
	cr_assert_not(driver_take(&driver, RX, &head, &written), "the buffer waits");
	events = events_count();
	virtio_console_poll(&fake.vcpu, &pci_devices.virtio_console);
	cr_assert_eq(events_count(), events);
	typed = "x";
	virtio_console_poll(&fake.vcpu, &pci_devices.virtio_console);
	received_check("x");
}

Test(virtio_console, input_without_buffers)
{
	typed = "yz";
	virtio_console_poll(&fake.vcpu, &pci_devices.virtio_console);
	driver_notify(&driver, RX, true);
	receive_buffer(100);
	driver_notify(&driver, RX, true);
	received_check("yz");
}

Test(virtio_console, input_for_whom)
{
	typed = "q";
	common_out(&driver, DEVICE_STATUS, 1, 0);
	virtio_console_poll(&fake.vcpu, &pci_devices.virtio_console);
	cr_assert_eq(*typed, 'q', "nobody is there to take it");
}

/** Let VM time be @now, and what is due happen. */
static void time_pass(uint64_t now)
{
	pci_machine_now = now;
	timer_run(&fake.vcpu, now);
}

Test(virtio_console, typed_while_the_guest_waits)
{
	uint32_t head, written;

	fake.vm.config.hz = 1000;
	receive_buffer(100);
	cr_assert_not(virtio_console_waits(&fake.vcpu));
	driver_notify(&driver, RX, true);
	cr_assert(virtio_console_waits(&fake.vcpu));
	time_pass(10);
	cr_assert_not(driver_take(&driver, RX, &head, &written));
	typed = "x";
	time_pass(19);
	cr_assert_not(driver_take(&driver, RX, &head, &written), "not before it is looked for");
	time_pass(20);
	received_check("x");
	cr_assert(heard.line[17]);
	cr_assert(virtio_console_waits(&fake.vcpu), "for the next");
	common_out(&driver, DEVICE_STATUS, 1, 0);
	time_pass(30);
	cr_assert_not(virtio_console_waits(&fake.vcpu), "after a reset nobody does");
}

Test(virtio_console, nothing_is_typed)
{
	console.read_raw = NULL;
	receive_buffer(100);
	driver_notify(&driver, RX, true);
	cr_assert_not(virtio_console_waits(&fake.vcpu));
	cr_assert_eq(timer_next(&fake.vcpu), TIMER_NEVER);
}

Test(virtio_console, buffer_that_takes_nothing)
{
	const struct buffer buffer = {INTO, 8, false};

	input("x");
	driver_add(&driver, RX, &buffer, 1, 0);
	driver_notify(&driver, RX, true);
	cr_assert_eq(event_back(0)->how, VTS_IO_REQUEST_BAD_REQUEST);
	cr_assert(driver_status(&driver) & VIRTIO_NEEDS_RESET);
}
