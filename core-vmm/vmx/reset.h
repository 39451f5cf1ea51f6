/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_VMM_VMX_RESET_H
#define CORE_VMM_VMX_RESET_H

/** Before a VM's first entry: the registers that the guest can read and that no VM entry loads. */
void reset_unswitched(void);

#endif
