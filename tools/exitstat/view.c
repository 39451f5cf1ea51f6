// SPDX-License-Identifier: GPL-2.0-only
/* Looking at a source exit by exit. */
#include <string.h>

#include "view.h"

int view_option(struct view *view, const struct options *options, int option)
{
	switch (option) {
	case OPTION_SYMBOLS:
		view->names.symbols_file = optarg;
		return 0;
	case OPTION_UNWIND:
		view->names.unwind_file = optarg;
		return 0;
	case OPTION_PHASE:
		view->phase = optarg;
		return 0;
	case OPTION_REASON:
		view->one_reason = true;
		return option_reason(options, optarg, &view->reason);
	case OPTION_JSON:
		view->json = true;
		return 0;
	default:
		return source_option(&view->source, options, option);
	}
}

bool view_open(struct view *view)
{
	if (!guest_names_open(&view->names))
		return false;
	view->reader = source_open(&view->source);
	if (!view->reader) {
		guest_names_close(&view->names);
		return false;
	}
	guest_init(&view->guest, view->names.symbols, view->names.unwind);
	return true;
}

/** Is this what was asked for? */
static bool wanted(const struct view *view, const struct exit_group *group)
{
	if (view->one_reason && (!group->exit || group->exit->reason != view->reason))
		return false;
	return !view->phase || guest_in_phase(&view->guest, view->phase);
}

static void take_group(void *context, const struct exit_group *group)
{
	struct view *view = context;

	guest_enter(&view->guest, group);
	if (wanted(view, group))
		view->take(view->context, group);
	if (view->every)
		view->every(view->context, group);
	guest_leave(&view->guest, group);
}

static int take_events(void *context, const struct vts_event *events, size_t count)
{
	struct view *view = context;

	if (!view->seen)
		view->first_tsc = events[0].exit_tsc;
	view->seen += count;
	view->last_tsc = events[count - 1].tsc;
	grouper_add(&view->grouper, events, count);
	return 0;
}

bool view_read(struct view *view, void (*take)(void *context, const struct exit_group *group),
	       void *context)
{
	view->take = take;
	view->context = context;
	view->grouper = (struct grouper){.take = take_group, .context = view};
	if (view->source.attaching || view->source.kvm)
		interrupt_catch();
	source_drain(view->reader, view->source.seconds, take_events, view);
	grouper_finish(&view->grouper);
	grouper_free(&view->grouper);
	if (!source_check(&view->source, view->reader, view->seen))
		return false;
	if (view->phase &&
	    intern_find(&view->guest.phases, view->phase, strlen(view->phase)) == INTERN_NONE) {
		complain("%s: no phase is named %s: exitstat report lists the phases",
			 source_title(&view->source), view->phase);
		return false;
	}
	return true;
}

void view_close(struct view *view)
{
	guest_free(&view->guest);
	vts_source_close(view->reader);
	guest_names_close(&view->names);
}
