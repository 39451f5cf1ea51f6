// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/line.h"

#include <stddef.h>

#include "workloads/lib/apic.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pic.h"

#define VECTOR_FIRST 0x40 /* of line 0 */
#define CASCADE	     2

#define IOAPIC_AT    0xfec00000ul
#define IOAPIC	     WINDOW(201)
#define IOREGSEL     0x00
#define IOWIN	     0x10
#define ENTRY(pin)   (0x10 + 2 * (pin))
#define ENTRY_MASKED 0x10000u

enum line_by line_best(void)
{
	return apic_present() ? LINE_BY_IOAPIC : LINE_BY_PIC;
}

static void ioapic_write(unsigned number, uint32_t value)
{
	*(volatile uint32_t *)(IOAPIC + IOREGSEL) = number;
	*(volatile uint32_t *)(IOAPIC + IOWIN) = value;
}

static void ioapic_set(unsigned pin, uint32_t low)
{
	paging_map(paging_init(), IOAPIC, IOAPIC_AT, PTE_P | PTE_W);
	invlpg(IOAPIC);
	ioapic_write(ENTRY(pin), ENTRY_MASKED);
	ioapic_write(ENTRY(pin) + 1, (uint32_t)rdmsr(APIC_ID) << 24);
	ioapic_write(ENTRY(pin), low);
}

void line_open(enum line_by by, unsigned line, trap_handler handler)
{
	trap_set_handler(VECTOR_FIRST + line, handler);
	if (by == LINE_BY_IOAPIC) {
		ioapic_set(line, VECTOR_FIRST + line);
		return;
	}
	/* apic_init has shut the 8259s out. */
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC)
		wrmsr(APIC_LVT_LINT0, APIC_LVT_EXTINT);
	pic_init(VECTOR_FIRST, VECTOR_FIRST + 8);
	pic_mask((uint16_t) ~(1u << line | 1u << CASCADE));
}

void line_close(enum line_by by, unsigned line)
{
	if (by == LINE_BY_IOAPIC)
		ioapic_set(line, ENTRY_MASKED);
	else
		pic_mask(0xffff);
	trap_set_handler(VECTOR_FIRST + line, NULL);
}

void line_eoi(enum line_by by, unsigned line)
{
	if (by == LINE_BY_IOAPIC)
		apic_eoi();
	else
		pic_eoi(line);
}
