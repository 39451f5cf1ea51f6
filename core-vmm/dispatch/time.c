/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/time.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

#define PREEMPTION_MAX 0xffffffffull

/* What a guest gets at least before the timer takes it back: at 1 it may get no instruction done, ever again. */
#define LIMIT_LEAST 32

/* So many deadlines in one exit; then the guest halts again, so that no guest keeps the VMM. */
#define IDLE_DEADLINES 256

uint64_t time_now(const struct vcpu *vcpu)
{
	return platform_tsc() + vcpu->time_offset;
}

void time_tsc_adjust(struct vcpu *vcpu, uint64_t value)
{
	vcpu->tsc_adjust = value;
	vmcs_write(VMCS_TSC_OFFSET, vcpu->time_offset + value);
	lapic_timer_update(vcpu);
}

void time_tsc_write(struct vcpu *vcpu, uint64_t value)
{
	time_tsc_adjust(vcpu, value - time_now(vcpu));
}

/** Set the preemption timer: @limit in time units, TIMER_NEVER: off. */
static void preemption_set(struct vcpu *vcpu, uint64_t limit)
{
	unsigned rate = vcpu->capability->misc & CAP_MISC_PREEMPTION_RATE;
	uint64_t pin = vmcs_read(VMCS_PIN_CONTROLS);

	if (limit == TIMER_NEVER) {
		vmcs_write(VMCS_PIN_CONTROLS, pin & ~(uint64_t)PIN_PREEMPTION_TIMER);
		return;
	}
	if (!(pin & PIN_PREEMPTION_TIMER))
		vmcs_write(VMCS_PIN_CONTROLS, pin | PIN_PREEMPTION_TIMER);
	limit = (limit >> rate) + (limit & ((1ull << rate) - 1) ? 1 : 0);
	vmcs_write(VMCS_PREEMPTION_TIMER, limit < PREEMPTION_MAX ? limit : PREEMPTION_MAX);
}

bool time_limit(struct vcpu *vcpu)
{
	uint64_t tick = vcpu->vm->config.tick, limit = tick ? tick : TIMER_NEVER;
	uint64_t deadline = timer_next(vcpu), now;

	if (deadline == TIMER_NEVER && !vcpu->deadline)
		return false;
	vcpu->deadline = deadline != TIMER_NEVER;
	if (vcpu->deadline) {
		now = time_now(vcpu);
		deadline = deadline > now + LIMIT_LEAST ? deadline - now : LIMIT_LEAST;
		limit = deadline < limit ? deadline : limit;
	}
	if (vcpu->capability->pin.may & PIN_PREEMPTION_TIMER)
		preemption_set(vcpu, limit);
	return vcpu->deadline;
}

/** Nothing but an NMI wakes a guest that masks interrupts, and no timer leads to one but through an APIC. */
static bool interrupts_may_wake(struct vcpu *vcpu)
{
	return vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF || ioapic_sends_nmi(vcpu);
}

/** Whether an event waits that wakes a halted guest, or a deadline may raise one. */
static bool may_wake(struct vcpu *vcpu)
{
	return pending_wakes(vcpu) ||
	       (timer_next(vcpu) != TIMER_NEVER && interrupts_may_wake(vcpu));
}

static void warp_record(struct vcpu *vcpu, uint64_t skipped)
{
	uint64_t to = time_now(vcpu) + vcpu->tsc_adjust;
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_TIME_WARP, 0, 0, 0);
	event->word[0] = to - skipped;
	event->word[1] = to;
	event->word[2] = event->word[3] = event->word[4] = 0;
	record_end(vcpu);
}

/** Let VM time be @deadline. Returns how much was skipped. */
static uint64_t warp(struct vcpu *vcpu, uint64_t deadline)
{
	uint64_t now = time_now(vcpu), skipped = deadline > now ? deadline - now : 0;

	vcpu->time_offset += skipped;
	return skipped;
}

/** Whether what is typed is to interrupt the guest, which may then halt for as long as it likes. */
static bool input_waits(const struct vcpu *vcpu)
{
	return uart_waits(vcpu) || virtio_console_waits(vcpu);
}

/** From deadline to deadline. A deadline need not wake: its interrupt may be masked, or of too low a priority; but what has
 *  expired twice without waking never will, as a halted guest changes nothing. */
static enum time_idle idle_warp(struct vcpu *vcpu)
{
	enum time_idle idle = TIME_IDLE_STILL;
	uint64_t skipped = 0;

	for (unsigned i = 0; i < IDLE_DEADLINES && idle == TIME_IDLE_STILL; i++) {
		uint64_t deadline = timer_next(vcpu);

		if (deadline != TIMER_NEVER) {
			skipped += warp(vcpu, deadline);
			timer_run(vcpu, time_now(vcpu));
		}
		if (pending_wakes(vcpu))
			idle = TIME_IDLE_WOKEN;
		else if (timer_all_repeated(vcpu) && !input_waits(vcpu))
			idle = TIME_IDLE_FOREVER;
	}
	vmcs_write(VMCS_TSC_OFFSET, vcpu->time_offset + vcpu->tsc_adjust);
	if (skipped)
		warp_record(vcpu, skipped);
	return idle;
}

enum time_idle time_idle(struct vcpu *vcpu)
{
	timer_run(vcpu, time_now(vcpu));
	if (pending_wakes(vcpu))
		return TIME_IDLE_WOKEN;
	if (!may_wake(vcpu))
		return TIME_IDLE_FOREVER;
	timer_count_start(vcpu);
	return vcpu->vm->config.realtime ? TIME_IDLE_WAITS : idle_warp(vcpu);
}

bool time_waits(struct vcpu *vcpu)
{
	timer_run(vcpu, time_now(vcpu));
	return pending_wakes(vcpu) ||
	       (may_wake(vcpu) && (!timer_all_repeated(vcpu) || input_waits(vcpu)));
}
