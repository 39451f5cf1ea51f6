// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/hop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "tools/vtrun/scan.h"
#include "trace/hop.h"

#define PACKETS_PER_BLOCK (VTS_HOP_BLOCK_BYTES / VTS_HOP_PACKET_BYTES)
#define ENGINE_HINT	  "this is a fault of the VMM or the engine, please report it"

static const uint64_t per_packet = VTS_HOP_PACKET_BYTES / VTS_RECORD_BYTES - 1;

struct hop {
	pid_t engine;
	struct sink *sink;
	struct console *console;
	uint64_t blocks[VTS_HOP_BLOCKS]; /* addresses in the engine */
	bool ring_seen;			 /* the VMM has set up its ring, and it is as agreed */
	uint64_t records, console_bytes, log_bytes; /* taken so far */
	uint64_t packets;			    /* announced so far */
	struct vts_event *buffer;		    /* a whole ring */
};

struct hop *hop_create(pid_t engine, struct sink *sink, struct console *console,
		       struct vts_error *error)
{
	struct hop *hop = calloc(1, sizeof(*hop));

	if (hop)
		hop->buffer = malloc(VTS_HOP_PACKETS * VTS_HOP_PACKET_BYTES);
	if (!hop || !hop->buffer) {
		free(hop);
		error_set(error, "trace: out of memory: free some");
		return NULL;
	}
	hop->engine = engine;
	hop->sink = sink;
	hop->console = console;
	return hop;
}

void hop_destroy(struct hop *hop)
{
	free(hop->buffer);
	free(hop);
}

enum hop_result hop_find(struct hop *hop, uint64_t nonce, struct vts_error *error)
{
	return scan_blocks(hop->engine, nonce, hop->blocks, error) < 0 ? HOP_BAD : HOP_OK;
}

/** Read the engine's memory at @count places, one after another into @to. */
static enum hop_result engine_read(const struct hop *hop, void *to, const struct iovec *from,
				   size_t count, struct vts_error *error)
{
	struct iovec local = {.iov_base = to};
	ssize_t got;

	for (size_t i = 0; i < count; i++)
		local.iov_len += from[i].iov_len;
	if (!local.iov_len)
		return HOP_OK;
	got = process_vm_readv(hop->engine, &local, 1, from, count, 0);
	if (got >= 0 && (size_t)got == local.iov_len)
		return HOP_OK;
	error_set(error, "engine: cannot read its memory: %s; is it still there?",
		  got < 0 ? strerror(errno) : "a part is missing");
	return HOP_GONE;
}

static void *engine_address(const struct hop *hop, size_t block, size_t offset)
{
	return (void *)(uintptr_t)(hop->blocks[block] + offset);
}

/** Where record @index of packet @packet lies; index 0 is the header. */
static void *packet_address(const struct hop *hop, uint64_t packet, uint64_t index)
{
	uint64_t slot = packet % VTS_HOP_PACKETS;

	return engine_address(hop, 1 + slot / PACKETS_PER_BLOCK,
			      slot % PACKETS_PER_BLOCK * VTS_HOP_PACKET_BYTES +
				  index * VTS_RECORD_BYTES);
}

/** New is what lies between what was taken and @head; a ring holds no more than @capacity. */
static enum hop_result head_check(const char *what, uint64_t head, uint64_t taken,
				  uint64_t capacity, struct vts_error *error)
{
	if (head >= taken && head - taken <= capacity)
		return HOP_OK;
	error_set(error,
		  "engine: the VMM's %s ring says %" PRIu64 " after %" PRIu64 ": " ENGINE_HINT,
		  what, head, taken);
	return HOP_BAD;
}

static enum hop_result records_take(struct hop *hop, uint64_t head, uint64_t discarded,
				    struct vts_error *error)
{
	struct iovec from[VTS_HOP_PACKETS + 1];
	uint64_t next = hop->records;
	enum hop_result result;
	size_t count = 0;

	result = head_check("event", head, next, per_packet * VTS_HOP_PACKETS, error);
	if (result != HOP_OK)
		return result;
	while (next < head) {
		uint64_t index = next % per_packet, run = per_packet - index;

		if (run > head - next)
			run = head - next;
		from[count].iov_base = packet_address(hop, next / per_packet, 1 + index);
		from[count++].iov_len = run * VTS_RECORD_BYTES;
		next += run;
	}
	result = engine_read(hop, hop->buffer, from, count, error);
	if (result != HOP_OK)
		return result;
	sink_append(hop->sink, hop->buffer, head - hop->records, discarded);
	hop->records = head;
	return HOP_OK;
}

