/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of names that events have, as options take them and the VMM's command line wants them. */
#ifndef TOOLS_VTRUN_NAMES_H
#define TOOLS_VTRUN_NAMES_H

#include "trace/names.h"
#include "trace/source.h"

/** Basic exit reasons, and kinds of record. */
enum names { NAMES_REASONS, NAMES_KINDS };

/** Whether @list is such names, separated by commas. 0, or -1 and @error. */
int names_check(enum names names, const char *option, const char *list, struct vts_error *error);
/** Their numbers, separated by commas, of a list that names_check took, or of an empty one; to be
 *  freed. NULL: out of memory. */
char *names_numbers(enum names names, const char *list);

#endif
