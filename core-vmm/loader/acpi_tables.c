/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/acpi_tables.h"

#include <stddef.h>

#include "core-vmm/device/acpi.h"

#define PACKED __attribute__((packed))

/** Every table begins with it: 5.2.6. */
struct header {
	char signature[4];
	uint32_t bytes;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision;
	char creator[4];
	uint32_t creator_revision;
} PACKED;

#define HEADER(name, type, number)                                                                 \
	.header = {.signature = name,                                                              \
		   .bytes = sizeof(struct type),                                                   \
		   .revision = (number),                                                           \
		   .oem = {'V', 'T', 'S', 'C', 'O', 'P'},                                          \
		   .oem_table = {'V', 'T', 'S', 'C', 'O', 'P', 'E', ' '},                          \
		   .oem_revision = 1,                                                              \
		   .creator = {'V', 'T', 'S', ' '},                                                \
		   .creator_revision = 1}

/** Root system description pointer: 5.2.5.3. */
struct rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem[6];
	uint8_t revision;
	uint32_t rsdt, bytes;
	uint64_t xsdt;
	uint8_t checksum_all, reserved[3];
} PACKED;

#define RSDP_FIRST_BYTES 20

struct xsdt {
	struct header header;
	uint64_t table[2];
} PACKED;

/** Firmware ACPI control structure: 5.2.10. It has no checksum. */
struct facs {
	char signature[4];
	uint32_t bytes, rest[14];
};

/** Generic address: 5.2.3.2. */
struct address {
	uint8_t space, bits, bit, access;
	uint64_t address;
} PACKED;

#define SPACE_PORTS 1
/* @access: 1 byte, 2 word, 3 double word */
#define PORTS(offset, count, access)                                                               \
	{                                                                                          \
		SPACE_PORTS, (count)*8, 0, access, ACPI_PORT + (offset)                            \
	}

/** Fixed ACPI description table, as of ACPI 4.0: 5.2.9. */
struct fadt {
	struct header header;
	uint32_t facs, dsdt;
	uint8_t reserved, profile;
	uint16_t sci;
	uint32_t smi_command;
	uint8_t smi_values[4];
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0,
	    gpe1;
	uint8_t pm1_event_bytes, pm1_control_bytes, pm2_control_bytes, pm_timer_bytes, gpe0_bytes,
	    gpe1_bytes, gpe1_first, cst;
	uint16_t c2_latency, c3_latency, flush_size, flush_stride;
	uint8_t duty[2], day_alarm, month_alarm, century;
	uint16_t boot;
	uint8_t reserved2;
	uint32_t flags;
	struct address reset;
	uint8_t reset_value, reserved3[3];
	uint64_t x_facs, x_dsdt;
	struct address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control,
	    x_pm_timer, x_gpe0, x_gpe1;
} PACKED;

_Static_assert(sizeof(struct fadt) == 244, "ACPI 4.0, table 5-9");

/* Latencies from which on there is no such state. */
#define NO_C2 0xffff
#define NO_C3 0xffff

#define RTC_CENTURY 0x32

#define BOOT_LEGACY_DEVICES (1u << 0) /* ISA's */
#define BOOT_NO_VGA	    (1u << 2) /* and bit 1, a keyboard controller, is clear: there is none */
#define BOOT_NO_ASPM	    (1u << 4)

#define FLAG_WBINVD	     (1u << 0)
#define FLAG_C1		     (1u << 2)
#define FLAG_NO_POWER_BUTTON (1u << 4) /* among the fixed registers; likewise */
#define FLAG_NO_SLEEP_BUTTON (1u << 5)
#define FLAG_NO_RTC_WAKE     (1u << 6)
#define FLAG_TIMER_32	     (1u << 8)
#define FLAG_RESET	     (1u << 10)

static const struct fadt fadt = {
    HEADER("FACP", fadt, 4),
    .sci = ACPI_SCI_LINE,
    .pm1a_event = ACPI_PORT + ACPI_EVENT,
    .pm1a_control = ACPI_PORT + ACPI_CONTROL,
    .pm_timer = ACPI_PORT + ACPI_TIMER,
    .pm1_event_bytes = 4,
    .pm1_control_bytes = 2,
    .pm_timer_bytes = 4,
    .c2_latency = NO_C2,
    .c3_latency = NO_C3,
    .century = RTC_CENTURY,
    .boot = BOOT_LEGACY_DEVICES | BOOT_NO_VGA | BOOT_NO_ASPM,
    .flags = FLAG_WBINVD | FLAG_C1 | FLAG_NO_POWER_BUTTON | FLAG_NO_SLEEP_BUTTON |
	     FLAG_NO_RTC_WAKE | FLAG_TIMER_32 | FLAG_RESET,
    .reset = PORTS(ACPI_RESET, 1, 1),
    .reset_value = ACPI_RESET_VALUE,
    .x_pm1a_event = PORTS(ACPI_EVENT, 4, 2),
    .x_pm1a_control = PORTS(ACPI_CONTROL, 2, 2),
    .x_pm_timer = PORTS(ACPI_TIMER, 4, 3),
};

