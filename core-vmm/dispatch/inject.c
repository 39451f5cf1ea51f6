/* SPDX-License-Identifier: GPL-2.0-only */
/* Event injection (SDM vol. 3, 27.6) and re-injection of an event whose delivery an exit
 * interrupted (28.2.4). */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/vmcs.h"

#define RFLAGS_RF (1u << 16)

#define TYPE(name) ((uint32_t)VTS_INJECTION_##name << INTERRUPTION_TYPE_SHIFT)

/* Exceptions that push an error code, and the classes of SDM table 6-5, as bits by vector. */
#define HAS_ERROR_CODE (1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17)
#define CONTRIBUTORY   (1u << 0 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13)

static void injection_record(struct vcpu *vcpu, uint32_t information, uint64_t error_code,
			     uint64_t cr2, unsigned flags)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	if (information & INTERRUPTION_ERROR_CODE)
		flags |= VTS_FLAG_HAS_ERROR_CODE;
	event = record_begin(vcpu, VTS_KIND_INJECTION,
			     (information & INTERRUPTION_TYPE) >> INTERRUPTION_TYPE_SHIFT,
			     information & INTERRUPTION_VECTOR, flags);
	event->injection.error_code = error_code;
	event->injection.cr2 = cr2;
	event->injection.delay = 0;
	event->injection.source = 0;
	event->injection.unused = 0;
	record_end(vcpu);
}

/** Then exceptions push no error code, and VM entry refuses one (SDM vol. 3, 27.2.1.3). */
static bool real_mode(void)
{
	return !(vmcs_read(VMCS_GUEST_CR0) & CR0_PE);
}

static void inject(struct vcpu *vcpu, unsigned vector, uint32_t error_code, uint64_t cr2)
{
	uint32_t information = INTERRUPTION_VALID | TYPE(EXCEPTION) | vector;

	if (HAS_ERROR_CODE >> vector & 1 && !real_mode()) {
		information |= INTERRUPTION_ERROR_CODE;
		vmcs_write(VMCS_ENTRY_ERROR_CODE, error_code);
	}
	/* Faults push RF as 1 (SDM vol. 3, 17.3.1.1); injection pushes what RFLAGS holds. */
	if (vector != VECTOR_DB && vector != VECTOR_DF)
		vmcs_write(VMCS_GUEST_RFLAGS, vmcs_read(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
	vmcs_write(VMCS_ENTRY_INTERRUPTION, information);
	injection_record(vcpu, information, error_code, cr2, 0);
}

/** What comes of @vector raised while the event in @vectoring was being delivered: @vector itself,
 *  #DF, or 0 for a triple fault. */
static unsigned fault_combine(uint32_t vectoring, unsigned vector)
{
	unsigned first = vectoring & INTERRUPTION_VECTOR;
	bool second_contributory = CONTRIBUTORY >> vector & 1;

	if ((vectoring & INTERRUPTION_TYPE) != TYPE(EXCEPTION))
		return vector;
	if (first == VECTOR_DF)
		return second_contributory || vector == VECTOR_PF ? 0 : vector;
	if ((CONTRIBUTORY >> first & 1 && second_contributory) ||
	    (first == VECTOR_PF && (second_contributory || vector == VECTOR_PF)))
		return VECTOR_DF;
	return vector;
}

static bool inject_or_combine(struct vcpu *vcpu, struct exit *exit, unsigned vector,
			      uint32_t error_code, uint64_t cr2)
{
	if (exit->vectoring & INTERRUPTION_VALID) {
		unsigned combined = fault_combine(exit->vectoring, vector);

		exit->vectoring = 0;
		if (!combined)
			return handle_triple_fault(vcpu, exit);
		if (combined != vector) {
			vector = combined;
			error_code = 0;
		}
	}
	exit->how = VTS_EXIT_INJECTED;
	inject(vcpu, vector, error_code, cr2);
	return true;
}

bool inject_exception(struct vcpu *vcpu, struct exit *exit, unsigned vector, uint32_t error_code)
{
	return inject_or_combine(vcpu, exit, vector, error_code, 0);
}

bool inject_page_fault(struct vcpu *vcpu, struct exit *exit, uint64_t gla, uint32_t error_code)
{
	/* CR2 is not in the VMCS: the guest's is the processor's, as the VMM takes no page faults. */
	__asm__ volatile("mov %0, %%cr2" : : "r"(gla));
	return inject_or_combine(vcpu, exit, VECTOR_PF, error_code, gla);
}

/** What devices raise: from when, and by whom. */
static void raised_record(struct vcpu *vcpu, enum vts_how how, unsigned vector,
			  struct irq_origin origin)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_INJECTION, how, vector, 0);
	event->injection.error_code = 0;
	event->injection.cr2 = 0;
	event->injection.delay = event->tsc + vcpu->time_offset - origin.since;
	event->injection.source = origin.source;
	event->injection.unused = 0;
	record_end(vcpu);
}

void inject_raised(struct vcpu *vcpu, enum vts_how type, unsigned vector, struct irq_origin origin)
{
	vmcs_write(VMCS_ENTRY_INTERRUPTION,
		   INTERRUPTION_VALID | (uint32_t)type << INTERRUPTION_TYPE_SHIFT | vector);
	raised_record(vcpu, type, vector, origin);
}

void inject_posted(struct vcpu *vcpu, unsigned vector, struct irq_origin origin)
{
	raised_record(vcpu, VTS_INJECTION_POSTED, vector, origin);
}

void inject_interrupted(struct vcpu *vcpu, const struct exit *exit)
{
	/* Bit 12 of the vectoring information is undefined (table 25-18) and reserved at entry. */
	uint32_t information = exit->vectoring & ~INTERRUPTION_NMI_UNBLOCKED_BY_IRET;
	uint32_t type = information & INTERRUPTION_TYPE;
	uint64_t error_code = 0;

	if (real_mode())
		information &= ~INTERRUPTION_ERROR_CODE;
	if (information & INTERRUPTION_ERROR_CODE) {
		error_code = vmcs_read(VMCS_VECTORING_ERROR_CODE);
		vmcs_write(VMCS_ENTRY_ERROR_CODE, error_code);
	}
	if (type == TYPE(SOFT_INT) || type == TYPE(PRIV_SOFT_INT) || type == TYPE(SOFT_EXC))
		vmcs_write(VMCS_ENTRY_INSTRUCTION_LENGTH, vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH));
	/* An NMI is blocked again by its own injection, which wants it unblocked (27.3.1.5). */
	if (type == TYPE(NMI))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING_NMI);
	vmcs_write(VMCS_ENTRY_INTERRUPTION, information);
	injection_record(vcpu, information, error_code, 0, VTS_FLAG_REINJECTED);
}
