// SPDX-License-Identifier: GPL-2.0-only
/* exitstat export --format sqlite where configure found no SQLite. */
#include "export.h"

static void *absent_open(const struct export_to *to)
{
	(void)to;
	complain("export: this exitstat was built without SQLite: install libsqlite3-dev, "
		 "and ./configure again");
	return NULL;
}

const struct export_format export_sqlite = {
    .name = "sqlite",
    .by_path = true,
    .open = absent_open,
};
