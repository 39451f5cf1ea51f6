/* SPDX-License-Identifier: GPL-2.0-only */
#include "zip.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

/* Fast: a recorder must keep up. Higher levels gain little on records. */
#define LEVEL 1

struct zip {
	ZSTD_CCtx *context;
	size_t room;
	void *frame;
};

struct zip *zip_new(void)
{
	struct zip *zip = calloc(1, sizeof(*zip));

	if (!zip)
		return NULL;
	zip->room = ZSTD_compressBound(ZIP_FRAME_BYTES);
	zip->frame = malloc(zip->room);
	zip->context = ZSTD_createCCtx();
	if (zip->frame && zip->context) {
		ZSTD_CCtx_setParameter(zip->context, ZSTD_c_compressionLevel, LEVEL);
		ZSTD_CCtx_setParameter(zip->context, ZSTD_c_checksumFlag, 1);
		return zip;
	}
	zip_free(zip);
	errno = ENOMEM;
	return NULL;
}

void zip_free(struct zip *zip)
{
	if (!zip)
		return;
	ZSTD_freeCCtx(zip->context);
	free(zip->frame);
	free(zip);
}

const void *zip_frame(struct zip *zip, const void *from, size_t bytes, size_t *zipped)
{
	*zipped = ZSTD_compress2(zip->context, zip->frame, zip->room, from, bytes);
	return ZSTD_isError(*zipped) ? NULL : zip->frame;
}
