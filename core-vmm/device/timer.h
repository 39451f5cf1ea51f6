/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadlines of devices, in VM time: time units since the VM's first entry, plus what idling has skipped. The guest's TSC is
 * VM time until the guest writes IA32_TIME_STAMP_COUNTER; what devices count does not follow such a write. The nearest
 * deadline ends the guest's run (dispatch/time.c).
 */
#ifndef CORE_VMM_DEVICE_TIMER_H
#define CORE_VMM_DEVICE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define TIMER_NEVER UINT64_MAX

/** The device owns it; zeroed but for expire and state, it is not armed. */
struct timer {
	/** VM time is @deadline or later; the timer is no longer armed. It may be set again, to after VM time. */
	void (*expire)(struct vcpu *vcpu, void *state, uint64_t deadline);
	void *state;
	/* Kept by timer.c. */
	uint64_t deadline;
	unsigned expired; /* since timer_count_start */
	bool armed;
	struct timer *next;
};

/** VM time now (dispatch/time.c). */
uint64_t time_now(const struct vcpu *vcpu);

/** Arm @timer, or move it. */
void timer_set(struct vcpu *vcpu, struct timer *timer, uint64_t deadline);
void timer_cancel(struct vcpu *vcpu, struct timer *timer);
/** The nearest deadline, or TIMER_NEVER. */
uint64_t timer_next(const struct vcpu *vcpu);
/** Expire what is due at @now, by deadline; equal ones in the order in which they were set. */
void timer_run(struct vcpu *vcpu, uint64_t now);

/** For an idle guest: count expiries from now on. */
void timer_count_start(struct vcpu *vcpu);
/** Whether each armed timer has expired twice since then: whatever they do, they have done. */
bool timer_all_repeated(const struct vcpu *vcpu);

/** @value * @to / @from, rounded down; the largest number if it is larger than that. */
uint64_t time_scale(uint64_t value, uint64_t to, uint64_t from);
/** The same, rounded up. */
uint64_t time_scale_up(uint64_t value, uint64_t to, uint64_t from);

#endif
