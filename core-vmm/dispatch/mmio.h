/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses to the memory of devices: done by the interpreter, whatever the paging mode. */
#ifndef CORE_VMM_DISPATCH_MMIO_H
#define CORE_VMM_DISPATCH_MMIO_H

#include "core-vmm/dispatch/dispatch.h"

/** Whether a device answers at @gpa. */
bool mmio_has(const struct vcpu *vcpu, uint64_t gpa);
/** Whether the access that exited is one that a device takes: no fetch (@access: PF_ID), and none that delivered an
 *  event. */
bool mmio_takes(const struct vcpu *vcpu, const struct exit *exit, uint64_t gpa, uint32_t access);
/** Under shadow paging, where every access to a device faults: @gla leads to one for @access; vcpu->device_gla says so. */
void mmio_remember(struct vcpu *vcpu, uint64_t gla, uint32_t access);
/** Whether that is still so: @gpa is the device's. */
bool mmio_recall(const struct vcpu *vcpu, uint64_t gla, uint32_t access, uint64_t *gpa);
/**
 * Do the instruction that exited, with the devices that it accesses; each access is recorded. The exit is then described.
 * The processor has found that exit->gla leads to @gpa, for a read or for a @write; @gpa INTERPRET_NO_HINT: it has not.
 * False: it is none that is known, or accesses what is neither memory nor a device's.
 */
bool mmio_emulate(struct vcpu *vcpu, struct exit *exit, uint64_t gpa, bool write);

#endif
