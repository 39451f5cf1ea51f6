/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/glyphs.h"

#include <langinfo.h>
#include <string.h>

static bool utf8;

void glyphs_init(bool ascii)
{
	utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool glyphs_are_ascii(void)
{
	return !utf8;
}

/** U+2581 to U+2588 rise, U+258F back to U+2588 widen (block elements). */
static size_t render_block(unsigned char code, char *out)
{
	unsigned level = code & 0xf;

	out[0] = '\xe2';
	out[1] = '\x96';
	out[2] = (char)(code < 0x90 ? 0x80 + level : 0x90 - level);
	return 3;
}

size_t glyphs_render(const char *text, size_t length, char *out)
{
	static const char column[] = " .:-=+*#@", row[] = "    #####";
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char code = (unsigned char)text[i];

		if (code < 0x80)
			out[used++] = text[i];
		else if (utf8)
			used += render_block(code, out + used);
		else
			out[used++] = (code < 0x90 ? column : row)[code & 0xf];
	}
	out[used] = '\0';
	return used;
}
