/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC's timer: SDM vol. 3, 11.5.4. */
#include "core-vmm/device/devices.h"
#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/vm.h"

enum { MODE_ONE_SHOT, MODE_PERIODIC, MODE_DEADLINE };

#define MODE(lvt)   ((lvt) >> 17 & 3)
#define VECTOR_MASK 0xffu

static struct lapic *lapic_of(const struct vcpu *vcpu)
{
	return &vcpu->vm->devices->lapic;
}

unsigned lapic_timer_vector(const struct vcpu *vcpu)
{
	return lapic_of(vcpu)->lvt[LVT_TIMER] & VECTOR_MASK;
}

/** log2 of the divider. */
static unsigned shift(const struct lapic *lapic)
{
	unsigned bits = (lapic->divide & 3) | (lapic->divide >> 1 & 4);

	return (bits + 1) & 7;
}

static uint64_t period(const struct lapic *lapic)
{
	return (uint64_t)lapic->initial << shift(lapic);
}

/** When the timer expires next, in VM time. */
static uint64_t expiry(const struct vcpu *vcpu, const struct lapic *lapic)
{
	uint64_t now = time_now(vcpu), end = lapic->start + period(lapic);

	switch (MODE(lapic->lvt[LVT_TIMER])) {
	case MODE_DEADLINE: {
		uint64_t tsc = now + vcpu->tsc_adjust;

		if (!lapic->deadline)
			return TIMER_NEVER;
		return lapic->deadline <= tsc ? now : now + (lapic->deadline - tsc);
	}
	case MODE_PERIODIC:
		/* One that is asked for already can be asked for again only once it is taken: no exit for that, or
		 * a guest with a short period would get nowhere. */
		if (!lapic->initial ||
		    vectors_has(&lapic->irr, lapic->lvt[LVT_TIMER] & VECTOR_MASK))
			return TIMER_NEVER;
		return now < end ? end : end + ((now - end) / period(lapic) + 1) * period(lapic);
	default: /* once only, and not again for having been masked then */
		return lapic->initial && now < end ? end : TIMER_NEVER;
	}
}

void lapic_timer_update(struct vcpu *vcpu)
{
	struct lapic *lapic = lapic_of(vcpu);
	uint64_t at = TIMER_NEVER;

	if (lapic_enabled(lapic) && !(lapic->lvt[LVT_TIMER] & LVT_MASKED))
		at = expiry(vcpu, lapic);
	if (at == TIMER_NEVER)
		timer_cancel(vcpu, &lapic->timer);
	else
		timer_set(vcpu, &lapic->timer, at);
}

static void expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	struct lapic *lapic = state;
	struct irq_origin origin = {.since = deadline, .source = VTS_DEVICE_LAPIC};
	unsigned vector = lapic_timer_vector(vcpu);
	bool missed = lapic_is_virtual(vcpu) && lapic_virtual_has(vcpu, LAPIC_IRR, vector);

	lapic->deadline = 0;
	lapic_raise(vcpu, vector, false, origin);
	if (MODE(lapic->lvt[LVT_TIMER]) != MODE_PERIODIC)
		return;
	/* Nobody says when the processor delivers it; that the guest ends it, its EOI can. */
	if (missed)
		apicv_eoi_exit(vcpu, vector, true);
	else
		lapic_timer_update(vcpu);
}

void lapic_timer_start(struct vcpu *vcpu)
{
	lapic_of(vcpu)->start = time_now(vcpu);
	lapic_timer_update(vcpu);
}

uint32_t lapic_timer_current(const struct vcpu *vcpu)
{
	const struct lapic *lapic = lapic_of(vcpu);
	unsigned mode = MODE(lapic->lvt[LVT_TIMER]);
	uint64_t elapsed = time_now(vcpu) - lapic->start;

	if (!lapic->initial || mode == MODE_DEADLINE ||
	    (mode == MODE_ONE_SHOT && elapsed >= period(lapic)))
		return 0;
	return lapic->initial - (uint32_t)(elapsed % period(lapic) >> shift(lapic));
}

uint64_t lapic_deadline_read(const struct vcpu *vcpu)
{
	const struct lapic *lapic = lapic_of(vcpu);

	return lapic->deadline > time_now(vcpu) + vcpu->tsc_adjust ? lapic->deadline : 0;
}

/** In another mode it is no register at all: writes are ignored. */
void lapic_deadline_write(struct vcpu *vcpu, uint64_t value)
{
	struct lapic *lapic = lapic_of(vcpu);

	if (MODE(lapic->lvt[LVT_TIMER]) != MODE_DEADLINE)
		return;
	lapic->deadline = value;
	lapic_timer_update(vcpu);
}

void lapic_timer_mode(struct vcpu *vcpu, uint32_t value)
{
	struct lapic *lapic = lapic_of(vcpu);
	unsigned before = MODE(lapic->lvt[LVT_TIMER]);

	/* What passed while it was masked has passed. */
	lapic->deadline = lapic_deadline_read(vcpu);
	lapic->lvt[LVT_TIMER] = value;
	if (MODE(value) != before && (MODE(value) == MODE_DEADLINE || before == MODE_DEADLINE)) {
		lapic->deadline = 0;
		lapic->initial = 0;
	}
	lapic_timer_update(vcpu);
}

void lapic_timer_create(struct vcpu *vcpu)
{
	struct lapic *lapic = lapic_of(vcpu);

	lapic->timer = (struct timer){.expire = expire, .state = lapic};
}
