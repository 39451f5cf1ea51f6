// SPDX-License-Identifier: GPL-2.0-only
/* Writing protocol buffers. */
#include "proto.h"

#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_BYTES = 2 };

#define LENGTH_BYTES 4 /* of a nested message: up to 2^28 - 1 */

void proto_clear(struct proto *proto)
{
	proto->used = 0;
	proto->full = false;
}

static void put(struct proto *proto, const void *bytes, size_t count)
{
	if (count > PROTO_BYTES - proto->used) {
		proto->full = true;
		return;
	}
	memcpy(proto->bytes + proto->used, bytes, count);
	proto->used += count;
}

static void put_varint(struct proto *proto, uint64_t value)
{
	unsigned char bytes[10];
	size_t count = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[count++] = (unsigned char)(value | 0x80);
	bytes[count++] = (unsigned char)value;
	put(proto, bytes, count);
}

static void put_tag(struct proto *proto, unsigned field, enum wire_type type)
{
	put_varint(proto, (uint64_t)field << 3 | type);
}

void proto_uint(struct proto *proto, unsigned field, uint64_t value)
{
	put_tag(proto, field, WIRE_VARINT);
	put_varint(proto, value);
}

void proto_text(struct proto *proto, unsigned field, const char *text)
{
	size_t length = strlen(text);

	put_tag(proto, field, WIRE_BYTES);
	put_varint(proto, length);
	put(proto, text, length);
}

size_t proto_begin(struct proto *proto, unsigned field)
{
	put_tag(proto, field, WIRE_BYTES);
	put(proto, "\0\0\0", LENGTH_BYTES);
	return proto->used;
}

void proto_end(struct proto *proto, size_t begun)
{
	size_t length = proto->used - begun;

	if (proto->full)
		return;
	for (size_t i = 0; i < LENGTH_BYTES; i++, length >>= 7)
		proto->bytes[begun - LENGTH_BYTES + i] =
		    (unsigned char)((length & 0x7f) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}
