// SPDX-License-Identifier: GPL-2.0-only
/* exitstat export --format folded: what exitstat flame prints. */
#include <stdlib.h>

#include "export.h"
#include "folded.h"

struct folded_export {
	const struct view *view;
	FILE *file;
	struct folded folded;
};

static void *folded_open(const struct export_to *to)
{
	struct folded_export *export = calloc(1, sizeof(*export));

	if (!export)
		die_of_memory();
	export->view = to->view;
	export->file = to->file;
	folded_usual(&export->folded, to->view->names.symbols || to->view->names.unwind);
	folded_init(&export->folded);
	return export;
}

static void folded_take(void *context, const struct exit_group *group)
{
	struct folded_export *export = context;

	if (group->exit)
		folded_add(&export->folded, group, &export->view->guest);
}

static bool folded_finish(void *context)
{
	struct folded_export *export = context;

	folded_text(&export->folded, &export->view->guest, export->file);
	folded_free(&export->folded);
	free(export);
	return true;
}

const struct export_format export_folded = {
    .name = "folded",
    .open = folded_open,
    .take = folded_take,
    .finish = folded_finish,
};
