// SPDX-License-Identifier: GPL-2.0-only
/* Protocol buffers, byte by byte (protobuf.dev, "Encoding", has these very examples). */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/exitstat/proto.h"

static struct proto proto;

static void holds(const char *bytes, size_t count)
{
	cr_assert(!proto.full);
	cr_assert_eq(proto.used, count, "%zu bytes", proto.used);
	cr_assert_arr_eq(proto.bytes, bytes, count);
}

Test(proto, numbers)
{
	proto_clear(&proto);
	proto_uint(&proto, 1, 150);
	holds("\x08\x96\x01", 3);
	proto_clear(&proto);
	proto_uint(&proto, 60, UINT64_MAX);
	holds("\xe0\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
	proto_clear(&proto);
	proto_uint(&proto, 1, 0);
	holds("\x08\x00", 2);
}

Test(proto, text)
{
	proto_clear(&proto);
	proto_text(&proto, 2, "testing");
	holds("\x12\x07testing", 9);
}

Test(proto, nested)
{
	size_t outer, inner;

	proto_clear(&proto);
	outer = proto_begin(&proto, 3);
	inner = proto_begin(&proto, 1);
	proto_uint(&proto, 1, 150);
	proto_end(&proto, inner);
	proto_end(&proto, outer);
	/* 8 and 3, as varints of four bytes. */
	holds("\x1a\x88\x80\x80\x00\x0a\x83\x80\x80\x00\x08\x96\x01", 13);
}

Test(proto, what_does_not_fit_is_noticed)
{
	char text[PROTO_BYTES];
	size_t begun;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	proto_clear(&proto);
	begun = proto_begin(&proto, 1);
	proto_text(&proto, 2, text);
	proto_end(&proto, begun);
	cr_assert(proto.full);
	cr_assert_leq(proto.used, PROTO_BYTES);
	proto_clear(&proto);
	proto_uint(&proto, 1, 150);
	holds("\x08\x96\x01", 3);
}
