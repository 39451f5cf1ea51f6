/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recording: read the TSC, store one line, publish. Nothing here formats, allocates, locks or calls
 * out, but for the wake-up when a packet is full. VTS_NO_RECORD compiles it out, to measure what it
 * costs.
 */
#ifndef CORE_VMM_RECORD_H
#define CORE_VMM_RECORD_H

#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"
#include "trace/hop.h"

/**
 * Start a record. The caller fills all five payload words, then calls record_end. @exit_tsc: the
 * exit that it belongs to. Always a valid pointer.
 */
static inline struct vts_event *record_begin_at(struct vcpu *vcpu, uint64_t tsc, uint64_t exit_tsc,
						enum vts_kind kind, unsigned how, unsigned reason,
						unsigned flags)
{
	struct vts_event *event = vts_ring_reserve(&vcpu->ring);

	event->tsc = tsc;
	event->head = vcpu->identity | kind | (uint64_t)how << 8 | (uint64_t)reason << 16 |
		      (uint64_t)flags << 48;
	event->exit_tsc = exit_tsc;
	return event;
}

/** A detail of the exit being handled. */
static inline struct vts_event *record_begin(struct vcpu *vcpu, enum vts_kind kind, unsigned how,
					     unsigned reason, unsigned flags)
{
	return record_begin_at(vcpu, platform_tsc(), vcpu->exit_tsc, kind, how, reason, flags);
}

/** Close the open packet and say so. Out of line: once in some five hundred records. */
void record_packet_close(struct vcpu *vcpu);

/** Publish a record, even where recording is compiled out: the VM's start and its end, which say
 *  how it went. */
static inline void record_end_always(struct vcpu *vcpu)
{
	if (vts_ring_publish(&vcpu->ring))
		record_packet_close(vcpu);
}

static inline void record_end(struct vcpu *vcpu)
{
#ifndef VTS_NO_RECORD
	record_end_always(vcpu);
#else
	(void)vcpu;
#endif
}

/** Whether records are kept; lets the compiler drop the work of filling one in. */
#ifdef VTS_NO_RECORD
#define RECORDING 0
#else
#define RECORDING 1
#endif

static inline void record_shadow_zap(struct vcpu *vcpu, unsigned cause, uint64_t gpa,
				     uint64_t entries, uint64_t pages, uint64_t level)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_SHADOW_ZAP, cause, 0, 0);
	event->shadow_zap.gpa = gpa;
	event->shadow_zap.entries = entries;
	event->shadow_zap.pages = pages;
	event->shadow_zap.level = level;
	event->shadow_zap.unused = 0;
	record_end(vcpu);
}

static inline void record_io_request(struct vcpu *vcpu, unsigned how, enum vts_device device,
				     bool write, uint64_t address, uint64_t bytes, uint64_t value,
				     uint64_t depth, uint64_t wait)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_IO_REQUEST, how, device, write ? VTS_FLAG_WRITE : 0);
	event->io_request.address = address;
	event->io_request.bytes = bytes;
	event->io_request.value = value;
	event->io_request.depth = depth;
	event->io_request.wait = wait;
	record_end(vcpu);
}

#endif
