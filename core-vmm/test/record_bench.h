/* SPDX-License-Identifier: GPL-2.0-only */
/* The core's recording for bench/trace/record.c, which declares these for itself: nothing outside
 * core-vmm/ includes its headers. */
#ifndef CORE_VMM_TEST_RECORD_BENCH_H
#define CORE_VMM_TEST_RECORD_BENCH_H

#include <stdint.h>

/** Over VTS_HOP_PACKETS packets of VTS_HOP_PACKET_BYTES at @packets. */
void record_bench_start(void *packets);
void record_bench_events(unsigned count);
/** Events recorded so far. */
uint64_t record_bench_recorded(void);

#endif
