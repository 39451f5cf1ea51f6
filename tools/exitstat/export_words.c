// SPDX-License-Identifier: GPL-2.0-only
/* exitstat export: what the formats say of an exit in the same words. */
#include <stdio.h>

#include "dimension.h"
#include "export.h"
#include "text.h"

const char *export_function(const struct view *view, const struct vts_event *exit, char *text)
{
	uint64_t start;
	const char *name = symbols_find(view->names.symbols, exit->exit.rip, &start);

	if (!name)
		return NULL;
	snprintf(text, DIMENSION_LABEL_MAX, "%s", name);
	return text_clean(text);
}

const char *export_process(const struct view *view, const struct vts_event *exit, char *text)
{
	uint64_t key = guest_process(&view->guest, exit);

	if (!(key & GUEST_NAMED))
		return NULL;
	dimensions[BY_PROCESS].label(key, &view->guest, text, DIMENSION_LABEL_MAX);
	return text;
}

const char *export_phase(const struct view *view, char *text)
{
	uint64_t key = guest_phase(&view->guest);

	if (!key)
		return NULL;
	dimensions[BY_PHASE].label(key, &view->guest, text, DIMENSION_LABEL_MAX);
	return text;
}

const char *export_resolution(const struct view *view, const struct exit_group *group, char *text)
{
	uint64_t key;

	dimensions[BY_RESOLUTION].key(group, &view->guest, &key);
	dimensions[BY_RESOLUTION].label(key, &view->guest, text, DIMENSION_LABEL_MAX);
	return text;
}
