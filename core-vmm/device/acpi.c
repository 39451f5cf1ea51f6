/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/acpi.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/dispatch/dispatch.h"

/* PM1 status and enable: ACPI 6.4, tables 4.11 and 4.12. Drivers enable all of these, but nothing here ever asks for the
 * global lock, and the clock's alarm has its own line: only the timer has a status. */
#define EVENT_TIMER	  (1u << 0)
#define EVENT_GLOBAL_LOCK (1u << 5)
#define EVENT_ALARM	  (1u << 10)
#define EVENTS		  (EVENT_TIMER | EVENT_GLOBAL_LOCK | EVENT_ALARM)

/* PM1 control: table 4.13. */
#define CONTROL_SCI_ENABLED (1u << 0) /* there is no other mode to be in */
#define CONTROL_SLEEP_TYPE  (7u << 10)
#define CONTROL_SLEEP_SHIFT 10
#define CONTROL_SLEEP	    (1u << 13) /* write only */
#define CONTROL_WRITABLE    CONTROL_SLEEP_TYPE
#define OVERFLOW_SHIFT	    31

static uint64_t timer_count(const struct vcpu *vcpu)
{
	return time_scale(time_now(vcpu), ACPI_TIMER_HZ, vcpu->vm->config.hz);
}

static bool has_overflowed(const struct vcpu *vcpu, const struct acpi *acpi)
{
	return timer_count(vcpu) >> OVERFLOW_SHIFT != acpi->overflows;
}

/** The interrupt is a level: status and enable. Until the timer overflows, nothing changes by itself. */
static void interrupt_update(struct vcpu *vcpu, struct acpi *acpi)
{
	bool wanted = acpi->enable & EVENT_TIMER, high = wanted && has_overflowed(vcpu, acpi);

	irq_line_set(vcpu, ACPI_SCI_LINE, high, VTS_DEVICE_ACPI);
	if (wanted && !high)
		timer_set(vcpu, &acpi->timer,
			  time_scale_up((acpi->overflows + 1) << OVERFLOW_SHIFT,
					vcpu->vm->config.hz, ACPI_TIMER_HZ));
	else
		timer_cancel(vcpu, &acpi->timer);
}

static void timer_overflows(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	(void)deadline;
	interrupt_update(vcpu, state);
}

/** Bytes by which 16-bit registers are written: a wide access is as many small ones. */
static void byte_put(uint16_t *word, unsigned byte, uint8_t value, uint16_t writable)
{
	uint16_t bits = (uint16_t)(writable & 0xff << 8 * byte);

	*word = (uint16_t)((*word & ~bits) | (value << 8 * byte & bits));
}

static void control_write(struct vcpu *vcpu, struct exit *exit, struct acpi *acpi, unsigned byte,
			  uint8_t value)
{
	byte_put(&acpi->control, byte, value, CONTROL_WRITABLE);
	if (byte && value << 8 & CONTROL_SLEEP &&
	    (acpi->control & CONTROL_SLEEP_TYPE) >> CONTROL_SLEEP_SHIFT == ACPI_SLEEP_S5) {
		exit->how = VTS_EXIT_STOPPED;
		vm_stop(vcpu->vm, VTS_VM_STOP_GUEST_EXIT, 0, 0);
	}
}

static void byte_write(struct vcpu *vcpu, struct exit *exit, struct acpi *acpi, unsigned port,
		       uint8_t value)
{
	switch (port) {
	case ACPI_EVENT: /* ones clear */
		if (value & EVENT_TIMER)
			acpi->overflows = timer_count(vcpu) >> OVERFLOW_SHIFT;
		interrupt_update(vcpu, acpi);
		break;
	case ACPI_EVENT + 2:
	case ACPI_EVENT + 3:
		byte_put(&acpi->enable, port - ACPI_EVENT - 2, value, EVENTS);
		interrupt_update(vcpu, acpi);
		break;
	case ACPI_CONTROL:
	case ACPI_CONTROL + 1:
		control_write(vcpu, exit, acpi, port - ACPI_CONTROL, value);
		break;
	case ACPI_RESET:
		if (value != ACPI_RESET_VALUE)
			break;
		exit->how = VTS_EXIT_STOPPED;
		vm_stop(vcpu->vm, VTS_VM_STOP_RESET, 0, 0);
		break;
	case ACPI_PANIC:
		if (!(value & ACPI_PANICKED))
			break;
		exit->how = VTS_EXIT_STOPPED;
		vm_stop(vcpu->vm, VTS_VM_STOP_PANIC, 0, 0);
		break;
	}
}

static void acpi_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		       unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		byte_write(vcpu, exit, state, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
}

/** The four bytes at @offset, 0, 4, 8 or 12. */
static uint32_t registers_read(struct vcpu *vcpu, const struct acpi *acpi, unsigned offset)
{
	switch (offset) {
	case ACPI_EVENT:
		return (has_overflowed(vcpu, acpi) ? EVENT_TIMER : 0) | (uint32_t)acpi->enable
									    << 16;
	case ACPI_CONTROL:
		return acpi->control | CONTROL_SCI_ENABLED;
	case ACPI_TIMER:
		return (uint32_t)timer_count(vcpu);
	default: /* ACPI_RESET and ACPI_PANIC */
		return ACPI_PANICKED << 8 * (ACPI_PANIC - ACPI_RESET);
	}
}

static uint64_t acpi_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 2; i++) {
		unsigned at = ((unsigned)offset & ~3u) + 4 * i;

		if (at < ACPI_PORTS && at < offset + size)
			value |= (uint64_t)registers_read(vcpu, state, at) << 32 * i;
	}
	return value >> 8 * (offset & 3) & ((1ull << 8 * size) - 1);
}

void acpi_create(struct vm *vm)
{
	struct acpi *acpi = &vm->devices->acpi;

	acpi->region = (struct bus_region){
	    .device = VTS_DEVICE_ACPI, .state = acpi, .read = acpi_read, .write = acpi_write};
	acpi->timer = (struct timer){.expire = timer_overflows, .state = acpi};
	bus_add(&vm->devices->ports, &acpi->region, ACPI_PORT, ACPI_PORTS);
}
