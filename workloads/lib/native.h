/* SPDX-License-Identifier: GPL-2.0-only */
/* Natively there is no VMM that records: the library does, for marks and the end. Not for guests. */
#ifndef WORKLOADS_LIB_NATIVE_H
#define WORKLOADS_LIB_NATIVE_H

#include "trace/event.h"

/** One record to vtrun (core-vmm/abi/guest.h, VTG_NATIVE_PORT). */
void native_record(const struct vts_event *event);

#endif
