/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/timer.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/vm.h"

void timer_cancel(struct vcpu *vcpu, struct timer *timer)
{
	struct timer **at = &vcpu->vm->devices->timers;

	if (!timer->armed)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->armed = false;
}

void timer_set(struct vcpu *vcpu, struct timer *timer, uint64_t deadline)
{
	struct timer **at = &vcpu->vm->devices->timers;

	timer_cancel(vcpu, timer);
	while (*at && (*at)->deadline <= deadline)
		at = &(*at)->next;
	timer->deadline = deadline;
	timer->armed = true;
	timer->next = *at;
	*at = timer;
	vcpu->pending.any = true;
}

uint64_t timer_next(const struct vcpu *vcpu)
{
	const struct timer *first = vcpu->vm->devices->timers;

	return first ? first->deadline : TIMER_NEVER;
}

void timer_run(struct vcpu *vcpu, uint64_t now)
{
	struct timer **first = &vcpu->vm->devices->timers;

	while (*first && (*first)->deadline <= now) {
		struct timer *timer = *first;

		*first = timer->next;
		timer->armed = false;
		timer->expired++;
		timer->expire(vcpu, timer->state, timer->deadline);
	}
}

void timer_count_start(struct vcpu *vcpu)
{
	for (struct timer *timer = vcpu->vm->devices->timers; timer; timer = timer->next)
		timer->expired = 0;
}

bool timer_all_repeated(const struct vcpu *vcpu)
{
	for (const struct timer *timer = vcpu->vm->devices->timers; timer; timer = timer->next)
		if (timer->expired < 2)
			return false;
	return true;
}

/** No 128-bit division is at hand in freestanding C. */
static uint64_t scale(uint64_t value, uint64_t to, uint64_t from, uint64_t *rest)
{
	unsigned __int128 product = (unsigned __int128)value * to;
	uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;

	if (high >= from) {
		*rest = 0;
		return UINT64_MAX;
	}
	__asm__("divq %2" : "+a"(low), "+d"(high) : "r"(from) : "cc");
	*rest = high;
	return low;
}

uint64_t time_scale(uint64_t value, uint64_t to, uint64_t from)
{
	uint64_t rest;

	return scale(value, to, from, &rest);
}

uint64_t time_scale_up(uint64_t value, uint64_t to, uint64_t from)
{
	uint64_t rest, result = scale(value, to, from, &rest);

	return result + (rest ? 1 : 0);
}