/** Multiple APIC description table: 5.2.12. */
struct madt {
	struct header header;
	uint32_t lapic_address, flags;
	struct {
		uint8_t type, bytes, processor, id;
		uint32_t flags;
	} PACKED lapic;
	struct {
		uint8_t type, bytes, id, reserved;
		uint32_t address, first;
	} PACKED ioapic;
	struct {
		uint8_t type, bytes, bus, line;
		uint32_t pin;
		uint16_t flags;
	} PACKED overrides[2];
} PACKED;

#define MADT_8259	1
#define LAPIC_ENABLED	1
#define OVERRIDE_AS_BUS 0
#define OVERRIDE_LEVEL	0xd /* active high */

static const struct madt madt = {
    HEADER("APIC", madt, 3),
    .lapic_address = 0xfee00000,
    .flags = MADT_8259,
    .lapic = {0, sizeof(madt.lapic), 0, 0, LAPIC_ENABLED},
    .ioapic = {1, sizeof(madt.ioapic), 0, 0, 0xfec00000, 0},
    .overrides = {{2, sizeof(madt.overrides[0]), 0, 0, 2, OVERRIDE_AS_BUS},
		  {2, sizeof(madt.overrides[0]), 0, ACPI_SCI_LINE, ACPI_SCI_LINE, OVERRIDE_LEVEL}},
};

/** The compiled dsdt.asl. */
extern const char acpi_dsdt[], acpi_dsdt_end[];

/** A byte that makes the sum of all of them 0. */
static uint8_t checksum(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint8_t sum = 0;

	while (bytes--)
		sum = (uint8_t)(sum - *at++);
	return sum;
}

/* Where they go. */
#define AT_RSDP ACPI_TABLES_START
#define AT_XSDT (ACPI_TABLES_START + 0x40)
#define AT_MADT (ACPI_TABLES_START + 0x100)
#define AT_FADT (ACPI_TABLES_START + 0x200)
#define AT_FACS (ACPI_TABLES_START + 0x340) /* at a multiple of 64 */
#define AT_DSDT (ACPI_TABLES_START + 0x400)

static int fadt_write(struct guest_memory *memory)
{
	struct fadt table = fadt;

	table.facs = AT_FACS;
	table.dsdt = AT_DSDT;
	table.x_dsdt = AT_DSDT;
	table.header.checksum = checksum(&table, sizeof(table));
	return guest_memory_write(memory, AT_FADT, &table, sizeof(table));
}

static int madt_write(struct guest_memory *memory)
{
	struct madt table = madt;

	table.header.checksum = checksum(&table, sizeof(table));
	return guest_memory_write(memory, AT_MADT, &table, sizeof(table));
}

static int root_write(struct guest_memory *memory)
{
	struct xsdt xsdt = {HEADER("XSDT", xsdt, 1), .table = {AT_FADT, AT_MADT}};
	struct rsdp rsdp = {.signature = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '},
			    .oem = {'V', 'T', 'S', 'C', 'O', 'P'},
			    .revision = 2,
			    .bytes = sizeof(rsdp),
			    .xsdt = AT_XSDT};

	xsdt.header.checksum = checksum(&xsdt, sizeof(xsdt));
	rsdp.checksum = checksum(&rsdp, RSDP_FIRST_BYTES);
	rsdp.checksum_all = checksum(&rsdp, sizeof(rsdp));
	return guest_memory_write(memory, AT_XSDT, &xsdt, sizeof(xsdt)) |
	       guest_memory_write(memory, AT_RSDP, &rsdp, sizeof(rsdp));
}

bool acpi_tables_exist(void)
{
	return acpi_dsdt_end - acpi_dsdt;
}

const char *acpi_tables_write(struct guest_memory *memory)
{
	static const struct facs facs = {
	    .signature = {'F', 'A', 'C', 'S'}, .bytes = sizeof(facs), .rest = {[6] = 1}};
	uint64_t bytes = (uint64_t)(acpi_dsdt_end - acpi_dsdt);

	if (!acpi_tables_exist())
		return "this VMM was built without iasl, and has no ACPI tables: install Debian's "
		       "acpica-tools, then ./configure and make again";
	if (bytes > ACPI_TABLES_END - AT_DSDT || fadt_write(memory) || madt_write(memory) ||
	    root_write(memory) || guest_memory_write(memory, AT_FACS, &facs, sizeof(facs)) ||
	    guest_memory_write(memory, AT_DSDT, acpi_dsdt, bytes))
		return "no memory for the ACPI tables";
	return NULL;
}
