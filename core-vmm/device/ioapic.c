/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/ioapic.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/device/lapic.h"
#include "core-vmm/vm.h"

#define BASE	     0xfec00000ull
#define REGION_BYTES 0x1000u
#define IOREGSEL     0x00
#define IOWIN	     0x10

enum { REGISTER_ID, REGISTER_VERSION, REGISTER_ARBITRATION, REGISTER_ENTRIES = 0x10 };

#define VERSION	    (0x11u | (IOAPIC_PINS - 1) << 16)
#define ID_WRITABLE 0x0f000000u

#define ENTRY_VECTOR	  0xffull
#define ENTRY_MODE(entry) ((entry) >> 8 & 7)
#define ENTRY_LOGICAL	  (1ull << 11)
#define ENTRY_LOW                                                                                  \
	(1ull << 13) /* active low: PCI's way; the lines here are what is meant, not volts */
#define ENTRY_REMOTE_IRR  (1ull << 14)
#define ENTRY_LEVEL	  (1ull << 15)
#define ENTRY_MASKED	  (1ull << 16)
#define ENTRY_DESTINATION 56
#define ENTRY_WRITABLE	  0xff0000000001afffull

/** Send the pin's message, if nothing holds it back. */
static void pin_deliver(struct vcpu *vcpu, struct ioapic *ioapic, unsigned pin)
{
	uint64_t *entry = &ioapic->entry[pin];

	if (*entry & ENTRY_MASKED)
		return;
	if (*entry & ENTRY_LEVEL && ENTRY_MODE(*entry) <= DELIVERY_LOWEST) {
		if (*entry & ENTRY_REMOTE_IRR)
			return;
		*entry |= ENTRY_REMOTE_IRR;
	}
	lapic_message(vcpu, *entry >> ENTRY_DESTINATION, *entry & ENTRY_LOGICAL,
		      (uint32_t)*entry & 0xffff & ~(uint32_t)ENTRY_REMOTE_IRR, ioapic->origin[pin]);
}

void ioapic_pin_set(struct vcpu *vcpu, unsigned pin, bool high, struct irq_origin origin)
{
	struct ioapic *ioapic = &vcpu->vm->devices->ioapic;
	uint32_t bit = 1u << pin;

	if (high && !(ioapic->line & bit)) {
		ioapic->line |= bit;
		ioapic->origin[pin] = origin;
		pin_deliver(vcpu, ioapic, pin);
	} else if (!high) {
		ioapic->line &= ~bit;
	}
}

bool ioapic_pin_open(const struct vcpu *vcpu, unsigned pin)
{
	return !(vcpu->vm->devices->ioapic.entry[pin] & ENTRY_MASKED);
}

bool ioapic_sends_nmi(const struct vcpu *vcpu)
{
	const struct ioapic *ioapic = &vcpu->vm->devices->ioapic;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		if (!(ioapic->entry[pin] & ENTRY_MASKED) &&
		    ENTRY_MODE(ioapic->entry[pin]) == DELIVERY_NMI)
			return true;
	return false;
}

/** A level that is still there asks again. */
static void level_again(struct vcpu *vcpu, struct ioapic *ioapic, unsigned pin)
{
	if (ioapic->line >> pin & 1 && ioapic->entry[pin] & ENTRY_LEVEL)
		pin_deliver(vcpu, ioapic, pin);
}

void ioapic_eoi(struct vcpu *vcpu, unsigned vector)
{
	struct ioapic *ioapic = &vcpu->vm->devices->ioapic;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *entry = &ioapic->entry[pin];

		if (!(*entry & ENTRY_REMOTE_IRR) || (*entry & ENTRY_VECTOR) != vector)
			continue;
		*entry &= ~ENTRY_REMOTE_IRR;
		level_again(vcpu, ioapic, pin);
	}
}

static void entry_write(struct vcpu *vcpu, struct ioapic *ioapic, unsigned number, uint32_t value)
{
	uint64_t *entry = &ioapic->entry[number / 2];
	unsigned shift = number % 2 * 32;
	uint64_t writable = ENTRY_WRITABLE & 0xffffffffull << shift;

	/* Edges until now come to the entry as it was: a masked pin loses them. */
	irq_sync(vcpu);
	*entry = (*entry & ~writable) | ((uint64_t)value << shift & writable);
	/* An edge-triggered pin waits for no EOI. */
	if (!(*entry & ENTRY_LEVEL))
		*entry &= ~ENTRY_REMOTE_IRR;
	level_again(vcpu, ioapic, number / 2);
	irq_sync(vcpu);
}

static void register_write(struct vcpu *vcpu, struct ioapic *ioapic, uint32_t value)
{
	unsigned number = ioapic->select;

	if (number == REGISTER_ID)
		ioapic->id = value & ID_WRITABLE;
	else if (number >= REGISTER_ENTRIES && number < REGISTER_ENTRIES + 2 * IOAPIC_PINS)
		entry_write(vcpu, ioapic, number - REGISTER_ENTRIES, value);
}

static uint32_t register_read(const struct ioapic *ioapic)
{
	unsigned number = ioapic->select;

	if (number == REGISTER_ID || number == REGISTER_ARBITRATION)
		return ioapic->id;
	if (number == REGISTER_VERSION)
		return VERSION;
	if (number < REGISTER_ENTRIES || number >= REGISTER_ENTRIES + 2 * IOAPIC_PINS)
		return 0;
	number -= REGISTER_ENTRIES;
	return (uint32_t)(ioapic->entry[number / 2] >> number % 2 * 32);
}

static uint64_t ioapic_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	const struct ioapic *ioapic = state;
	unsigned byte = offset & 15;
	uint32_t value;

	(void)vcpu, (void)size;
	if (byte > 3)
		return 0;
	switch (offset - byte) {
	case IOREGSEL:
		value = ioapic->select;
		break;
	case IOWIN:
		value = register_read(ioapic);
		break;
	default:
		return 0;
	}
	return value >> 8 * byte;
}

static void ioapic_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			 unsigned size, uint64_t value)
{
	struct ioapic *ioapic = state;

	(void)exit;
	if (offset == IOREGSEL)
		ioapic->select = (uint8_t)value;
	else if (offset == IOWIN && size >= 4)
		register_write(vcpu, ioapic, (uint32_t)value);
}

void ioapic_create(struct vcpu *vcpu)
{
	struct devices *devices = vcpu->vm->devices;
	struct ioapic *ioapic = &devices->ioapic;

	ioapic->region = (struct bus_region){.device = VTS_DEVICE_IOAPIC,
					     .state = ioapic,
					     .read = ioapic_read,
					     .write = ioapic_write};
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic->entry[pin] = ENTRY_MASKED;
	bus_add(&devices->memory, &ioapic->region, BASE, REGION_BYTES);
}
