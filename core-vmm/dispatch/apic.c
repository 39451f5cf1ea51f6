/* SPDX-License-Identifier: GPL-2.0-only */
/* What the processor leaves to the VMM of a local APIC that it virtualizes: SDM vol. 3, 30.1.4 and 30.4. Without that it gives
 * none of these exits. */
#include "core-vmm/device/devices.h"
#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/dispatch/io.h"
#include "core-vmm/dispatch/mmio.h"
#include "core-vmm/interpret/interpret.h"

/* Exit qualification (SDM table 28-6). */
#define ACCESS_OFFSET(q) ((q)&0xfff)
#define ACCESS_TYPE(q)	 ((q) >> 12 & 15)
#define ACCESS_WRITE	 1 /* and 0 a read, by an instruction's own operand */

static void gpa_describe(const struct vcpu *vcpu, struct exit *exit)
{
	exit->gpa =
	    (vcpu->vm->devices->lapic.base & PAGE_MASK) | ACCESS_OFFSET(exit->qualification);
	exit->flags |= VTS_FLAG_GPA_VALID;
}

/** The instruction is not done: one that accesses what the page does not have, or as it cannot be accessed. */
bool handle_apic_access(struct vcpu *vcpu, struct exit *exit)
{
	if (!lapic_is_virtual(vcpu))
		return false;
	gpa_describe(vcpu, exit);
	if (ACCESS_TYPE(exit->qualification) > ACCESS_WRITE ||
	    exit->vectoring & INTERRUPTION_VALID) {
		platform_log("the guest has a table or a stack where its local APIC is");
		return false;
	}
	return mmio_emulate(vcpu, exit, INTERPRET_NO_HINT, false);
}

/** The instruction is done: its value is on the page. */
bool handle_apic_write(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t value;

	if (!lapic_is_virtual(vcpu))
		return false;
	gpa_describe(vcpu, exit);
	exit->how = VTS_EXIT_IO;
	exit->flags |= VTS_FLAG_WRITE;
	value = lapic_page_written(vcpu, ACCESS_OFFSET(exit->qualification) >> 4);
	io_record(vcpu, VTS_DEVICE_LAPIC, true, exit->gpa, sizeof(value), value);
	return true;
}

/** The EOI is done, of the vector that the qualification names. */
bool handle_virtualized_eoi(struct vcpu *vcpu, struct exit *exit)
{
	if (!lapic_is_virtual(vcpu))
		return false;
	exit->how = VTS_EXIT_EMULATED;
	lapic_virtual_ended(vcpu, exit->qualification & 0xff);
	return true;
}
