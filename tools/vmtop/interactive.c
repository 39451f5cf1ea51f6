/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/interactive.h"

#include <math.h>

#include "tools/vmtop/compare.h"
#include "tools/vmtop/screen.h"
#include "tools/vmtop/settings.h"
#include "tools/vmtop/stop.h"
#include "tools/vmtop/ui.h"

#define PUMP_MS		 20 /* between two looks at the ring, which is filled at up to a million a second */
#define IDLE_MS		 100 /* when nothing can come any more */
#define WHEEL_ROWS	 3
#define PUMP_SECONDS	 0.05
#define DISCOVER_SECONDS 1.0
#define FIRST_SECONDS	 0.2 /* the first interval is short: nobody likes to look at an empty screen */

struct session {
	struct fleet *fleet;
	struct child *child;
	const struct options *options;
	struct ui ui;
	double now, last_loop, next_tick, next_discovery;
	double position; /* of a replay, in seconds of the trace's time */
	bool dirty;
};

/** Where the replay is, in seconds of the trace's time: at its end, if that was reached. */
static double replay_position(const struct session *session)
{
	double end = 0;

	if (!fleet_ended(session->fleet))
		return session->position;
	for (size_t i = 0; i < session->fleet->count; i++) {
		const struct model *model = session->fleet->member[i].model;

		end = fmax(end, model_trace_seconds(model, model->stats.last_tsc));
	}
	return end;
}

/** Go where the keys said. What lies before is counted anew from the beginning. */
static void seek(struct session *session)
{
	struct ui *ui = &session->ui;
	double from = replay_position(session), by = ui->seek * session->options->interval;
	bool back = ui->to_start || by < 0;

	if (session->ui.speed > 0 && (back || by > 0)) {
		session->position = ui->to_start ? 0 : fmax(0, from + by);
		ui->to_end &= !back;
		session->next_tick = session->now + FIRST_SECONDS;
	}
	if (session->ui.speed > 0 && back) {
		ui->paused = false;
		fleet_rewind(session->fleet);
	}
	ui->to_start = false;
	ui->seek = 0;
}

/** The trace's own time goes by as fast as the user says. */
static void pump_replay(struct session *session, struct model *model, double deadline)
{
	double units = session->position * (double)model->hz;
	uint64_t limit = UINT64_MAX;

	if (model->hz && !session->ui.to_end && units < 0x1p63 &&
	    __builtin_add_overflow(model->origin, (uint64_t)units, &limit))
		limit = UINT64_MAX;
	model_pump(model, limit, deadline);
}

static void pump_replays(struct session *session)
{
	size_t count = session->fleet->count;

	session->position += (session->now - session->last_loop) * session->ui.speed;
	for (size_t i = 0; i < count; i++)
		pump_replay(session, session->fleet->member[i].model,
			    session->now + PUMP_SECONDS * (double)(i + 1) / (double)count);
}

static double member_clock(const struct session *session, const struct member *member)
{
	const struct model *model = member->model;

	if (model->live)
		return session->now;
	if (model_ended(model) || session->ui.to_end)
		return model_trace_seconds(model, model->stats.last_tsc);
	return session->position;
}

/** Nothing of it can change any more. */
static bool has_settled(const struct session *session, const struct member *member)
{
	if (!session->ui.view->compares)
		return member->model->settled;
	return fleet_settled(session->fleet) ||
	       (member->model->settled && session->now < session->next_tick);
}

/** Close intervals: of all at their common end, of a VM that has ended at once. */
static void tick(struct session *session)
{
	bool due = session->now >= session->next_tick;

	for (size_t i = 0; i < session->fleet->count; i++) {
		struct member *member = &session->fleet->member[i];

		if (!(due || model_ended(member->model)) || has_settled(session, member))
			continue;
		fleet_tick(session->fleet, i, member_clock(session, member));
		session->dirty = true;
	}
	if (due)
		session->next_tick = session->now + session->options->interval;
}

/** A VM that made room for another one moves the others: the selected one stays selected. */
static void discover(struct session *session)
{
	struct fleet *fleet = session->fleet;
	const struct model *selected = fleet->member[session->ui.selected].model;

	if (!fleet_discover(fleet))
		return;
	for (size_t i = 0; i < fleet->count; i++)
		if (fleet->member[i].model == selected)
			session->ui.selected = i;
	session->dirty = true;
}

static void find_vms(struct session *session)
{
	const struct options *options = session->options;
	struct vts_error error;

	if (session->now < session->next_discovery)
		return;
	if (options->run && !session->fleet->count) {
		session->next_discovery = session->now + PUMP_SECONDS;
		if (!session->child->ended)
			fleet_attach(session->fleet, session->child->name, &error);
		session->dirty = true;
	} else if (!options->run && !options->replay && !options->attached && !options->kvm &&
		   !options->compare[0]) {
		session->next_discovery = session->now + DISCOVER_SECONDS;
		discover(session);
	}
}

/** The keys may have changed what is to be shown. */
static void obey(struct session *session, bool paused)
{
	struct fleet *fleet = session->fleet;
	const struct view *view = &views[session->ui.view->number];
	bool other = fleet->view != view;

	seek(session);
	fleet->view = view;
	if (session->ui.export)
		ui_export(&session->ui, fleet);
	session->ui.export = false;
	if (session->ui.paused != paused)
		fleet_freeze(fleet, session->ui.paused);
	for (size_t i = 0; other && i < fleet->count; i++)
		fleet_report(fleet, i);
}

static void sample(struct session *session)
{
	session->last_loop = session->now;
	session->now = model_host_clock();
	if (session->child)
		child_poll(session->child);
	find_vms(session);
	if (session->ui.speed > 0)
		pump_replays(session);
	else
		fleet_pump(session->fleet, session->now + PUMP_SECONDS);
	tick(session);
}

static void take_key(struct ui *ui, int key, const struct fleet *fleet)
{
	unsigned y, x;
	int wheel;

	if (key != KEYS_MOUSE) {
		ui_key(ui, key, fleet);
		return;
	}
	if (!screen_mouse(&wheel, &y, &x))
		return;
	if (wheel)
		ui_wheel(ui, WHEEL_ROWS * wheel);
	else
		ui_click(ui, y, x);
}

int interactive_run(struct fleet *fleet, struct child *child, const struct options *options,
		    struct vts_error *error)
{
	bool replay = fleet->count && !fleet->member[0].model->live;
	struct session session = {
	    .fleet = fleet, .child = child, .options = options, .dirty = true};

	ui_init(&session.ui, options->compare[0] ? compares : views, replay);
	settings_load(&session.ui);
	ui_options(&session.ui, options);
	screen_listen(session.ui.mouse);
	obey(&session, false);
	session.now = model_host_clock();
	session.next_tick = session.now + fmin(options->interval, FIRST_SECONDS);
	while (!session.ui.quit && !stop_requested()) {
		bool idle = fleet->count && fleet_ended(fleet), paused = session.ui.paused;
		int key;

		sample(&session);
		if (child && child->ended && !fleet->count)
			return -1;
		if (session.ui.repaint)
			screen_repaint();
		session.ui.repaint = false;
		if (session.dirty)
			ui_draw(&session.ui, fleet, child);
		key = screen_key(idle ? IDLE_MS : PUMP_MS);
		session.dirty = key != KEYS_NONE;
		if (session.dirty)
			take_key(&session.ui, key, fleet);
		obey(&session, paused);
	}
	settings_save(&session.ui, error);
	return 0;
}
