/* SPDX-License-Identifier: GPL-2.0-only */
/* What single and string port I/O share. */
#ifndef CORE_VMM_DISPATCH_IO_H
#define CORE_VMM_DISPATCH_IO_H

#include "core-vmm/device/bus.h"
#include "core-vmm/dispatch/dispatch.h"

/* Exit qualification for I/O instructions: SDM table 28-5. */
#define IO_SIZE(q)   (((unsigned)(q)&7) + 1)
#define IO_IN(q)     ((q) >> 3 & 1)
#define IO_STRING(q) ((q) >> 4 & 1)
#define IO_REP(q)    ((q) >> 5 & 1)
#define IO_PORT(q)   ((uint16_t)((q) >> 16))

/** Record one access to a device, at a port or a guest-physical address, or the @bytes that a string instruction moved;
 *  @value: 0 if it was more than one. */
void io_record(struct vcpu *vcpu, enum vts_device device, bool write, uint64_t address,
	       uint64_t bytes, uint64_t value);

/** INS and OUTS, with or without REP: one exit does all up to the end of a page. */
bool handle_io_string(struct vcpu *vcpu, struct exit *exit, const struct bus_region *region);

#endif
