/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC's registers: SDM vol. 3, 11.4, 11.5 and 11.12. */
#include "core-vmm/device/lapic_virtual.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/msr.h"

#define REGION_BYTES 0x1000u

#define VERSION		       (0x14u | (LVT_COUNT - 1) << 16)
#define ERROR_ILLEGAL_REGISTER 7

#define ICR_DESTINATION_MODE (1u << 11)
#define ICR_WRITABLE	     0x000ccfffu /* vector, mode, destination mode, level, trigger, shorthand */
#define SVR_WRITABLE	     0x000001ffu
#define DIVIDE_WRITABLE	     0x0000000bu

/* What each LVT has: vector and mask; the timer's mode; delivery mode; polarity and trigger. */
static const uint32_t lvt_writable[LVT_COUNT] = {
    [LVT_TIMER] = 0x000700ff, [LVT_THERMAL] = 0x000107ff, [LVT_PERFORMANCE] = 0x000107ff,
    [LVT_LINT0] = 0x0001a7ff, [LVT_LINT1] = 0x0001a7ff,	  [LVT_ERROR] = 0x000100ff,
};

static struct lapic *lapic_of(const struct vcpu *vcpu)
{
	return &vcpu->vm->devices->lapic;
}

static uint32_t vectors_part(const struct vectors *set, unsigned number)
{
	return (uint32_t)(set->word[number / 2] >> 32 * (number % 2));
}

/** A register that exists in both modes; 0 for others. */
static uint32_t register_read(const struct vcpu *vcpu, unsigned number)
{
	const struct lapic *lapic = lapic_of(vcpu);

	if (number >= LAPIC_LVT && number < LAPIC_LVT + LVT_COUNT)
		return lapic->lvt[number - LAPIC_LVT];
	switch (number) {
	case LAPIC_VERSION:
		return VERSION;
	case LAPIC_TPR:
		return lapic_tpr(vcpu);
	case LAPIC_PPR:
		return lapic_is_virtual(vcpu) ? lapic_virtual_ppr(vcpu) : lapic_ppr(vcpu);
	case LAPIC_SVR:
		return lapic->svr;
	case LAPIC_ESR:
		return lapic->esr;
	case LAPIC_ICR:
		return (uint32_t)lapic->icr;
	case LAPIC_INITIAL:
		return lapic->initial;
	case LAPIC_CURRENT:
		return lapic_timer_current(vcpu);
	case LAPIC_DIVIDE:
		return lapic->divide;
	}
	if (lapic_is_virtual(vcpu) && number >= LAPIC_ISR && number < LAPIC_ESR)
		return *lapic_virtual_register(vcpu, number);
	switch (number & ~7u) {
	case LAPIC_ISR:
		return vectors_part(&lapic->isr, number & 7);
	case LAPIC_TMR:
		return vectors_part(&lapic->tmr, number & 7);
	case LAPIC_IRR:
		return vectors_part(&lapic->irr, number & 7);
	default:
		return 0;
	}
}

static void lvt_write(struct vcpu *vcpu, unsigned number, uint32_t value)
{
	struct lapic *lapic = lapic_of(vcpu);

	value &= lvt_writable[number];
	if (!(lapic->svr & SVR_ENABLED))
		value |= LVT_MASKED;
	if (number == LVT_TIMER) {
		lapic_timer_mode(vcpu, value);
		return;
	}
	lapic->lvt[number] = value;
	if (number == LVT_LINT0) {
		vcpu->pending.any = true;
		irq_sync(vcpu);
	}
}

/** Software-disabled, all LVTs are masked and stay so: SDM 11.4.7.2. */
static void svr_write(struct vcpu *vcpu, uint32_t value)
{
	struct lapic *lapic = lapic_of(vcpu);

	lapic->svr = value & SVR_WRITABLE;
	if (!(lapic->svr & SVR_ENABLED))
		for (unsigned i = 0; i < LVT_COUNT; i++)
			lapic->lvt[i] |= LVT_MASKED;
	lapic_timer_update(vcpu);
	irq_sync(vcpu);
}

static void tpr_write(struct vcpu *vcpu, uint8_t value)
{
	if (lapic_is_virtual(vcpu)) {
		*lapic_virtual_register(vcpu, LAPIC_TPR) = value;
		return;
	}
	vcpu->tpr = value;
	vcpu->pending.any |= lapic_requests(vcpu);
}

