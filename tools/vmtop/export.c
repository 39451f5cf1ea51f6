/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/export.h"

#include <errno.h>
#include <string.h>

#include "tools/vmtop/json.h"
#include "tools/vmtop/views.h"

static struct lines lines; /* too large for a stack */

static void print_lines(FILE *stream)
{
	lines_print(&lines, stream);
	fputc('\n', stream);
}

/** An opened row of a comparison: A's, then B's. */
static void print_both(FILE *stream, const struct detail *const detail[2],
		       const struct layout *layout, unsigned width)
{
	const struct report *const side[2] = {layout->a, layout->b};
	struct layout own = *layout;

	own.a = own.b = NULL;
	for (unsigned i = 0; i < 2; i++) {
		own.index = i;
		layout_detail_text(&lines, side[i], detail[i], &own, width);
		print_lines(stream);
	}
}

static int print_text(FILE *stream, const struct report *report,
		      const struct detail *const detail[2], const struct layout *layout,
		      unsigned width)
{
	if (detail[0] && layout->a) {
		print_both(stream, detail, layout, width);
		return fflush(stream) == 0 ? 0 : -1;
	}
	if (detail[0])
		layout_detail_text(&lines, report, detail[0], layout, width);
	else
		layout_text(&lines, report, layout, width);
	print_lines(stream);
	return fflush(stream) == 0 ? 0 : -1;
}

int export_print(FILE *stream, struct report *report, const struct detail *const detail[2],
		 const struct layout *layout, size_t top, unsigned width, bool json)
{
	const struct report *const side[2] = {layout->a, layout->b};

	columns_sort(report, layout->sort, layout->reverse);
	rows_filter(report, layout->filter);
	if (top)
		rows_window(report, 0, top);
	return json ? json_print(stream, report, detail, layout->a ? side : NULL)
		    : print_text(stream, report, detail, layout, width);
}

int export_write(const char *path, struct report *report, const struct detail *const detail[2],
		 const struct layout *layout)
{
	size_t length = strlen(path);
	bool json = length > 5 && strcmp(path + length - 5, ".json") == 0;
	FILE *stream = fopen(path, "w");
	int result, error;

	if (!stream)
		return -1;
	result =
	    export_print(stream, report, detail, layout, 0, layout_full_width(report->view), json);
	error = errno;
	if (fclose(stream) == 0 && result == 0)
		return 0;
	errno = result < 0 ? error : errno;
	return -1;
}
