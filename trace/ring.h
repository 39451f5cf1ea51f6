/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring: one producer a vCPU, any number of readers, none of which can slow the producer or
 * another reader. It consists of packets; each is a valid CTF 1.8 packet: a 64-byte header, then
 * whole records. A packet is closed when it is full or the VM ends, so the closed packets, one
 * after another, are a recorded trace as they stand. Freestanding; the same layout serves the VMM's
 * ring and the larger one that vtrun publishes.
 *
 * A record's number is its position in the VM's life, from 0. Record n lies in packet
 * n / per_packet (modulo the ring's packets), at index 1 + n % per_packet.
 */
#ifndef TRACE_RING_H
#define TRACE_RING_H

#include "event.h"

#define VTS_CTF_MAGIC	 0xC1FC1FC1u
#define VTS_CTF_STREAM	 0u
#define VTS_RING_MAGIC	 0x676e697273747600ull /* "\0vtsring" */
#define VTS_RECORD_BYTES sizeof(struct vts_event)

/** Header of a packet (CTF 1.8 packet.header and packet.context); valid once it is closed. */
struct vts_packet_header {
	uint32_t magic;	       /* VTS_CTF_MAGIC */
	uint32_t stream_id;    /* VTS_CTF_STREAM */
	uint64_t content_size; /* bits, header included */
	uint64_t packet_size;  /* bits, header included; the last packet of a stream may be short */
	uint64_t timestamp_begin;  /* tsc of the first record */
	uint64_t timestamp_end;	   /* tsc of the last record */
	uint64_t events_discarded; /* records lost since the stream began */
	uint64_t packet_seq_num;   /* from 0 */
	uint16_t vm;
	uint16_t vcpu;
	uint32_t abi; /* VTS_ABI_VERSION */
};

_Static_assert(sizeof(struct vts_packet_header) == 64, "a packet's header is one record long");

/** The ring's shared state; the data follows at data_offset from it. */
struct vts_ring_control {
	uint64_t magic;	       /* VTS_RING_MAGIC, written last */
	uint32_t abi;	       /* VTS_ABI_VERSION */
	uint32_t packet_bytes; /* a multiple of 64 */
	uint32_t packets;      /* in the ring */
	uint16_t vm;
	uint16_t vcpu;
	uint64_t data_offset;
	uint64_t unused[4];
	/* Producer's line. Records below head can be read. Records below reserve - capacity may be
	 * being overwritten; a producer that writes one record at a time leaves reserve at 0. */
	uint64_t head;
	uint64_t reserve;
	uint64_t discarded; /* records that the producer could not store; they have no number */
	uint64_t ended;	    /* 1: no record will follow */
	uint64_t unused2[4];
};

_Static_assert(sizeof(struct vts_ring_control) == 128, "two cache lines");

static inline uint64_t vts_ring_per_packet(uint32_t packet_bytes)
{
	return packet_bytes / VTS_RECORD_BYTES - 1;
}

/** The producer's private view. */
struct vts_ring {
	struct vts_event *next;	      /* where the next record goes */
	struct vts_event *packet_end; /* one past the open packet */
	struct vts_ring_control *control;
	struct vts_event *data;
	struct vts_event *data_end;
	uint64_t packet_seq_num;
};

/**
 * Start a ring over @control (filled in but for magic) and @data (control->packets packets).
 */
static inline void vts_ring_init(struct vts_ring *ring, struct vts_ring_control *control,
				 void *data)
{
	uint64_t per = control->packet_bytes / VTS_RECORD_BYTES;

	ring->control = control;
	ring->data = data;
	ring->data_end = ring->data + per * control->packets;
	ring->next = ring->data + 1;
	ring->packet_end = ring->data + per;
	ring->packet_seq_num = 0;
	control->head = 0;
	control->reserve = 0;
	control->discarded = 0;
	control->ended = 0;
	__atomic_store_n(&control->magic, VTS_RING_MAGIC, __ATOMIC_RELEASE);
}

/** Where to store the next record; it becomes visible with vts_ring_publish. Never fails. */
static inline struct vts_event *vts_ring_reserve(struct vts_ring *ring)
{
	return ring->next;
}

/** Whether nothing has been published in the open packet. */
static inline int vts_ring_packet_empty(const struct vts_ring *ring)
{
	return ring->next == ring->packet_end - ring->control->packet_bytes / VTS_RECORD_BYTES + 1;
}

/** Close the open packet, full or not, and open the next. */
static inline void vts_ring_close_packet(struct vts_ring *ring)
{
	uint64_t per = ring->control->packet_bytes / VTS_RECORD_BYTES;
	struct vts_event *start = ring->packet_end - per;
	struct vts_packet_header *header = (struct vts_packet_header *)start;

	header->magic = VTS_CTF_MAGIC;
	header->stream_id = VTS_CTF_STREAM;
	header->content_size = (uint64_t)(ring->next - start) * VTS_RECORD_BYTES * 8;
	header->packet_size = header->content_size;
	header->timestamp_begin = start[1].tsc;
	header->timestamp_end = ring->next[-1].tsc;
	header->events_discarded = ring->control->discarded;
	header->packet_seq_num = ring->packet_seq_num++;
	header->vm = ring->control->vm;
	header->vcpu = ring->control->vcpu;
	header->abi = VTS_ABI_VERSION;
	if (ring->packet_end == ring->data_end)
		ring->packet_end = ring->data;
	ring->next = ring->packet_end + 1;
	ring->packet_end += per;
}

/**
 * Make the reserved record visible. Returns whether that filled its packet: the caller then calls
 * vts_ring_close_packet and wakes whoever takes packets away.
 */
static inline int vts_ring_publish(struct vts_ring *ring)
{
	ring->next++;
	/* Release order: x86 stores stay in order, so the compiler is all there is to hold back;
	 * and an ADD to memory is one instruction where an atomic store would take three. */
	__atomic_signal_fence(__ATOMIC_RELEASE);
	ring->control->head++;
	return __builtin_expect(ring->next == ring->packet_end, 0);
}

#endif
