// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI bus and the virtio devices on it, with the library's drivers: --io pv. Needs input "virtio" and, for the disk's
 * part, --disk.
 */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/string.h"
#include "workloads/lib/virtio_blk.h"
#include "workloads/lib/virtio_console.h"

#define HOST_BRIDGE 0x12378086u
#define REQUESTS    64u
#define DATA_BYTES  4096u

static struct virtio_console console;
static struct virtio_blk blk;

static void bus(void)
{
	test_equal(pci_read(0, PCI_ID, 4), HOST_BRIDGE, "a host bridge at 00:00.0");
	test_equal(pci_read(31, PCI_ID, 4), 0xffffffff, "nothing at 00:1f.0");
	test_equal(in8(0xcf8), 0xff, "the address port takes double words only");
}

/* The same register through memory and through configuration space. */
static void window(void)
{
	unsigned slot = console.virtio.slot, at = 0;

	do
		at = pci_capability(slot, at, PCI_CAP_VENDOR);
	while (at && pci_read(slot, at + 3, 1) != 5);
	test_ok(at, "a capability to reach BARs through configuration space");
	pci_write(slot, at + 4, 1, 0);
	pci_write(slot, at + 8, 4, 18);
	pci_write(slot, at + 12, 4, 2);
	test_equal(pci_read(slot, at + 16, 2), console.virtio.common->num_queues,
		   "it reads what memory reads");
}

static void bar_moves(void)
{
	unsigned slot = console.virtio.slot;
	uint32_t was = pci_bar(slot, 0);
	volatile struct virtio_common *common;

	pci_write(slot, PCI_BAR(0), 4, ~0u);
	test_equal(pci_read(slot, PCI_BAR(0), 4), 0xffffc000, "BAR 0 has 16 KiB");
	pci_write(slot, PCI_BAR(0), 4, 0xd0000000);
	common = pci_map(slot, 0, PAGE_SIZE);
	test_equal(common->num_queues, 2, "it answers where it was moved to");
	pci_write(slot, PCI_BAR(0), 4, was);
	common = pci_map(slot, 0, PAGE_SIZE);
	test_equal(common->num_queues, 2, "and back");
}

static void console_text(void)
{
	static const char text[] = "# written by the virtio console\n";
	static char got[VIRTIO_CONSOLE_BUFFER];
	uint32_t bytes;

	console.virtio.by_memory = false;
	test_ok(virtio_console_write(&console, text, sizeof(text) - 1), "output, notified by port");
	console.virtio.by_memory = true;
	test_ok(virtio_console_write(&console, text, sizeof(text) - 1),
		"output, notified by memory");
	bytes = virtio_console_read(&console, got);
	test_ok(bytes == 7 && !memcmp(got, "virtio\n", 7), "input");
	test_equal(virtio_console_read(&console, got), 0, "no more input");
}

/* A device that was given nonsense stops, says so, and works again after its reset. */
static void nonsense(void)
{
	static const char text[] = "# written after a reset\n";
	struct virtio_queue *queue = &console.virtio.queue[1];

	queue->desc[0] = (struct virtio_desc){.address = 1ul << 40, .length = 1};
	virtio_offer(&console.virtio, 1, 0);
	virtio_notify(&console.virtio, 1);
	test_ok(virtio_is_broken(&console.virtio), "a buffer outside memory: DEVICE_NEEDS_RESET");
	test_ok(virtio_start(&console.virtio, VIRTIO_F_EVENT_IDX, 2, 8), "a reset mends it");
	test_ok(virtio_console_write(&console, text, sizeof(text) - 1), "it writes again");
	queue->avail->index = 0x8000;
	virtio_notify(&console.virtio, 1);
	test_ok(virtio_is_broken(&console.virtio), "an index that ran away: DEVICE_NEEDS_RESET");
	virtio_start(&console.virtio, VIRTIO_F_EVENT_IDX, 2, 8);
}

/* ---- interrupts ---- */

#define PIC_VECTOR  0x30
#define MSIX_VECTOR 0x51
#define SPURIOUS    0xff

static volatile unsigned interrupts;
static unsigned line;

static void line_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts += *console.virtio.isr == 1;
	pic_eoi(line);
}

static void message_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
}

