// SPDX-License-Identifier: GPL-2.0-only
/* A trace as exits: each with the details recorded within it. */
#include <stdlib.h>

#include "exitstat.h"
#include "group.h"

#define DETAILS_MAX 4096 /* kept of one exit; a broken trace could have details without end */

static void hand_over(struct grouper *grouper, const struct vts_event *exit)
{
	struct exit_group group = {exit, grouper->details, grouper->count};

	if (exit || group.count)
		grouper->take(grouper->context, &group);
	grouper->count = 0;
}

static void collect(struct grouper *grouper, const struct vts_event *event)
{
	if (grouper->count == grouper->room) {
		size_t room = grouper->room ? grouper->room * 2 : 16;
		void *details = realloc(grouper->details, room * sizeof(*grouper->details));

		if (!details)
			die_of_memory();
		grouper->details = details;
		grouper->room = room;
	}
	grouper->details[grouper->count++] = *event;
}

static bool same_exit(const struct vts_event *a, const struct vts_event *b)
{
	return a->exit_tsc == b->exit_tsc && a->vm == b->vm && a->vcpu == b->vcpu;
}

static void add_one(struct grouper *grouper, const struct vts_event *event)
{
	if (grouper->count && !same_exit(&grouper->details[0], event))
		hand_over(grouper, NULL);
	if (event->kind == VTS_KIND_EXIT) {
		hand_over(grouper, event);
		return;
	}
	collect(grouper, event);
	if (grouper->count == DETAILS_MAX)
		hand_over(grouper, NULL);
}

void grouper_add(struct grouper *grouper, const struct vts_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_one(grouper, &events[i]);
}

void grouper_finish(struct grouper *grouper)
{
	hand_over(grouper, NULL);
}

void grouper_free(struct grouper *grouper)
{
	free(grouper->details);
	grouper->details = NULL;
	grouper->count = grouper->room = 0;
}
