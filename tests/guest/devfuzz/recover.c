// SPDX-License-Identifier: GPL-2.0-only
/* Reset every device, whatever state it is in; then each must do what it is for. */
#include "tests/guest/devfuzz/devfuzz.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/ata.h"
#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"
#include "workloads/lib/string.h"
#include "workloads/lib/trap.h"

#define ATA_CONTROL 0x376
#define ATA_SRST    0x04
#define ATA_NIEN    0x02

#define RTC_INDEX   0x70
#define RTC_DATA    0x71
#define RTC_B	    0x0b
#define RTC_B_24H   0x02
#define RTC_C	    0x0c
#define RTC_SECONDS 0x00

#define TIMER_VECTOR 0x71
#define SPURIOUS     0xff
#define APIC_HOME    0xfee00000ul

static uint64_t words[ATA_SECTOR / 8] __attribute__((aligned(4096)));
static volatile bool ticked;

static void tick(struct trap_frame *frame)
{
	(void)frame;
	ticked = true;
	apic_eoi();
}

static void ignore(struct trap_frame *frame)
{
	(void)frame;
}

/* ---- resets ---- */

/** From whatever mode: off, which resets it, and on. */
static void apic_reset(void)
{
	wrmsr(MSR_APIC_BASE, APIC_HOME);
	wrmsr(MSR_APIC_BASE, APIC_HOME | APIC_BASE_ENABLE);
	apic_init(SPURIOUS);
	wrmsr(APIC_LVT_LINT1, APIC_LVT_MASKED);
	wrmsr(MSR_TSC_DEADLINE, 0);
	wrmsr(APIC_INITIAL, 0);
}

static void isa_reset(void)
{
	out8(RTC_INDEX, RTC_B);
	out8(RTC_DATA, RTC_B_24H);
	out8(RTC_INDEX, RTC_C);
	in8(RTC_DATA);
	for (unsigned channel = 0; channel < 3; channel++)
		pit_stop(channel);
	pic_init(0x20, 0x28);
	out8(UART_ENABLE + 2, 0); /* line control: no divisor latch */
	out8(UART_ENABLE, 0);
	out8(UART_MODEM, 0);
	uart_fifos(false);
	out8(ATA_CONTROL, ATA_SRST);
	out8(ATA_CONTROL, ATA_NIEN);
}

bool device_open(unsigned device, uint64_t features)
{
	struct virtio *virtio = fuzz_virtio(device);
	unsigned size = 4u << fuzz_below(4);

	if (!virtio_start(virtio,
			  features | (device == BLK ? VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH : 0),
			  device == BLK ? 1 : 2, (uint16_t)size))
		return false;
	fuzz.blk.free = device == BLK ? 1 : fuzz.blk.free;
	return true;
}

/* ---- checks ---- */

static bool blk_works(void)
{
	bool good;

	memset(words, 0, sizeof(words));
	for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
		words[i] = fuzz.seed + i;
	good = virtio_blk_request(&fuzz.blk, VIRTIO_BLK_OUT, SECTOR_CHECK, words, ATA_SECTOR) ==
	       VIRTIO_BLK_OK;
	memset(words, 0, sizeof(words));
	good &= virtio_blk_request(&fuzz.blk, VIRTIO_BLK_IN, SECTOR_CHECK, words, ATA_SECTOR) ==
		VIRTIO_BLK_OK;
	for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
		good &= words[i] == fuzz.seed + i;
	return good;
}

bool device_works(unsigned device)
{
	static const char text[] = ".";

	return device == BLK ? blk_works() : virtio_console_write(&fuzz.console, text, 1);
}

/** What the other disk interface wrote is read, and the other way round. */
static bool ata_works(void)
{
	struct ata ata;
	bool good = ata_open(&ata);

	if (!good)
		return false;
	if (fuzz.has[BLK]) {
		memset(words, 0, sizeof(words));
		good = ata_read(&ata, SECTOR_CHECK, 1, words);
		for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
			good &= words[i] == fuzz.seed + i;
	}
	for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
		words[i] = ~fuzz.seed - i;
	good &= ata_write(&ata, SECTOR_CHECK, 1, words);
	memset(words, 0, sizeof(words));
	good &= ata_read(&ata, SECTOR_CHECK, 1, words);
	for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
		good &= words[i] == ~fuzz.seed - i;
	return good;
}

/** In its loop a byte comes back, behind what came before it. */
static bool uart_works(void)
{
	unsigned last = 0x100;

	out8(UART_MODEM, 0x10);
	uart_fifos(true);
	out8(UART_DATA, 0xa5);
	while (in8(UART_STATUS) & UART_RECEIVED)
		last = in8(UART_DATA);
	out8(UART_MODEM, 0);
	uart_fifos(false);
	return last == 0xa5;
}

static bool timer_works(void)
{
	ticked = false;
	trap_set_handler(TIMER_VECTOR, tick);
	wrmsr(APIC_LVT_TIMER, TIMER_VECTOR);
	wrmsr(APIC_INITIAL, 1000);
	while (!ticked)
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	wrmsr(APIC_LVT_TIMER, APIC_LVT_MASKED);
	return !apic_has(APIC_ISR, TIMER_VECTOR);
}

/** Channel 2 counts, and its gate is open. */
static bool pit_works(void)
{
	uint16_t before;

	out8(0x61, in8(0x61) | 1);
	pit_start(2, PIT_RATE, 0xffff);
	before = pit_read(2);
	for (unsigned i = 0; i < 2000; i++)
		__asm__ volatile("pause");
	return pit_read(2) < before;
}

static bool pic_works(void)
{
	pic_mask(0xfffe);
	pit_start(0, PIT_ONE_SHOT, 20);
	for (unsigned i = 0; i < 100000; i++)
		if (pic_requests() & 1)
			break;
	pic_mask(0xffff);
	return pic_requests() & 1 && !pic_in_service();
}

static bool rtc_works(void)
{
	out8(RTC_INDEX, 0x30);
	out8(RTC_DATA, 0x5a);
	out8(RTC_INDEX, RTC_SECONDS);
	in8(RTC_DATA);
	out8(RTC_INDEX, 0x30);
	return in8(RTC_DATA) == 0x5a;
}

static void device_check(unsigned device)
{
	/* A mask of features that the last driver of it may have had. */
	uint64_t features =
	    VIRTIO_F_EVENT_IDX | (fuzz.seed & 1 ? (uint64_t)VIRTIO_F_INDIRECT_DESC : 0);

	if (!device_open(device, features) || !device_works(device))
		fuzz_fail(device == BLK ? "the virtio disk" : "the virtio console");
}

void recover(void)
{
	__asm__ volatile("cli" ::: "memory");
	trap_set_handler(2, ignore); /* NMI */
	trap_set_handler(SPURIOUS, ignore);
	ioapic_reset();
	apic_reset();
	isa_reset();
	for (unsigned device = 0; device < DEVICES; device++)
		if (fuzz.has[device]) {
			registers_restore(device);
			device_check(device);
		}
	if (fuzz.has_disk && !ata_works())
		fuzz_fail("the ATA disk");
	if (!uart_works())
		fuzz_fail("the UART");
	if (!pit_works())
		fuzz_fail("the 8254");
	if (!pic_works())
		fuzz_fail("the 8259s");
	if (!rtc_works())
		fuzz_fail("the clock");
	if (!timer_works())
		fuzz_fail("the local APIC");
}