/** A register that exists in both modes, and can be written in both the same way. */
static void register_write(struct vcpu *vcpu, unsigned number, uint32_t value)
{
	struct lapic *lapic = lapic_of(vcpu);

	if (number >= LAPIC_LVT && number < LAPIC_LVT + LVT_COUNT) {
		lvt_write(vcpu, number - LAPIC_LVT, value);
		return;
	}
	switch (number) {
	case LAPIC_TPR:
		tpr_write(vcpu, (uint8_t)value);
		break;
	case LAPIC_EOI:
		lapic_eoi(vcpu);
		break;
	case LAPIC_SVR:
		svr_write(vcpu, value);
		break;
	case LAPIC_ESR:
		lapic->esr = lapic->errors;
		lapic->errors = 0;
		break;
	case LAPIC_INITIAL:
		lapic->initial = value;
		lapic_timer_start(vcpu);
		break;
	case LAPIC_DIVIDE:
		lapic->divide = value & DIVIDE_WRITABLE;
		lapic_timer_update(vcpu);
		break;
	}
}

/* ---- the virtual-APIC page ---- */

static uint32_t x2apic_ldr(const struct vcpu *vcpu)
{
	return (uint32_t)(vcpu->id >> 4) << 16 | 1u << (vcpu->id & 15); /* SDM 11.12.10.2 */
}

/** Where the guest writes to the page: the ICR may be written without an exit (SDM 30.4.3.2). */
static void page_collect(struct vcpu *vcpu)
{
	if (vcpu->apicv.mode == APICV_BY_PAGE)
		lapic_of(vcpu)->icr =
		    (uint64_t)(*lapic_virtual_register(vcpu, LAPIC_ICR_HIGH) & 0xff000000) << 32 |
		    (*lapic_virtual_register(vcpu, LAPIC_ICR) & ICR_WRITABLE);
}

/** The guest reads there what only the VMM changes. Out of line, as it costs where it is. */
static __attribute__((noinline)) void page_write(struct vcpu *vcpu)
{
	static const uint8_t same[] = {LAPIC_VERSION, LAPIC_SVR,     LAPIC_ESR,	    LAPIC_ICR,
				       LAPIC_LVT,     LAPIC_LVT + 1, LAPIC_LVT + 2, LAPIC_LVT + 3,
				       LAPIC_LVT + 4, LAPIC_LVT + 5, LAPIC_INITIAL, LAPIC_DIVIDE};
	const struct lapic *lapic = lapic_of(vcpu);
	bool x2apic = lapic_is_x2apic(lapic);

	for (unsigned i = 0; i < sizeof(same); i++)
		*lapic_virtual_register(vcpu, same[i]) = register_read(vcpu, same[i]);
	*lapic_virtual_register(vcpu, LAPIC_ID) = x2apic ? vcpu->id : lapic->id;
	*lapic_virtual_register(vcpu, LAPIC_LDR) = x2apic ? x2apic_ldr(vcpu) : lapic->ldr;
	*lapic_virtual_register(vcpu, LAPIC_DFR) = lapic->dfr;
	*lapic_virtual_register(vcpu, LAPIC_ICR_HIGH) = (uint32_t)(lapic->icr >> 32);
	/* x2APIC mode reads eight bytes. */
	lapic_virtual_register(vcpu, LAPIC_ICR)[1] = (uint32_t)(lapic->icr >> 32);
	apicv_place(vcpu);
}

/** Registers may have changed. */
static void page_update(struct vcpu *vcpu)
{
	if (__builtin_expect(lapic_is_virtual(vcpu), 0))
		page_write(vcpu);
}

/* ---- xAPIC: memory ---- */

static bool xapic_exists(unsigned number)
{
	return (number >= LAPIC_ID && number <= LAPIC_VERSION) ||
	       (number >= LAPIC_TPR && number <= LAPIC_ESR && number != 0x0c) ||
	       (number >= LAPIC_ICR && number <= LAPIC_CURRENT) || number == LAPIC_DIVIDE;
}

static uint64_t xapic_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	const struct lapic *lapic = state;
	unsigned number = (unsigned)offset >> 4, byte = offset & 15;
	uint64_t value;

	(void)size;
	if (byte > 3) /* undefined: SDM 11.4.1 */
		return 0;
	page_collect(vcpu);
	if (!xapic_exists(number)) {
		lapic_error(vcpu, ERROR_ILLEGAL_REGISTER);
		return 0;
	}
	switch (number) {
	case LAPIC_ID:
		value = lapic->id;
		break;
	case LAPIC_LDR:
		value = lapic->ldr;
		break;
	case LAPIC_DFR:
		value = lapic->dfr;
		break;
	case LAPIC_ICR_HIGH:
		value = lapic->icr >> 32;
		break;
	default:
		value = register_read(vcpu, number);
	}
	return value >> 8 * byte;
}

