/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compressing a stream file with zstd, in frames that can be read by themselves; private to trace/.
 */
#ifndef TRACE_ZIP_H
#define TRACE_ZIP_H

#include <stddef.h>

/** A frame holds so much, or what there was at the end. */
#define ZIP_FRAME_BYTES (1u << 20)

struct zip;

/** NULL: errno says why; ENOTSUP: built without zstd. */
struct zip *zip_new(void);
void zip_free(struct zip *zip);
/** One frame of @bytes (at most ZIP_FRAME_BYTES) at @from: where it lies, valid until the next call,
 *  and in @zipped how long it is. NULL: out of memory. */
const void *zip_frame(struct zip *zip, const void *from, size_t bytes, size_t *zipped);

#endif
