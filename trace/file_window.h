/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at a file through a buffer; private to trace/. Read with pread, never mapped: a file that
 * is cut while we read it gives less, where a mapping would give SIGBUS.
 */
#ifndef TRACE_FILE_WINDOW_H
#define TRACE_FILE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unzip;

struct file_window {
	int fd;
	struct unzip *unzip; /* NULL: the file is read as it is */
	int error;	     /* errno of the last read that failed, else 0 */
	uint64_t base;	     /* the buffer holds [base, base + buffered) of the file */
	size_t buffered;
	uint64_t loads; /* how often what is in the buffer has changed */
	size_t capacity;
	char *buffer; /* its start is aligned to 64 bytes */
};

/** Look at @fd, which stays the caller's and has about @bytes. 0, or -1: out of memory. */
int file_window_init(struct file_window *window, int fd, uint64_t bytes);
/** The same where @fd is compressed: the window shows what it was before. -1: errno says why;
 *  ENOTSUP: built without zstd. */
int file_window_init_zipped(struct file_window *window, int fd);
void file_window_free(struct file_window *window);

/** The file from @offset on, aligned to 64 bytes and valid until the next call: @got is @bytes, or
 * less where the file ends or cannot be read. May be written to. */
void *file_window_get(struct file_window *window, uint64_t offset, size_t bytes, size_t *got);
/** What is buffered from @offset on, one byte at least unless the file ends; not aligned. @phase:
 * an offset that a later file_window_get will ask for, modulo 64. */
const char *file_window_peek(struct file_window *window, uint64_t offset, uint64_t phase,
			     size_t bytes, size_t *got);
/** Whether [@offset, @offset + @bytes) is in the buffer. */
bool file_window_holds(const struct file_window *window, uint64_t offset, size_t bytes);
/** Read past the buffer: whether all @bytes from @offset on were there. */
bool file_window_read(struct file_window *window, uint64_t offset, void *to, size_t bytes);

#endif
