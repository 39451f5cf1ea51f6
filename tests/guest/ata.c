// SPDX-License-Identifier: GPL-2.0-only
/* The disk: its last sector and the one behind, and data that moves by string instructions of all kinds. ro=1: --disk FILE,ro. */
#include "workloads/lib/ata.h"

#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define PORT_DATA    0x170
#define PORT_COUNT   0x172
#define PORT_COMMAND 0x177
#define COMMAND_READ 0x20
#define STATUS_DRQ   0x08
#define STATUS_BSY   0x80

#define BASE  WINDOW(23)
#define PAGES (ATA_SECTOR / 8)
#define FLAGS (PTE_P | PTE_W | PTE_U)

static struct ata disk;
static uint64_t sector[ATA_SECTOR / 8];
static bool writable;

/** Ask for one sector; its data waits. */
static void read_begin(uint64_t lba)
{
	out8(PORT_COUNT, 1);
	out8(PORT_COUNT + 1, (uint8_t)lba);
	out8(PORT_COUNT + 2, (uint8_t)(lba >> 8));
	out8(PORT_COUNT + 3, (uint8_t)(lba >> 16));
	out8(PORT_COUNT + 4, (uint8_t)(0x40 | (lba >> 24 & 15)));
	out8(PORT_COMMAND, COMMAND_READ);
	while (in8(PORT_COMMAND) & STATUS_BSY)
		;
	test_ok(in8(PORT_COMMAND) & STATUS_DRQ, "a sector's data waits");
}

static void ends(void)
{
	uint64_t last = disk.sectors - 1;

	test_ok(ata_read(&disk, last, 1, sector), "the last sector is read");
	test_ok(!ata_read(&disk, last, 2, sector), "two from there are not");
	test_ok(!ata_read(&disk, disk.sectors, 1, sector), "nor is the one behind");
	for (unsigned i = 0; i < ATA_SECTOR / 8; i++)
		sector[i] = (i + 1) * 0x123456789abcdefull;
	test_equal(ata_write(&disk, last, 1, sector), writable, "the last sector is written");
	test_ok(!ata_write(&disk, last, 2, sector), "two from there are not");
	test_ok(ata_flush(&disk), "a flush");
}

