/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a file compressed with zstd (RFC 8878) as if it were not, at any offset; private to
 * trace/. What lies close together is read forwards; going far back decodes again from the nearest
 * frame. The file may be damaged: reading goes on with its next frame.
 */
#ifndef TRACE_UNZIP_H
#define TRACE_UNZIP_H

#include <stddef.h>
#include <stdint.h>

struct unzip;

/** Read @fd, which stays the caller's. NULL: errno says why; ENOTSUP: built without zstd. */
struct unzip *unzip_new(int fd);
void unzip_free(struct unzip *unzip);
/** Copy up to @bytes from @offset of the uncompressed file on to @to; less at its end, or after
 *  @error, an errno, was set. */
size_t unzip_read(struct unzip *unzip, uint64_t offset, void *to, size_t bytes, int *error);

#endif
