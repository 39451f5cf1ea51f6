/* SPDX-License-Identifier: GPL-2.0-only */
/* Until the controllers are there. */
#include "core-vmm/device/irq.h"

__attribute__((weak)) void irq_line_set(struct vcpu *vcpu, unsigned line, bool high,
					enum vts_device source)
{
	(void)vcpu, (void)line, (void)high, (void)source;
}
