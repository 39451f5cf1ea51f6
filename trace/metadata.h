/* SPDX-License-Identifier: GPL-2.0-only */
/* What the writer and the reader of the metadata text agree on; private to trace/. */
#ifndef TRACE_METADATA_H
#define TRACE_METADATA_H

#include "source.h"

#define METADATA_START	"/* CTF 1.8 */"
#define METADATA_TRACER "vtscope"
#define METADATA_SUM                                                                               \
	"/* sum " /* 16 hex digits: check_text of all that comes before this comment               \
		   */

/** What a reader takes from the text. */
struct metadata {
	struct vts_env *env;
	size_t env_count;
	unsigned abi;  /* 0 if the text does not say */
	bool ours;     /* written by vtscope */
	bool complete; /* the sum is there and right */
	char *text;    /* the whole of it, NUL-terminated */
};

/** Parse @text (any bytes, @bytes of them). 0, or -1 when out of memory. */
int metadata_parse(struct metadata *metadata, const char *text, size_t bytes);
void metadata_free(struct metadata *metadata);

#endif
