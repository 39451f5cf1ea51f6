/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live channel between vtrun and the tools: a sealed memfd with a ring (ring.h), passed over an
 * abstract socket. Nothing is left behind in any file system, whatever way vtrun ends.
 *
 * Socket: AF_UNIX, SOCK_SEQPACKET, abstract name "vtscope/<uid>/<name>". vtrun accepts peers of its
 * own uid or root (SO_PEERCRED) and sends one message: struct vts_publish_hello, with the memfd as
 * SCM_RIGHTS. It then keeps the connection open; its closing tells the reader that vtrun is gone.
 */
#ifndef TRACE_PUBLISH_H
#define TRACE_PUBLISH_H

#include "ring.h"
#include "source.h"

#define VTS_PUBLISH_MAGIC 0x6f6c6c6568737476ull /* "vtshello" */

struct vts_publish_hello {
	uint64_t magic;
	uint32_t abi;
	uint32_t pid;
	uint64_t bytes; /* of the memfd: a page with struct vts_ring_control, then metadata, then
			   packets */
	uint64_t metadata_offset;
	uint64_t metadata_bytes; /* TSDL text: the env block names the run */
};

struct vts_publisher;

/** Create the memfd (@packets packets of @packet_bytes) and listen as @name. NULL and @error on
 * failure, also when another VM already has that name. */
struct vts_publisher *vts_publish_create(const char *name, const char *metadata,
					 uint32_t packet_bytes, uint32_t packets, uint16_t vm,
					 uint16_t vcpu, struct vts_error *error);
/** The listening socket, for poll; call vts_publish_accept when readable. */
int vts_publish_fd(const struct vts_publisher *publisher);
void vts_publish_accept(struct vts_publisher *publisher);
/** Append records; each packet is closed as it fills, with the producer's discarded count
 * @discarded. */
void vts_publish_append(struct vts_publisher *publisher, const struct vts_event *events,
			size_t count, uint64_t discarded);
/** No record will follow. */
void vts_publish_end(struct vts_publisher *publisher);
void vts_publish_destroy(struct vts_publisher *publisher);

#endif
