/* SPDX-License-Identifier: GPL-2.0-only */
/* What is seen, as text or JSON: on standard output, or in a file. */
#ifndef VMTOP_EXPORT_H
#define VMTOP_EXPORT_H

#include "tools/vmtop/layout.h"

/** @report as @layout has it (sorted, filtered, and its first @top rows unless that is 0), or the row
 *  that @detail[0] (may be NULL) has opened, and of a comparison @detail[1] in B. Changes the report's
 *  rows. 0, or -1 when @stream failed. */
int export_print(FILE *stream, struct report *report, const struct detail *const detail[2],
		 const struct layout *layout, size_t top, unsigned width, bool json);
/** The same to a new file @path: JSON if it ends in .json. 0, or -1: errno says why. */
int export_write(const char *path, struct report *report, const struct detail *const detail[2],
		 const struct layout *layout);

#endif
