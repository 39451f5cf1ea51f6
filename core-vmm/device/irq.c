/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/irq.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/vm.h"

#define TIMER_PIN 2 /* where ISA line 0 goes; the 8259s use line 2 for themselves */

/* MSI address and data: SDM vol. 3, figures 11-14 and 11-15. */
#define MESSAGE_BASE	    0xfee
#define MESSAGE_DESTINATION 12
#define MESSAGE_LOGICAL	    (1u << 2)

static bool line_high(const struct irq *irq, unsigned line)
{
	if (irq->high[line])
		return true;
	for (unsigned pin = 0; pin < IRQ_PCI_LINES; pin++)
		if (irq->pci_route[pin] == line && irq->high[IRQ_PCI_FIRST + pin])
			return true;
	return false;
}

static void isa_line_changed(struct vcpu *vcpu, unsigned line, struct irq_origin origin)
{
	if (line < IRQ_ISA_LINES)
		pic_line_set(vcpu, line, line_high(&vcpu->vm->devices->irq, line), origin);
}

void irq_line_set_since(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source,
			uint64_t since)
{
	struct irq *irq = &vcpu->vm->devices->irq;
	struct irq_origin origin = {.since = since, .source = (uint8_t)source};
	uint64_t before = irq->high[line], bit = 1ull << source;

	irq->high[line] = high ? before | bit : before & ~bit;
	if (!irq->high[line] == !before)
		return;
	if (line < IRQ_PCI_FIRST)
		isa_line_changed(vcpu, line, origin);
	else if (line < IRQ_PCI_FIRST + IRQ_PCI_LINES)
		isa_line_changed(vcpu, irq->pci_route[line - IRQ_PCI_FIRST], origin);
	ioapic_pin_set(vcpu, line ? line : TIMER_PIN, irq->high[line], origin);
}

void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source)
{
	irq_line_set_since(vcpu, line, high, source, time_now(vcpu));
}

void irq_pci_route(struct vcpu *vcpu, unsigned pin, uint8_t route)
{
	struct irq *irq = &vcpu->vm->devices->irq;
	struct irq_origin origin = {.since = time_now(vcpu)};
	uint8_t before = irq->pci_route[pin];

	irq->pci_route[pin] = route & IRQ_ROUTE_NONE ? IRQ_ROUTE_NONE : route & 15;
	isa_line_changed(vcpu, before, origin);
	isa_line_changed(vcpu, irq->pci_route[pin], origin);
}

void irq_message(struct vcpu *vcpu, uint64_t address, uint32_t data, enum vts_device source)
{
	struct irq_origin origin = {.since = time_now(vcpu), .source = (uint8_t)source};

	if (address >> 20 == MESSAGE_BASE)
		lapic_message(vcpu, address >> MESSAGE_DESTINATION & 0xff,
			      address & MESSAGE_LOGICAL, data, origin);
}

bool irq_line_heard(struct vcpu *vcpu, unsigned line)
{
	return pic_line_open(vcpu, line) || ioapic_pin_open(vcpu, line ? line : TIMER_PIN);
}

void irq_sync(struct vcpu *vcpu)
{
	pit_sync(vcpu);
}

static bool pic_asks(struct vcpu *vcpu)
{
	return pic_requests(vcpu) && lapic_extint_open(vcpu);
}

/** A virtual APIC's interrupts are the processor's to deliver. Those of the 8259s go before them, as it does not say when. */
static bool lapic_asks(struct vcpu *vcpu)
{
	return !lapic_is_virtual(vcpu) && lapic_vector(vcpu) >= 0;
}

bool irq_waits(struct vcpu *vcpu)
{
	return lapic_asks(vcpu) || pic_asks(vcpu);
}

struct interrupt irq_take(struct vcpu *vcpu)
{
	int vector = lapic_is_virtual(vcpu) ? -1 : lapic_vector(vcpu);

	return vector >= 0 ? lapic_take(vcpu, (unsigned)vector) : pic_take(vcpu);
}

void irq_create(struct vcpu *vcpu)
{
	struct irq *irq = &vcpu->vm->devices->irq;

	for (unsigned pin = 0; pin < IRQ_PCI_LINES; pin++)
		irq->pci_route[pin] = IRQ_PCI_ROUTE(pin);
	pic_create(vcpu);
	pit_create(vcpu);
	rtc_create(vcpu);
	lapic_create(vcpu);
	ioapic_create(vcpu);
}
