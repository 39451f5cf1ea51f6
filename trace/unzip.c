/* SPDX-License-Identifier: GPL-2.0-only */
#include "unzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define INPUT_BYTES (128u << 10)
/* Kept of what was decoded: more than a packet, the look for its end, and a window. */
#define KEPT_BYTES  (4u << 20)
#define FRAME_APART (1u << 20) /* remembered frames are at least so far apart */
/* A frame is handed out when all of it is there and its check sum is right, since what a damaged one
 * gives is anything; but one that is longer than this, as it comes. */
#define FRAME_MAX (2u << 20)
#define RESTARTS_MAX                                                                               \
	1000 /* going back, and damaged frames: a file with more was made to take time */
/* Zeros compress 1:30000, records 1:30: what claims more than this was made to fill our time. */
#define RATIO_MAX 1000u

/** Where a frame begins. */
struct frame {
	uint64_t zipped, plain;
};

struct unzip {
	int fd;
	ZSTD_DStream *stream;
	char input[INPUT_BYTES];
	ZSTD_inBuffer in;
	uint64_t read; /* of the file: where the next input begins */
	char *kept;    /* 2 * KEPT_BYTES: the latest of what was decoded, */
	uint64_t base; /* from here on, */
	size_t size;   /* so much, */
	size_t sure;   /* of which so much is handed out */
	struct frame *frames;
	size_t count, room;
	uint64_t frame; /* of the file: where the current frame begins */
	unsigned restarts;
	bool ended;
	int error;
};

struct unzip *unzip_new(int fd)
{
	struct unzip *unzip = calloc(1, sizeof(*unzip));

	if (!unzip)
		return NULL;
	unzip->fd = fd;
	unzip->in.src = unzip->input;
	unzip->kept = malloc(2 * KEPT_BYTES);
	unzip->stream = ZSTD_createDStream();
	if (unzip->kept && unzip->stream)
		return unzip;
	unzip_free(unzip);
	errno = ENOMEM;
	return NULL;
}

void unzip_free(struct unzip *unzip)
{
	if (!unzip)
		return;
	ZSTD_freeDStream(unzip->stream);
	free(unzip->kept);
	free(unzip->frames);
	free(unzip);
}

/** Where in the file the next byte to be decoded is. */
static uint64_t position(const struct unzip *unzip)
{
	return unzip->read - (unzip->in.size - unzip->in.pos);
}

/** Go on decoding at @offset of the file. */
static void restart_at(struct unzip *unzip, uint64_t offset)
{
	ZSTD_DCtx_reset(unzip->stream, ZSTD_reset_session_only);
	unzip->in.size = unzip->in.pos = 0;
	unzip->read = unzip->frame = offset;
}

/** More input; false at the file's end. */
static bool fill(struct unzip *unzip)
{
	ssize_t got;

	do
		got = pread(unzip->fd, unzip->input, INPUT_BYTES, (off_t)unzip->read);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		unzip->error = errno;
	if (got <= 0)
		return false;
	unzip->read += (uint64_t)got;
	unzip->in.size = (size_t)got;
	unzip->in.pos = 0;
	return true;
}

/** What is decoded next begins a frame: remember where, to come back to. */
static void remember(struct unzip *unzip)
{
	struct frame frame = {position(unzip), unzip->base + unzip->size};

	unzip->frame = frame.zipped;
	if (unzip->count && frame.plain < unzip->frames[unzip->count - 1].plain + FRAME_APART)
		return;
	if (unzip->count == unzip->room) {
		size_t room = unzip->room ? unzip->room * 2 : 64;
		struct frame *frames = realloc(unzip->frames, room * sizeof(*frames));

		if (!frames)
			return; /* then there is one place less to come back to */
		unzip->frames = frames;
		unzip->room = room;
	}
	unzip->frames[unzip->count++] = frame;
}

/** Once more not straight on; true if that was once too often. */
static bool count_restart(struct unzip *unzip)
{
	unzip->ended = ++unzip->restarts > RESTARTS_MAX;
	if (unzip->ended)
		unzip->error = EFBIG;
	return unzip->ended;
}

/** The current frame is damaged: go on with the next place that looks like a frame's begin. */
static void next_frame(struct unzip *unzip)
{
	static const char magic[] = {0x28, (char)0xb5, 0x2f, (char)0xfd};
	const char *found;

	if (count_restart(unzip))
		return;
	restart_at(unzip, unzip->frame + 1);
	while (fill(unzip)) {
		found = memmem(unzip->input, unzip->in.size, magic, sizeof(magic));
		if (found) {
			restart_at(unzip, position(unzip) + (uint64_t)(found - unzip->input));
			return;
		}
		if (unzip->in.size < sizeof(magic))
			break;
		restart_at(unzip, unzip->read - (sizeof(magic) - 1));
	}
	unzip->ended = true;
}

/** Drop the older half of what is kept when there is no room. */
static void make_room(struct unzip *unzip)
{
	size_t drop = unzip->size > KEPT_BYTES ? unzip->size - KEPT_BYTES : 0;

	if (unzip->size < 2 * KEPT_BYTES)
		return;
	memmove(unzip->kept, unzip->kept + drop, unzip->size - drop);
	unzip->base += drop;
	unzip->size -= drop;
	unzip->sure -= drop;
}

/** Decode some more; sets ended when there is nothing. */
static void decode(struct unzip *unzip)
{
	ZSTD_outBuffer out;
	bool input = unzip->in.pos < unzip->in.size || fill(unzip);
	size_t left, before = unzip->in.pos, had;

	make_room(unzip);
	had = unzip->size;
	out = (ZSTD_outBuffer){unzip->kept, 2 * KEPT_BYTES, had};
	left = ZSTD_decompressStream(unzip->stream, &out, &unzip->in);
	unzip->size = out.pos;
	if (ZSTD_isError(left) || (input && out.pos == had && unzip->in.pos == before)) {
		unzip->size = unzip->sure;
		next_frame(unzip);
		return;
	}
	unzip->ended = !input && out.pos == had;
	/* What is there of a frame that was cut is as it was. */
	if (!left || unzip->ended || unzip->size - unzip->sure > FRAME_MAX)
		unzip->sure = unzip->size;
	if (!left)
		remember(unzip);
	if ((unzip->base + unzip->size) / RATIO_MAX > unzip->read + KEPT_BYTES) {
		unzip->error = EFBIG;
		unzip->ended = true;
	}
}

/** Make @offset one of those that are still to be decoded, or are kept. */
static void go_back(struct unzip *unzip, uint64_t offset)
{
	struct frame to = {0, 0};

	if (offset >= unzip->base)
		return;
	for (size_t i = unzip->count; i-- > 0;) {
		if (unzip->frames[i].plain <= offset) {
			to = unzip->frames[i];
			break;
		}
	}
	if (count_restart(unzip))
		return;
	unzip->base = to.plain;
	unzip->size = unzip->sure = 0;
	restart_at(unzip, to.zipped);
}

size_t unzip_read(struct unzip *unzip, uint64_t offset, void *to, size_t bytes, int *error)
{
	size_t done = 0;

	go_back(unzip, offset);
	while (done < bytes) {
		uint64_t end = unzip->base + unzip->sure, at = offset + done;

		if (at >= unzip->base && at < end) {
			size_t some = end - at < bytes - done ? (size_t)(end - at) : bytes - done;

			memcpy((char *)to + done, unzip->kept + (at - unzip->base), some);
			done += some;
		} else if (unzip->ended) {
			break;
		} else {
			decode(unzip);
		}
	}
	if (unzip->error)
		*error = unzip->error;
	return done;
}
