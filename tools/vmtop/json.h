/* SPDX-License-Identifier: GPL-2.0-only */
/* A report as one JSON object on one line; vmtop(1) lists its fields. */
#ifndef VMTOP_JSON_H
#define VMTOP_JSON_H

#include <stdio.h>

#include "tools/vmtop/detail.h"

/** With the row that @detail[0] has opened, unless that is NULL; of a comparison @side has what it was
 *  made from, and @detail both rows, else it is NULL. 0, or -1 when out of memory or the stream
 *  failed. */
int json_print(FILE *stream, const struct report *report, const struct detail *const detail[2],
	       const struct report *const side[2]);

#endif