/** What INS of @size bytes brings is what the driver read before, wherever it goes. */
static void widths(void)
{
	uint8_t *page = memory_take(2 * PAGE_SIZE, PAGE_SIZE), *odd = page + PAGE_SIZE - 101, *to;
	uint64_t count;

	test_ok(ata_read(&disk, disk.sectors - 1, 1, sector), "the last sector again");
	read_begin(disk.sectors - 1);
	to = odd, count = ATA_SECTOR / 2;
	__asm__ volatile("rep insw" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	test_ok(!memcmp(odd, sector, ATA_SECTOR), "REP INSW over the end of a page, odd");
	test_equal((uint64_t)(to - odd), ATA_SECTOR, "  RDI");
	test_equal(count, 0, "  RCX");
	memset(odd, 0, ATA_SECTOR);
	read_begin(disk.sectors - 1);
	to = odd, count = ATA_SECTOR / 4;
	__asm__ volatile("rep insl" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	test_ok(!memcmp(odd, sector, ATA_SECTOR), "REP INSD likewise");
	read_begin(disk.sectors - 1);
	to = page + ATA_SECTOR - 2, count = ATA_SECTOR / 2;
	__asm__ volatile("std; rep insw; cld" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	for (unsigned i = 0; i < ATA_SECTOR / 2; i++)
		count += ((uint16_t *)page)[ATA_SECTOR / 2 - 1 - i] != ((uint16_t *)sector)[i];
	test_equal(count, 0, "REP INSW downwards");
	read_begin(disk.sectors - 1);
	for (unsigned i = 0; i < ATA_SECTOR / 2; i++) {
		uint16_t word;

		__asm__ volatile("inw %1, %0" : "=a"(word) : "Nd"((uint16_t)PORT_DATA));
		count += word != ((uint16_t *)sector)[i];
	}
	test_equal(count, 0, "IN of 2 bytes, one after another");
	test_ok(!(in8(PORT_COMMAND) & STATUS_DRQ), "no more data waits");
}

/** A string that would go into a page that may not be written stops there, and goes on afterwards. */
static void fault(uint64_t *ptes, uint64_t frames)
{
	uint8_t *first = (uint8_t *)(BASE + PAGE_SIZE - 256), *to = first;
	uint64_t count = ATA_SECTOR / 2;

	pte_write(&ptes[0], frames | FLAGS);
	pte_write(&ptes[1], 0);
	invlpg(BASE);
	invlpg(BASE + PAGE_SIZE);
	read_begin(disk.sectors - 1);
	__asm__ volatile(TRY("rep insw") : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	test_fault(PF_W, BASE + PAGE_SIZE, "REP INSW into a page that is not there");
	pte_write(&ptes[1], (frames + PAGE_SIZE) | FLAGS);
	invlpg(BASE + PAGE_SIZE);
	to = first + 256, count = (ATA_SECTOR - 256) / 2;
	__asm__ volatile("rep insw" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	test_ok(!memcmp(first, sector, ATA_SECTOR), "  goes on with what comes next");
}

/* ---- interrupts ---- */

#define TRANSFER 20u /* sectors: more than one block, and not a multiple */
#define SPURIOUS 0xff

/** Read and write, waiting so: what is written is what is read, polled. */
static void transfer(enum wait wait, enum line_by by, const char *name)
{
	static uint64_t data[TRANSFER * ATA_SECTOR / 8], back[TRANSFER * ATA_SECTOR / 8];
	bool written;

	if (wait == WAIT_SPIN)
		__asm__ volatile("sti" ::: "memory");
	ata_interrupts(&disk, wait, by);
	for (unsigned i = 0; i < TRANSFER * ATA_SECTOR / 8; i++)
		data[i] = (i + 1) * 0x9e3779b97f4a7c15ull + wait + 8 * by;
	written = ata_write(&disk, 0, TRANSFER, data);
	test_ok(written == writable && ata_flush(&disk) && ata_read(&disk, 0, TRANSFER, back),
		name);
	test_ok(!ata_read(&disk, disk.sectors, 1, back), "  an error interrupts as well");
	__asm__ volatile("cli" ::: "memory");
	ata_interrupts(&disk, WAIT_POLL, by);
	test_ok(!written || !memcmp(data, back, sizeof(data)), "  what was written was read");
	memset(back, 0, sizeof(back));
	test_ok(ata_read(&disk, 0, TRANSFER, back) &&
		    (!written || !memcmp(data, back, sizeof(data))),
		"  and is on the disk");
}

static void interrupts(void)
{
	if (disk.sectors < TRANSFER) {
		test_skip("the disk's interrupts", "it is too small");
		return;
	}
	transfer(WAIT_HALT, LINE_BY_PIC, "interrupts by the 8259s, halted");
	transfer(WAIT_SPIN, LINE_BY_PIC, "interrupts by the 8259s, busy");
	if (!apic_present()) {
		test_skip("interrupts by the I/O APIC", "no x2APIC");
		return;
	}
	apic_init(SPURIOUS);
	transfer(WAIT_HALT, LINE_BY_IOAPIC, "interrupts by the I/O APIC, halted");
	transfer(WAIT_SPIN, LINE_BY_IOAPIC, "interrupts by the I/O APIC, busy");
}

/** A disk's sector becomes a part of a page table that is in use. */
static void table(uint64_t *ptes, uint64_t frames)
{
	uint64_t count = ATA_SECTOR / 2, wrong = 0;
	void *to = ptes;

	for (unsigned i = 0; i < PAGES; i++) {
		*(uint64_t *)(frames + i * PAGE_SIZE) = i;
		sector[i] = (frames + (PAGES - 1 - i) * PAGE_SIZE) | FLAGS;
		pte_write(&ptes[i], (frames + i * PAGE_SIZE) | FLAGS);
		invlpg(BASE + i * PAGE_SIZE);
	}
	if (!writable || !ata_write(&disk, 0, 1, sector)) {
		test_skip("a page table from the disk", "the disk cannot be written");
		return;
	}
	cr3_write(cr3_read());
	for (unsigned i = 0; i < PAGES; i++)
		wrong += *(volatile uint64_t *)(BASE + i * PAGE_SIZE) != i;
	read_begin(0);
	__asm__ volatile("rep insw" : "+D"(to), "+c"(count) : "d"(PORT_DATA) : "memory");
	cr3_write(
	    cr3_read()); /* not INVLPG: who shadows the table must have seen the change by itself */
	for (unsigned i = 0; i < PAGES; i++)
		wrong += *(volatile uint64_t *)(BASE + i * PAGE_SIZE) != PAGES - 1 - i;
	test_equal(wrong, 0, "a page table from the disk");
}

int main(void)
{
	uint64_t frames, *ptes;

	if (!args_check("ata", "ro"))
		return 2;
	writable = !(args_number("ro", 0, 0) && machine.vmm);
	test_ok(ata_open(&disk), "there is a disk");
	ptes = paging_window(paging_init(), BASE, PAGES);
	frames = (uint64_t)memory_take(PAGES * PAGE_SIZE, PAGE_SIZE);
	ends();
	widths();
	fault(ptes, frames);
	interrupts();
	table(ptes, frames);
	return test_done();
}
