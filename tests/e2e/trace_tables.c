/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Print the tables of docs/trace-format.md, made from trace/events.def. They stand there between
 * the lines that this program prints first and last; `make trace-format` puts them there.
 */
#include <stdio.h>

#include "trace/names.h"

static void put_names(const char *title, const char *number, const struct vts_name *names,
		      size_t count)
{
	printf("\n%s\n\n| %s | name | meaning |\n| ---: | --- | --- |\n", title, number);
	for (size_t i = 0; i < count; i++)
		printf("| %u | `%s` | %s |\n", names[i].number, names[i].name, names[i].text);
}

static const char *format_name(enum vts_format format)
{
	static const char *const names[] = {
	    [VTS_FORMAT_HEX] = "hexadecimal", [VTS_FORMAT_DEC] = "count",
	    [VTS_FORMAT_TIME] = "time",	      [VTS_FORMAT_BYTES] = "bytes",
	    [VTS_FORMAT_TEXT] = "text",
	};

	return names[format];
}

static void put_kind(const struct vts_name *kind)
{
	const struct vts_field *fields = vts_fields(kind->number);
	const struct vts_name *hows, *reasons;
	size_t how_count, reason_count;

	hows = vts_hows(kind->number, &how_count);
	reasons = vts_reasons(kind->number, &reason_count);
	printf("\n### %u `%s`: %s\n", kind->number, kind->name, kind->text);
	printf("\n| word | field | format | meaning |\n| ---: | --- | --- | --- |\n");
	for (unsigned word = 0; word < 5; word++)
		printf("| %u | `%s` | %s | %s |\n", word, fields[word].name,
		       format_name(fields[word].format), fields[word].text);
	if (how_count)
		put_names("`how`:", "how", hows, how_count);
	if (kind->number == VTS_KIND_HOST_TIME)
		puts("\n`reason`: that of the exit.");
	else if (reasons)
		put_names("`reason`:", "reason", reasons, reason_count);
}

int main(void)
{
	size_t count;
	const struct vts_name *table = vts_kinds(&count);

	puts("<!-- from trace/events.def: make trace-format -->");
	put_names("Kinds:", "kind", table, count);
	for (size_t i = 0; i < count; i++)
		put_kind(&table[i]);
	table = vts_flags(&count);
	put_names("### Flags", "bit", table, count);
	puts("\n<!-- end of what is from trace/events.def -->");
	return 0;
}