/** Write with interrupts on: how many came. */
static unsigned interrupts_of_a_write(void)
{
	static const char text[] = "# written with interrupts\n";

	interrupts = 0;
	__asm__ volatile("sti" ::: "memory");
	virtio_console_write(&console, text, sizeof(text) - 1);
	__asm__ volatile("nop\n\tcli" ::: "memory");
	return interrupts;
}

static void interrupt_by_line(void)
{
	line = pci_read(console.virtio.slot, 0x3c, 1);
	console.virtio.interrupts = true;
	test_ok(virtio_start(&console.virtio, VIRTIO_F_EVENT_IDX, 2, 8), "started for interrupts");
	trap_set_handler(PIC_VECTOR + line, line_interrupt);
	pic_init(PIC_VECTOR, PIC_VECTOR + 8);
	pic_mask((uint16_t) ~(1u << line | 1u << 2));
	test_equal(interrupts_of_a_write(), 1, "an interrupt by its line");
	test_equal(interrupts_of_a_write(), 1, "another");
	pci_write(console.virtio.slot, PCI_COMMAND, 2, 0x407);
	test_equal(interrupts_of_a_write(), 0, "none while interrupts are disabled");
	pci_write(console.virtio.slot, PCI_COMMAND, 2, 7);
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" ::: "memory");
	test_equal(interrupts, 1, "it comes once they are enabled");
	pic_mask(0xffff);
}

static void interrupt_by_message(void)
{
	if (!apic_present()) {
		test_skip("interrupts by MSI-X", "no x2APIC");
		return;
	}
	apic_init(SPURIOUS);
	trap_set_handler(MSIX_VECTOR, message_interrupt);
	pci_msi_set(console.virtio.slot, MSIX_VECTOR);
	test_equal(interrupts_of_a_write(), 1, "an interrupt by MSI");
	test_equal(interrupts_of_a_write(), 1, "another");
	pci_msi_clear(console.virtio.slot);
	test_equal(interrupts_of_a_write(), 0, "none by MSI once it is off");
	pci_msix_set(console.virtio.slot, 2, MSIX_VECTOR);
	test_equal(interrupts_of_a_write(), 0, "no vector, no interrupt");
	virtio_msix(&console.virtio, 1, 2);
	test_equal(interrupts_of_a_write(), 1, "an interrupt by MSI-X");
	test_equal(interrupts_of_a_write(), 1, "another");
	console.virtio.interrupts = false;
	virtio_start(&console.virtio, VIRTIO_F_EVENT_IDX, 2, 8);
	virtio_msix(&console.virtio, 1, 2);
	test_equal(interrupts_of_a_write(), 0, "none that the driver does not want");
}

/* ---- the disk ---- */

static uint64_t pattern(uint64_t sector)
{
	return (sector + 1) * 0x9e3779b97f4a7c15;
}

static void data_fill(uint64_t *data, uint64_t sector)
{
	for (unsigned i = 0; i < DATA_BYTES / 8; i++)
		data[i] = pattern(sector + i / 64) + i;
}

static bool data_good(const uint64_t *data, uint64_t sector)
{
	for (unsigned i = 0; i < DATA_BYTES / 8; i++)
		if (data[i] != pattern(sector + i / 64) + i)
			return false;
	return true;
}

/** @type for REQUESTS places on the disk, @depth at a time; how many notifications that took, ~0 if one failed. */
static unsigned batches(uint32_t type, uint8_t *memory, unsigned depth)
{
	unsigned kicks = 0, done = 0;
	uint8_t status;

	for (unsigned i = 0; i < REQUESTS; i += depth) {
		for (unsigned k = i; k < i + depth; k++)
			virtio_blk_add(&blk, type, 8 * k, memory + DATA_BYTES * k, DATA_BYTES);
		kicks += virtio_kick(&blk.virtio, 0);
		while (virtio_blk_take(&blk, &status) >= 0) {
			if (status != VIRTIO_BLK_OK)
				return ~0u;
			done++;
		}
	}
	return done == REQUESTS ? kicks : ~0u;
}