/** A ring of text in block 0. */
struct text_ring {
	const char *what;
	size_t offset, bytes;
	void (*give)(struct console *console, const void *data, size_t bytes);
};

static const struct text_ring console_ring = {"console", VTS_HOP_CONSOLE_OFFSET,
					      VTS_HOP_CONSOLE_BYTES, console_write};
static const struct text_ring log_ring = {"log", VTS_HOP_LOG_OFFSET, VTS_HOP_LOG_BYTES,
					  console_log};

static enum hop_result text_take(struct hop *hop, const struct text_ring *ring, uint64_t head,
				 uint64_t *taken, struct vts_error *error)
{
	enum hop_result result = head_check(ring->what, head, *taken, ring->bytes, error);
	size_t start = *taken % ring->bytes, bytes = head - *taken, first = ring->bytes - start;
	struct iovec from[2];

	if (result != HOP_OK)
		return result;
	if (first > bytes)
		first = bytes;
	from[0] = (struct iovec){engine_address(hop, 0, ring->offset + start), first};
	from[1] = (struct iovec){engine_address(hop, 0, ring->offset), bytes - first};
	result = engine_read(hop, hop->buffer, from, 2, error);
	if (result != HOP_OK)
		return result;
	*taken = head;
	ring->give(hop->console, hop->buffer, bytes);
	return HOP_OK;
}

static enum hop_result ring_check(const struct vts_ring_control *ring, struct vts_error *error)
{
	if (ring->abi == VTS_ABI_VERSION && ring->packet_bytes == VTS_HOP_PACKET_BYTES &&
	    ring->packets == VTS_HOP_PACKETS)
		return HOP_OK;
	error_set(error,
		  "engine: the VMM's ring is of ABI %u with %u packets of %u bytes, not of ABI %u "
		  "with %u of "
		  "%u: build VMM and vtrun together",
		  ring->abi, ring->packets, ring->packet_bytes, VTS_ABI_VERSION, VTS_HOP_PACKETS,
		  VTS_HOP_PACKET_BYTES);
	return HOP_BAD;
}

static enum hop_result state_take(struct hop *hop, const struct vts_hop *state,
				  struct vts_error *error)
{
	enum hop_result result;

	result = text_take(hop, &console_ring, state->console_head, &hop->console_bytes, error);
	if (result == HOP_OK)
		result = text_take(hop, &log_ring, state->log_head, &hop->log_bytes, error);
	if (result != HOP_OK || (!hop->ring_seen && state->ring.magic != VTS_RING_MAGIC))
		return result;
	if (!hop->ring_seen)
		result = ring_check(&state->ring, error);
	if (result != HOP_OK)
		return result;
	hop->ring_seen = true;
	return records_take(hop, state->ring.head, state->ring.discarded, error);
}

enum hop_result hop_drain(struct hop *hop, struct vts_error *error)
{
	struct iovec from = {engine_address(hop, 0, 0), sizeof(struct vts_hop)};
	enum hop_result result;
	struct vts_hop state;

	result = engine_read(hop, &state, &from, 1, error);
	if (result != HOP_OK || state.stamp.magic) /* held: nothing yet */
		return result;
	return state_take(hop, &state, error);
}

enum hop_result hop_packet_closed(struct hop *hop, struct vts_error *error)
{
	uint64_t number = hop->packets++;
	const struct vts_packet_header *ours;
	struct vts_packet_header theirs;
	struct iovec from = {packet_address(hop, number, 0), sizeof(theirs)};

	if (engine_read(hop, &theirs, &from, 1, error) != HOP_OK)
		return HOP_GONE;
	if (!sink_header(hop->sink, number)) /* the VM's last packet need not be full */
		sink_close_packet(hop->sink);
	ours = sink_header(hop->sink, number);
	if (ours && !memcmp(ours, &theirs, sizeof(theirs)))
		return HOP_OK;
	error_set(error, "engine: packet %" PRIu64 " is not what was taken out of it: " ENGINE_HINT,
		  number);
	return HOP_BAD;
}
