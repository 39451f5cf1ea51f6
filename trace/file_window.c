/* SPDX-License-Identifier: GPL-2.0-only */
#include "file_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unzip.h"

/* Some packets at a time, and small enough to stay in the second-level cache. */
#define CAPACITY  (256u << 10)
#define ALIGNMENT 64u

static int grow(struct file_window *window, size_t bytes)
{
	size_t capacity = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	char *larger = aligned_alloc(ALIGNMENT, capacity);

	if (!larger)
		return -1;
	free(window->buffer);
	window->buffer = larger;
	window->capacity = capacity;
	window->buffered = 0;
	return 0;
}

int file_window_init(struct file_window *window, int fd, uint64_t bytes)
{
	*window = (struct file_window){.fd = fd};
	/* At least a packet's header; a small file needs no more than itself. */
	return grow(window, bytes < CAPACITY ? (size_t)bytes + ALIGNMENT : CAPACITY);
}

int file_window_init_zipped(struct file_window *window, int fd)
{
	struct unzip *unzip = unzip_new(fd);

	if (!unzip)
		return -1;
	if (file_window_init(window, fd, CAPACITY)) {
		unzip_free(unzip);
		errno = ENOMEM;
		return -1;
	}
	window->unzip = unzip;
	return 0;
}

void file_window_free(struct file_window *window)
{
	unzip_free(window->unzip);
	window->unzip = NULL;
	free(window->buffer);
	window->buffer = NULL;
}

static size_t read_at(struct file_window *window, uint64_t offset, char *to, size_t bytes)
{
	size_t done = 0;

	if (window->unzip)
		return unzip_read(window->unzip, offset, to, bytes, &window->error);
	while (done < bytes) {
		ssize_t got = pread(window->fd, to + done, bytes - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			window->error = errno;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

bool file_window_holds(const struct file_window *window, uint64_t offset, size_t bytes)
{
	return offset >= window->base && offset - window->base <= window->buffered &&
	       bytes <= window->buffered - (size_t)(offset - window->base);
}

/* What is buffered from @offset on stays: it need not be read again. */
static void load(struct file_window *window, uint64_t offset)
{
	size_t kept = 0;

	if (file_window_holds(window, offset, 0)) {
		kept = window->buffered - (size_t)(offset - window->base);
		memmove(window->buffer, window->buffer + (offset - window->base), kept);
	}
	window->base = offset;
	window->buffered =
	    kept + read_at(window, offset + kept, window->buffer + kept, window->capacity - kept);
}

void *file_window_get(struct file_window *window, uint64_t offset, size_t bytes, size_t *got)
{
	size_t behind;

	*got = 0;
	if (bytes > window->capacity && grow(window, bytes)) {
		window->error = ENOMEM;
		return window->buffer;
	}
	if (!file_window_holds(window, offset, bytes) || (offset - window->base) % ALIGNMENT)
		load(window, offset);
	behind = (size_t)(offset - window->base);
	*got = window->buffered - behind < bytes ? window->buffered - behind : bytes;
	return window->buffer + behind;
}

const char *file_window_peek(struct file_window *window, uint64_t offset, uint64_t phase,
			     size_t bytes, size_t *got)
{
	if (!file_window_holds(window, offset, bytes))
		load(window, offset - (offset - phase) % ALIGNMENT);
	if (!file_window_holds(window, offset, 0)) {
		*got = 0;
		return window->buffer;
	}
	*got = window->buffered - (size_t)(offset - window->base);
	return window->buffer + (offset - window->base);
}

bool file_window_read(struct file_window *window, uint64_t offset, void *to, size_t bytes)
{
	return read_at(window, offset, to, bytes) == bytes;
}
