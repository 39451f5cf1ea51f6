/* SPDX-License-Identifier: GPL-2.0-only */
/* Compressed traces where configure found no zstd. */
#include <errno.h>

#include "unzip.h"
#include "zip.h"

struct unzip *unzip_new(int fd)
{
	(void)fd;
	errno = ENOTSUP;
	return NULL;
}

void unzip_free(struct unzip *unzip)
{
	(void)unzip;
}

size_t unzip_read(struct unzip *unzip, uint64_t offset, void *to, size_t bytes, int *error)
{
	(void)unzip;
	(void)offset;
	(void)to;
	(void)bytes;
	*error = ENOTSUP;
	return 0;
}

struct zip *zip_new(void)
{
	errno = ENOTSUP;
	return NULL;
}

void zip_free(struct zip *zip)
{
	(void)zip;
}

const void *zip_frame(struct zip *zip, const void *from, size_t bytes, size_t *zipped)
{
	(void)zip;
	(void)from;
	(void)bytes;
	*zipped = 0;
	return NULL;
}
