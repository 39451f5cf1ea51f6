/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual-machine control structure: SDM vol. 3, chapter 25; encodings in vmcs.def. */
#ifndef CORE_VMM_VMX_VMCS_H
#define CORE_VMM_VMX_VMCS_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct guest_entry;

enum vmcs_field {
#define FIELD(NAME, encoding, name) VMCS_##NAME = encoding,
#include "vmcs.def"
};

/* Pin-based controls (SDM table 25-5). */
#define PIN_EXTERNAL_INTERRUPT (1u << 0)
#define PIN_NMI		       (1u << 3)
#define PIN_VIRTUAL_NMI	       (1u << 5)
#define PIN_PREEMPTION_TIMER   (1u << 6)

/* Primary processor-based controls (table 25-6). */
#define PROC_INTERRUPT_WINDOW (1u << 2)
#define PROC_TSC_OFFSETTING   (1u << 3)
#define PROC_HLT	      (1u << 7)
#define PROC_INVLPG	      (1u << 9)
#define PROC_MWAIT	      (1u << 10)
#define PROC_RDPMC	      (1u << 11)
#define PROC_CR3_LOAD	      (1u << 15)
#define PROC_CR3_STORE	      (1u << 16)
#define PROC_CR8_LOAD	      (1u << 19)
#define PROC_CR8_STORE	      (1u << 20)
#define PROC_RDTSC	      (1u << 12)
#define PROC_TPR_SHADOW	      (1u << 21)
#define PROC_NMI_WINDOW	      (1u << 22)
#define PROC_MOV_DR	      (1u << 23)
#define PROC_PAUSE	      (1u << 30)
#define PROC_IO		      (1u << 24)
#define PROC_MSR_BITMAP	      (1u << 28)
#define PROC_MONITOR	      (1u << 29)
#define PROC_SECONDARY	      (1u << 31)

/* Secondary processor-based controls (table 25-7). */
#define PROC2_APIC_ACCESSES	 (1u << 0)
#define PROC2_EPT		 (1u << 1)
#define PROC2_DESCRIPTORS	 (1u << 2)
#define PROC2_RDTSCP		 (1u << 3)
#define PROC2_X2APIC		 (1u << 4)
#define PROC2_VPID		 (1u << 5)
#define PROC2_WBINVD		 (1u << 6)
#define PROC2_UNRESTRICTED	 (1u << 7)
#define PROC2_APIC_REGISTERS	 (1u << 8)
#define PROC2_VIRTUAL_INTERRUPTS (1u << 9)
#define PROC2_RDRAND		 (1u << 11)
#define PROC2_INVPCID		 (1u << 12)
#define PROC2_RDSEED		 (1u << 16)

/* VM-exit controls (table 25-13). */
#define EXIT_SAVE_DEBUG (1u << 2)
#define EXIT_HOST_64	(1u << 9)
#define EXIT_ACK	(1u << 15) /* acknowledge the interrupt */
#define EXIT_SAVE_PAT	(1u << 18)
#define EXIT_LOAD_PAT	(1u << 19)
#define EXIT_SAVE_EFER	(1u << 20)
#define EXIT_LOAD_EFER	(1u << 21)

/* VM-entry controls (table 25-15). */
#define ENTRY_LOAD_DEBUG (1u << 2)
#define ENTRY_GUEST_64	 (1u << 9)
#define ENTRY_LOAD_PAT	 (1u << 14)
#define ENTRY_LOAD_EFER	 (1u << 15)

/* Interruption information (tables 25-17 to 25-20). */
#define INTERRUPTION_VECTOR		   0xffu
#define INTERRUPTION_TYPE_SHIFT		   8
#define INTERRUPTION_TYPE		   (7u << INTERRUPTION_TYPE_SHIFT)
#define INTERRUPTION_ERROR_CODE		   (1u << 11)
#define INTERRUPTION_NMI_UNBLOCKED_BY_IRET (1u << 12)
#define INTERRUPTION_VALID		   (1u << 31)

/* Guest activity state: SDM vol. 3, 25.4.2. */
#define ACTIVITY_ACTIVE 0
#define ACTIVITY_HLT	1

/* Guest interruptibility (table 25-3). */
#define BLOCKING_STI	(1u << 0)
#define BLOCKING_MOV_SS (1u << 1)
#define BLOCKING_NMI	(1u << 3)

/* Guest pending debug exceptions (table 25-4): a single step. */
#define PENDING_DEBUG_STEP (1u << 14)
#define RFLAGS_TF	   (1u << 8)
#define RFLAGS_IF	   (1u << 9)
#define RFLAGS_AC	   (1u << 18)

#define RIGHTS_ACCESSED (1u << 0)
#define RIGHTS_WRITABLE (1u << 1)  /* of data */
#define RIGHTS_DPL	(3u << 5)  /* of SS: the CPL */
#define RIGHTS_L	(1u << 13) /* of CS: 64-bit code */
#define RIGHTS_UNUSABLE (1u << 16)

static inline uint64_t vmcs_read(enum vmcs_field field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=rm"(value) : "r"((uint64_t)field) : "cc");
	return value;
}

static inline void vmcs_write(enum vmcs_field field, uint64_t value)
{
	__asm__ volatile("vmwrite %0, %1" : : "rm"(value), "r"((uint64_t)field) : "cc");
}

/** Make the vCPU's VMCS current and fill it in. NULL, or what the processor lacks. */
const char *vmcs_setup(struct vcpu *vcpu, const struct guest_entry *entry);

/** All fields that tell the guest's state, to the log. */
void vmcs_dump_guest(const struct vcpu *vcpu);

/** The rule of SDM 27.2 or 27.3 that the current VMCS breaks, or NULL if none is known. */
const char *vmcs_broken_rule(const struct vcpu *vcpu);

#endif
