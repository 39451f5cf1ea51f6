/* SPDX-License-Identifier: GPL-2.0-only */
/* Broken on purpose: a VM starts with the registers that the one before has left. */
#include "core-vmm/vmx/reset.h"

void __wrap_reset_unswitched(void);

void __wrap_reset_unswitched(void)
{
}
