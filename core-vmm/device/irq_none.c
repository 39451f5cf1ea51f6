/* SPDX-License-Identifier: GPL-2.0-only */
/* No interrupt controllers yet: what devices ask of them is dropped. */
#include "core-vmm/device/irq.h"

void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source)
{
	(void)vcpu, (void)line, (void)high, (void)source;
}

void irq_message(struct vcpu *vcpu, uint64_t address, uint32_t data, enum vts_device source)
{
	(void)vcpu, (void)address, (void)data, (void)source;
}
