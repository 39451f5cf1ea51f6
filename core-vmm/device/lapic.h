/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC: SDM vol. 3, chapter 11. Its registers are memory at IA32_APIC_BASE, or in x2APIC mode MSRs 0x800 to 0x8ff.
 * The timer counts at the frequency of the TSC. There is one processor: what is sent to others is dropped.
 */
#ifndef CORE_VMM_DEVICE_LAPIC_H
#define CORE_VMM_DEVICE_LAPIC_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/irq.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/device/vectors.h"

#define LAPIC_BASE_DEFAULT 0xfee00000ull

#define APIC_BASE_BSP	 (1ull << 8)
#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)

/* Registers: offset in the page / 16; x2APIC: MSR number - 0x800. */
enum lapic_register {
	LAPIC_ID = 0x02,
	LAPIC_VERSION = 0x03,
	LAPIC_TPR = 0x08,
	LAPIC_APR = 0x09,
	LAPIC_PPR = 0x0a,
	LAPIC_EOI = 0x0b,
	LAPIC_LDR = 0x0d,
	LAPIC_DFR = 0x0e,
	LAPIC_SVR = 0x0f,
	LAPIC_ISR = 0x10,
	LAPIC_TMR = 0x18,
	LAPIC_IRR = 0x20,
	LAPIC_ESR = 0x28,
	LAPIC_ICR = 0x30,
	LAPIC_ICR_HIGH = 0x31,
	LAPIC_LVT = 0x32, /* the first of LVT_COUNT */
	LAPIC_INITIAL = 0x38,
	LAPIC_CURRENT = 0x39,
	LAPIC_DIVIDE = 0x3e,
	LAPIC_SELF_IPI = 0x3f,
};

enum { LVT_TIMER, LVT_THERMAL, LVT_PERFORMANCE, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

/* Delivery modes, of the ICR, the LVT, the I/O APIC and messages. */
enum {
	DELIVERY_FIXED,
	DELIVERY_LOWEST,
	DELIVERY_SMI,
	DELIVERY_NMI = 4,
	DELIVERY_INIT,
	DELIVERY_SIPI,
	DELIVERY_EXTINT
};

#define CPUID_1_EDX_APIC (1u << 9)

#define LVT_MASKED    (1u << 16)
#define LVT_MODE(lvt) ((lvt) >> 8 & 7)
#define SVR_ENABLED   (1u << 8)

struct lapic {
	struct bus_region region;
	struct timer timer;
	uint64_t base; /* IA32_APIC_BASE */
	uint64_t icr;
	uint32_t id, ldr, dfr, svr; /* ID and LDR: as xAPIC mode has them */
	uint32_t esr, errors;	    /* as read; since the last write to it */
	uint32_t lvt[LVT_COUNT];
	uint32_t initial, divide;
	uint64_t start;	   /* VM time at which the timer began to count */
	uint64_t deadline; /* IA32_TSC_DEADLINE */
	struct vectors irr, isr, tmr;
	struct irq_origin origin[256]; /* of what is in the IRR */
};

void lapic_create(struct vcpu *vcpu);

/* lapic.c: registers. False: #GP. */
bool lapic_msr_read(struct vcpu *vcpu, uint32_t index, uint64_t *value);
bool lapic_msr_write(struct vcpu *vcpu, uint32_t index, uint64_t value);
bool lapic_base_write(struct vcpu *vcpu, uint64_t value);
/** Whether the virtual-APIC page has what a guest in x2APIC mode reads from register @number. */
bool lapic_page_has(unsigned number);
/** The guest has written register @number on that page, and the rest is to be done; what it wrote. */
uint32_t lapic_page_written(struct vcpu *vcpu, unsigned number);

static inline bool lapic_enabled(const struct lapic *lapic)
{
	return lapic->base & APIC_BASE_ENABLE && lapic->svr & SVR_ENABLED;
}

static inline bool lapic_is_x2apic(const struct lapic *lapic)
{
	return lapic->base & APIC_BASE_X2APIC;
}

/* lapic_interrupt.c: what is asked for, in service, sent. */
/** A fixed interrupt has arrived. */
void lapic_raise(struct vcpu *vcpu, unsigned vector, bool level, struct irq_origin origin);
/** A message on the bus, of the I/O APIC, a device or an IPI. @destination: 8 bits, 0xff: all. */
void lapic_message(struct vcpu *vcpu, uint64_t destination, bool logical, uint32_t data,
		   struct irq_origin origin);
/** The ICR was written. */
void lapic_send(struct vcpu *vcpu);
/** An error is noted, and raises its own interrupt. */
void lapic_error(struct vcpu *vcpu, unsigned bit);
uint32_t lapic_ppr(const struct vcpu *vcpu);
/** The vector that the processor must take next, or -1. */
int lapic_vector(const struct vcpu *vcpu);
/** Whether any is asked for, whatever its priority. */
bool lapic_requests(const struct vcpu *vcpu);
/** @vector is lapic_vector()'s. */
struct interrupt lapic_take(struct vcpu *vcpu, unsigned vector);
void lapic_eoi(struct vcpu *vcpu);
/** Whether the 8259s reach the processor: LINT0 lets them through, or there is no local APIC. */
bool lapic_extint_open(const struct vcpu *vcpu);

/* lapic_timer.c */
/** The timer's LVT, the divider or the TSC has changed: when it expires now. */
void lapic_timer_update(struct vcpu *vcpu);
/** The initial count was written. */
void lapic_timer_start(struct vcpu *vcpu);
uint32_t lapic_timer_current(const struct vcpu *vcpu);
uint64_t lapic_deadline_read(const struct vcpu *vcpu);
void lapic_deadline_write(struct vcpu *vcpu, uint64_t value);
/** The vector of its interrupts. */
unsigned lapic_timer_vector(const struct vcpu *vcpu);
/** The timer's LVT changes to @value. */
void lapic_timer_mode(struct vcpu *vcpu, uint32_t value);
void lapic_timer_create(struct vcpu *vcpu);

#endif