static void disk_traffic(uint64_t features, const char *name)
{
	uint8_t *memory = memory_take(REQUESTS * DATA_BYTES, PAGE_SIZE);
	bool good = true;

	test_ok(virtio_blk_open(&blk, features), name);
	for (unsigned i = 0; i < REQUESTS; i++)
		data_fill((uint64_t *)(memory + DATA_BYTES * i), 8 * i);
	test_equal(batches(VIRTIO_BLK_OUT, memory, 8), REQUESTS / 8,
		   "writes, 8 in flight: one notification each 8");
	memset(memory, 0, REQUESTS * DATA_BYTES);
	test_equal(batches(VIRTIO_BLK_IN, memory, 16), REQUESTS / 16,
		   "reads, 16 in flight: one notification each 16");
	for (unsigned i = 0; i < REQUESTS; i++)
		good &= data_good((uint64_t *)(memory + DATA_BYTES * i), 8 * i);
	test_ok(good, "what was written is read");
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_FLUSH, 0, NULL, 0), VIRTIO_BLK_OK, "flush");
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_IN, blk.sectors, memory, 512),
		   VIRTIO_BLK_IOERR, "beyond the end: an error");
	test_equal(virtio_blk_request(&blk, 77, 0, memory, 512), VIRTIO_BLK_UNSUPP,
		   "no such request: unsupported");
}

/** Traffic by interrupts: halted, and busy. */
static void disk_interrupts(enum line_by by, const char *name)
{
	uint8_t *memory = memory_take(REQUESTS * DATA_BYTES, PAGE_SIZE);

	for (unsigned i = 0; i < REQUESTS; i++)
		data_fill((uint64_t *)(memory + DATA_BYTES * i), 8 * i);
	virtio_blk_interrupts(&blk, WAIT_HALT, by);
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_OUT, 0, memory, DATA_BYTES), VIRTIO_BLK_OK,
		   name);
	memset(memory, 0, DATA_BYTES);
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_IN, 0, memory, DATA_BYTES), VIRTIO_BLK_OK,
		   "  a read");
	test_ok(data_good((uint64_t *)memory, 0), "  of what was written");
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_IN, blk.sectors, memory, 512),
		   VIRTIO_BLK_IOERR, "  an error interrupts as well");
	virtio_blk_interrupts(&blk, WAIT_SPIN, by);
	__asm__ volatile("sti" ::: "memory");
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_FLUSH, 0, NULL, 0), VIRTIO_BLK_OK,
		   "  busy, interrupts on");
	__asm__ volatile("cli" ::: "memory");
	virtio_blk_interrupts(&blk, WAIT_POLL, by);
}

/* A page that is a page table takes a sector, and the new entries count. */
static void disk_page_table(void)
{
	uint64_t *root = paging_init(), *pages = memory_take(2 * PAGE_SIZE, PAGE_SIZE);
	uint64_t *table = memory_take_tables(1), *image = memory_take(PAGE_SIZE, PAGE_SIZE);
	uint64_t at = WINDOW(33);

	pages[0] = 1;
	pages[PAGE_SIZE / 8] = 2;
	memset(image, 0, PAGE_SIZE);
	image[0] = (uint64_t)(pages + PAGE_SIZE / 8) | PTE_P | PTE_W;
	pte_write(&table[0], (uint64_t)pages | PTE_P | PTE_W);
	pte_write(paging_entry(root, at, 2), (uint64_t)table | PTE_P | PTE_W);
	test_equal(*(volatile uint64_t *)at, 1, "a page table leads to a page");
	virtio_blk_request(&blk, VIRTIO_BLK_OUT, 0, image, 512);
	virtio_blk_request(&blk, VIRTIO_BLK_IN, 0, table, 512);
	invlpg(at);
	test_equal(*(volatile uint64_t *)at, 2,
		   "the disk writes the table, and it leads to another");
}

int main(void)
{
	paging_init();
	bus();
	if (!virtio_console_open(&console)) {
		test_ok(false, "a virtio console");
		return test_done();
	}
	test_ok(true, "a virtio console");
	window();
	bar_moves();
	console_text();
	nonsense();
	interrupt_by_line();
	interrupt_by_message();
	if (pci_find(VIRTIO_VENDOR, VIRTIO_ID(VIRTIO_BLOCK)) == PCI_SLOTS) {
		test_skip("a virtio disk", "no --disk");
		return test_done();
	}
	disk_traffic(VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX, "disk: indirect, event index");
	disk_traffic(0, "disk: direct, no event index");
	disk_interrupts(LINE_BY_PIC, "disk: interrupts by its line");
	if (apic_present())
		disk_interrupts(LINE_BY_IOAPIC, "disk: interrupts by MSI-X");
	else
		test_skip("disk: interrupts by MSI-X", "no x2APIC");
	disk_page_table();
	return test_done();
}
