/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing protocol buffers (protobuf.dev, "Encoding"): one message at a time into a buffer of fixed
 * size. A nested message's length is a varint of four bytes, written when the message ends; the
 * encoding allows bytes that could be left away.
 */
#ifndef EXITSTAT_PROTO_H
#define EXITSTAT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_BYTES 16384

struct proto {
	unsigned char bytes[PROTO_BYTES];
	size_t used;
	bool full; /* something did not fit: the message is of no use */
};

void proto_clear(struct proto *proto);
void proto_uint(struct proto *proto, unsigned field, uint64_t value);
void proto_text(struct proto *proto, unsigned field, const char *text);
/** Begin a nested message; what is answered goes to proto_end. */
size_t proto_begin(struct proto *proto, unsigned field);
void proto_end(struct proto *proto, size_t begun);

#endif