static void xapic_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			unsigned size, uint64_t value)
{
	struct lapic *lapic = state;
	unsigned number = (unsigned)offset >> 4;
	uint32_t low = (uint32_t)value;

	(void)exit;
	if (offset & 15 || size < 4) /* undefined */
		return;
	page_collect(vcpu);
	if (!xapic_exists(number)) {
		lapic_error(vcpu, ERROR_ILLEGAL_REGISTER);
		return;
	}
	switch (number) {
	case LAPIC_ID:
		lapic->id = low & 0xff000000;
		break;
	case LAPIC_LDR:
		lapic->ldr = low & 0xff000000;
		break;
	case LAPIC_DFR:
		lapic->dfr = low | 0x0fffffff;
		break;
	case LAPIC_ICR:
		lapic->icr = (lapic->icr & ~0xffffffffull) | (low & ICR_WRITABLE);
		lapic_send(vcpu);
		break;
	case LAPIC_ICR_HIGH:
		lapic->icr = (uint32_t)lapic->icr | (uint64_t)(low & 0xff000000) << 32;
		break;
	default:
		register_write(vcpu, number, low);
	}
	page_update(vcpu);
}

/* ---- x2APIC: MSRs ---- */

/** SDM table 11-6. */
static bool x2apic_readable(unsigned number)
{
	return number == LAPIC_ID || number == LAPIC_VERSION || number == LAPIC_TPR ||
	       number == LAPIC_PPR || number == LAPIC_LDR ||
	       (number >= LAPIC_SVR && number <= LAPIC_ESR) || number == LAPIC_ICR ||
	       (number >= LAPIC_LVT && number <= LAPIC_CURRENT) || number == LAPIC_DIVIDE;
}

/** Bits that a write may set; none: there is no such register, or it cannot be written but with 0. */
static uint64_t x2apic_writable(unsigned number)
{
	if (number >= LAPIC_LVT && number < LAPIC_LVT + LVT_COUNT)
		return lvt_writable[number - LAPIC_LVT] | 1u << 12; /* delivery status is ignored */
	switch (number) {
	case LAPIC_TPR:
		return 0xff;
	case LAPIC_SVR:
		return SVR_WRITABLE;
	case LAPIC_ICR:
		return 0xffffffffull << 32 | ICR_WRITABLE;
	case LAPIC_INITIAL:
		return 0xffffffff;
	case LAPIC_DIVIDE:
		return DIVIDE_WRITABLE;
	default:
		return 0;
	}
}

/** The current count goes by itself. */
bool lapic_page_has(unsigned number)
{
	return x2apic_readable(number) && number != LAPIC_CURRENT;
}

static bool x2apic_read(struct vcpu *vcpu, unsigned number, uint64_t *value)
{
	if (!x2apic_readable(number))
		return false;
	switch (number) {
	case LAPIC_ID:
		*value = vcpu->id;
		break;
	case LAPIC_LDR:
		*value = x2apic_ldr(vcpu);
		break;
	case LAPIC_ICR:
		*value = lapic_of(vcpu)->icr;
		break;
	default:
		*value = register_read(vcpu, number);
	}
	return true;
}

static bool x2apic_register_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	uint64_t writable = x2apic_writable(number);

	if (value & ~writable || (!writable && number != LAPIC_ESR))
		return false;
	if (number == LAPIC_ICR) {
		lapic_of(vcpu)->icr = value;
		lapic_send(vcpu);
	} else {
		register_write(vcpu, number, (uint32_t)value);
	}
	page_update(vcpu);
	return true;
}

/** The two that come with every interrupt first. */
static bool x2apic_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	struct irq_origin origin = {.source = VTS_DEVICE_LAPIC};

	switch (number) {
	case LAPIC_EOI:
		if (value)
			return false;
		lapic_eoi(vcpu);
		return true;
	case LAPIC_SELF_IPI:
		if (value >> 8)
			return false;
		origin.since = time_now(vcpu);
		lapic_raise(vcpu, (unsigned)value, false, origin);
		return true;
	default:
		return x2apic_register_write(vcpu, number, value);
	}
}

uint32_t lapic_page_written(struct vcpu *vcpu, unsigned number)
{
	struct lapic *lapic = lapic_of(vcpu);
	uint32_t value = *lapic_virtual_register(vcpu, number);

	if (lapic_is_x2apic(lapic))
		x2apic_write(vcpu, number, value);
	else
		xapic_write(vcpu, NULL, lapic, number << 4, sizeof(value), value);
	return value;
}

