/* SPDX-License-Identifier: GPL-2.0-only */
/* Time as the VM has it (device/timer.h), from the processor's: offset, preemption timer, idling. */
#ifndef CORE_VMM_DISPATCH_TIME_H
#define CORE_VMM_DISPATCH_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/** What a guest that halts comes to. */
enum time_idle {
	TIME_IDLE_WOKEN, /* an event is there; idle time may have been skipped, as an event says */
	TIME_IDLE_WAITS, /* --idle realtime: it is to halt, until a deadline ends its run */
	TIME_IDLE_STILL, /* deadlines have passed and none woke it yet: it is to halt again */
	TIME_IDLE_FOREVER, /* nothing can wake it */
};

enum time_idle time_idle(struct vcpu *vcpu);
/** A guest waits, and a deadline has passed: whether it is woken, or has something to wait for. */
bool time_waits(struct vcpu *vcpu);
/** Let the guest run no longer than to the nearest deadline, and --tick. Whether there is a deadline. */
bool time_limit(struct vcpu *vcpu);
/** The guest sets its TSC. */
void time_tsc_write(struct vcpu *vcpu, uint64_t value);
/** The guest sets IA32_TSC_ADJUST: what its TSC is ahead of VM time (SDM vol. 3, 18.17.3). */
void time_tsc_adjust(struct vcpu *vcpu, uint64_t value);

#endif
