/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC in x2APIC mode: SDM vol. 3, 11.12. */
#ifndef WORKLOADS_LIB_APIC_H
#define WORKLOADS_LIB_APIC_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/lib/cpu.h"

#define MSR_APIC_BASE	 0x01b
#define MSR_TSC_DEADLINE 0x6e0

#define APIC_BASE_X2APIC (1ul << 10)
#define APIC_BASE_ENABLE (1ul << 11)

/* Registers, as MSRs. */
#define APIC_ID	       0x802
#define APIC_VERSION   0x803
#define APIC_TPR       0x808
#define APIC_PPR       0x80a
#define APIC_EOI       0x80b
#define APIC_LDR       0x80d
#define APIC_SVR       0x80f
#define APIC_ISR       0x810
#define APIC_TMR       0x818
#define APIC_IRR       0x820
#define APIC_ESR       0x828
#define APIC_ICR       0x830
#define APIC_LVT_TIMER 0x832
#define APIC_LVT_LINT0 0x835
#define APIC_LVT_LINT1 0x836
#define APIC_LVT_ERROR 0x837
#define APIC_INITIAL   0x838
#define APIC_CURRENT   0x839
#define APIC_DIVIDE    0x83e
#define APIC_SELF_IPI  0x83f

#define APIC_SVR_ENABLED    0x100u
#define APIC_LVT_MASKED	    0x10000u
#define APIC_LVT_EXTINT	    0x700u
#define APIC_TIMER_ONE_SHOT 0x00000u
#define APIC_TIMER_PERIODIC 0x20000u
#define APIC_TIMER_DEADLINE 0x40000u
#define APIC_ICR_SELF	    0x40000u
#define APIC_ICR_NMI	    0x400u
#define APIC_DIVIDE_BY_1    0xbu

/** Whether the processor has what is used here: x2APIC mode and the TSC-deadline timer. */
bool apic_present(void);
/** Switch to x2APIC mode and enable the APIC; the timer is masked, and so are LINT0 and the
 * 8259s, which are not heard then. */
void apic_init(uint8_t spurious_vector);

/** The end of the interrupt in service. */
static inline void apic_eoi(void)
{
	wrmsr(APIC_EOI, 0);
}

/** An interrupt handler that counts in apic_counted, and ends the interrupt; a gate leads to it (trap_set_gate). */
void apic_count(void);
extern volatile uint64_t apic_counted;

/** Whether @vector's bit in the set that begins at register @first (APIC_ISR, APIC_TMR, APIC_IRR) is set. */
bool apic_has(uint32_t first, uint8_t vector);

#endif
