/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the time of an exit went on a host: what a host_time record's words are, and what to make of them. */
#ifndef TRACE_HOST_TIME_H
#define TRACE_HOST_TIME_H

#include <stdint.h>

/** The parts of a latency, in the order of the record; what is left is the hypervisor's own work in the kernel. */
enum vts_host_part {
	VTS_HOST_OFF_CPU,
	VTS_HOST_HARD_IRQ,
	VTS_HOST_SOFT_IRQ,
	VTS_HOST_USER,
	VTS_HOST_PARTS
};

/** What is left of @latency. */
uint64_t vts_host_rest(uint64_t latency, const uint64_t part[VTS_HOST_PARTS]);
/** Its largest part, in words: "scheduled out", "hypervisor". */
const char *vts_host_why(uint64_t latency, const uint64_t part[VTS_HOST_PARTS]);
/** The field of JSON, and column, of a part. */
extern const char *const vts_host_part_names[VTS_HOST_PARTS];

#endif