bool lapic_msr_read(struct vcpu *vcpu, uint32_t index, uint64_t *value)
{
	const struct lapic *lapic = lapic_of(vcpu);

	if (index == MSR_APIC_BASE)
		*value = lapic->base;
	else if (index == MSR_TSC_DEADLINE)
		*value = lapic_deadline_read(vcpu);
	else
		return lapic_is_x2apic(lapic) && index - MSR_X2APIC < X2APIC_MSRS &&
		       x2apic_read(vcpu, index - MSR_X2APIC, value);
	return true;
}

bool lapic_msr_write(struct vcpu *vcpu, uint32_t index, uint64_t value)
{
	if (index - MSR_X2APIC < X2APIC_MSRS)
		return lapic_is_x2apic(lapic_of(vcpu)) &&
		       x2apic_write(vcpu, index - MSR_X2APIC, value);
	if (index == MSR_APIC_BASE)
		return lapic_base_write(vcpu, value);
	if (index != MSR_TSC_DEADLINE)
		return false;
	lapic_deadline_write(vcpu, value);
	return true;
}

/* ---- the mode ---- */

/** All but the base: SDM 11.4.7.1. */
static void reset(struct vcpu *vcpu)
{
	struct lapic *lapic = lapic_of(vcpu);

	timer_cancel(vcpu, &lapic->timer);
	lapic->icr = 0;
	lapic->id = (uint32_t)vcpu->id << 24;
	lapic->ldr = 0;
	lapic->dfr = 0xffffffff;
	lapic->svr = 0xff;
	lapic->esr = lapic->errors = 0;
	for (unsigned i = 0; i < LVT_COUNT; i++)
		lapic->lvt[i] = LVT_MASKED;
	lapic->initial = lapic->divide = 0;
	lapic->deadline = 0;
	lapic->irr = lapic->isr = lapic->tmr = (struct vectors){0};
	vcpu->tpr = 0;
	if (lapic_is_virtual(vcpu))
		lapic_virtual_reset(vcpu);
}

/** Where xAPIC mode has its registers; guest memory that lies there hides them. */
static void region_place(struct vcpu *vcpu)
{
	struct bus *bus = &vcpu->vm->devices->memory;
	struct lapic *lapic = lapic_of(vcpu);

	bus_remove(bus, &lapic->region);
	if (lapic->base & APIC_BASE_ENABLE && !lapic_is_x2apic(lapic))
		bus_add(bus, &lapic->region, lapic->base & PAGE_MASK, REGION_BYTES);
}

/** SDM figure 11-27: from disabled to xAPIC to x2APIC mode, and from both to disabled. */
bool lapic_base_write(struct vcpu *vcpu, uint64_t value)
{
	const uint64_t mode = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
	struct lapic *lapic = lapic_of(vcpu);
	uint64_t before = lapic->base & mode, after = value & mode;
	uint64_t address = vcpu->capability->physical_mask & PAGE_MASK;

	if (value & ~(address | mode | APIC_BASE_BSP) || after == APIC_BASE_X2APIC ||
	    (before == mode && after == APIC_BASE_ENABLE) || (!before && after == mode))
		return false;
	page_collect(vcpu);
	lapic->base = value;
	if (before && !after)
		reset(vcpu);
	else if (before != after)
		lapic->icr = 0;
	vcpu->cpuid_1_edx_hidden = after ? 0 : CPUID_1_EDX_APIC;
	region_place(vcpu);
	page_update(vcpu);
	vcpu->pending.any = true;
	irq_sync(vcpu);
	return true;
}

/** As the firmware leaves it: enabled, the 8259s on LINT0 and NMI on LINT1 (MP specification 1.4, 3.6.2.2). */
void lapic_create(struct vcpu *vcpu)
{
	struct lapic *lapic = lapic_of(vcpu);

	lapic->region = (struct bus_region){
	    .device = VTS_DEVICE_LAPIC, .state = lapic, .read = xapic_read, .write = xapic_write};
	lapic_timer_create(vcpu);
	reset(vcpu);
	lapic->base = LAPIC_BASE_DEFAULT | APIC_BASE_ENABLE | APIC_BASE_BSP;
	lapic->svr = 0xff | SVR_ENABLED;
	lapic->lvt[LVT_LINT0] = DELIVERY_EXTINT << 8;
	lapic->lvt[LVT_LINT1] = DELIVERY_NMI << 8;
	region_place(vcpu);
	page_update(vcpu);
}
