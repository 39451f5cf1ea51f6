/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM's life whose every figure can be worked out by hand; 1,000,000 time units are a second.
 *
 *   1000 CPUID exits, one each 1000 units, latency 100                              to 1,000,000
 *    500 EPT violations (demand fill, 300 of it clearing), one each 1000, latency 600 to 1,500,000
 *    100 VMCALLs to the paravirtual console, 16 bytes each, latency 200             to 1,600,000
 *     50 port writes of 1 byte to the UART, latency 400                             to 1,650,000
 *     20 MOVs to CR3, each with an INVVPID single context, latency 1000             to 1,670,000
 * then a HLT at 1,671,000 that the guest's end answers, latency 10.
 */
#ifndef TESTS_UNIT_VMTOP_EVENTS_H
#define TESTS_UNIT_VMTOP_EVENTS_H

#include "trace/source.h"

#define VMTOP_EVENTS_HZ	    1000000u
#define VMTOP_EVENTS_EXITS  1671u
#define VMTOP_EVENTS_COUNT  (2u + 1000 + 2 * 500 + 3 * 100 + 2 * 50 + 2 * 20 + 1)
#define VMTOP_EVENTS_VMM    (1000 * 100u + 500 * 600 + 100 * 200 + 50 * 400 + 20 * 1000 + 10)
#define VMTOP_EVENTS_CLEAR  (500 * 300u)
#define VMTOP_EVENTS_STATUS 3u

/** The whole life, VMTOP_EVENTS_COUNT records. */
void vmtop_events(struct vts_event events[VMTOP_EVENTS_COUNT]);
/** The metadata of that life; malloc'd. @guest: its name, as text of the trace. */
char *vmtop_metadata(const char *name, const char *guest);
/** Record @count records of any kind into directory @path. 0, or -1 and @error. */
int vmtop_record_events(const char *path, const char *guest, const struct vts_event *events,
			size_t count, struct vts_error *error);
/** Record it into directory @path, with a LOST record of @lost before the last record if @lost is
 *  not 0. Returns 0, or -1 and @error. */
int vmtop_record(const char *path, const char *guest, uint64_t lost, struct vts_error *error);

#endif
