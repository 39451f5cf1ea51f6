/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened in many VMs, counted from their events. */
#ifndef CORE_VMM_TEST_TALLY_H
#define CORE_VMM_TEST_TALLY_H

#include <stdint.h>

#include "trace/event.h"

struct tally {
	uint64_t exits;
	uint64_t reasons[VTS_REASON_COUNT];
	uint64_t
	    unhandled[VTS_REASON_COUNT]; /* exits that ended their VM as nothing handles them */
	uint64_t hows[32][32];		 /* by kind and how */
};

void tally_add(struct tally *tally, const struct vts_event *event);
/** To the VMM's log: exit reasons, then every kind's resolutions; then the reasons and resolutions
 * not seen. */
void tally_print(const struct tally *tally);

#endif
