/* SPDX-License-Identifier: GPL-2.0-only */
/* From the model's counters to the values to show: the VM, its state and its times. */
#include "tools/vmtop/report.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "tools/vmtop/panels.h"
#include "trace/names.h"

/** Copy text that a trace supplies: control characters could rewrite the terminal. */
static void copy_text(char *into, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < size && text && text[i]; i++)
		into[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	into[i] = '\0';
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/** What the env says of @key, else what the vm_start record says (@fallback). */
static void fill_env(char into[REPORT_NAME], const struct model *model, const char *key,
		     const char *fallback)
{
	const char *value = vts_source_env(model->source, key);

	copy_text(into, REPORT_NAME, value && *value ? value : fallback);
}

static void fill_config(struct report *report, const struct model *model)
{
	const struct vts_stats *stats = &model->stats;
	uint64_t config = stats->start.vm_start.config;
	const char *paging = "?", *io = "?", *vpid = "?";
	const char *guest = vts_source_env(model->source, "guest");

	if (stats->started) {
		const char *name = vts_how_name(VTS_KIND_VM_START, stats->start.how);

		paging = name ? name : "?";
		io = config & VTS_CONFIG_PV ? "pv" : "trapped";
		vpid = config & VTS_CONFIG_VPID ? "yes" : "no";
	}
	fill_env(report->engine, model, "engine", "?");
	fill_env(report->paging, model, "paging", paging);
	fill_env(report->io, model, "io", io);
	fill_env(report->vpid, model, "vpid", vpid);
	copy_text(report->guest, sizeof(report->guest), guest && *guest ? guest : "?");
	copy_text(report->unit, sizeof(report->unit), vts_source_unit(model->source));
}

static void fill_phase(struct report *report, const struct vts_event *mark)
{
	char name[sizeof(mark->mark.name) + 1] = "";

	if (!mark->kind)
		return;
	memcpy(name, mark->mark.name, sizeof(mark->mark.name));
	copy_text(report->phase, sizeof(report->phase), name);
}

/** How the VM ended, in words: "guest_exit, status 3". */
static void describe_stop(struct report *report, const struct vts_event *stop)
{
	char number[16], detail[16];
	const char *name = vts_how_name(VTS_KIND_VM_STOP, stop->how);
	unsigned reason = (unsigned)stop->vm_stop.detail;

	report->cause = name;
	report->status = stop->vm_stop.status;
	name = vts_name_or_number(name, stop->how, number);
	switch (stop->how) {
	case VTS_VM_STOP_GUEST_EXIT:
		snprintf(report->state_text, REPORT_TEXT, "ended: %s, status %llu", name,
			 (unsigned long long)stop->vm_stop.status);
		break;
	case VTS_VM_STOP_UNHANDLED_EXIT:
		snprintf(report->state_text, REPORT_TEXT, "ended: %s, %s", name,
			 vts_name_or_number(vts_exit_reason_name(reason), reason, detail));
		break;
	case VTS_VM_STOP_OUTSIDE_MEMORY:
		snprintf(report->state_text, REPORT_TEXT, "ended: %s, address 0x%llx", name,
			 (unsigned long long)stop->vm_stop.detail);
		break;
	default:
		snprintf(report->state_text, REPORT_TEXT, "ended: %s", name);
	}
}

const char *report_state_name(enum report_state state)
{
	static const char *const names[] = {[STATE_WAITING] = "waiting",
					    [STATE_RUNNING] = "running",
					    [STATE_ENDED] = "ended",
					    [STATE_GONE] = "gone"};

	return names[state];
}

static void fill_state(struct report *report, const struct model *model)
{
	uint64_t total = vts_source_total(model->source);
	uint64_t counted = model->read - (model->count - model->next);

	report->progress = total && !model->live ? ratio(counted, total) : NAN;
	if (model->stats.stopped) {
		report->state = STATE_ENDED;
		describe_stop(report, &model->stats.stop);
	} else if (model_ended(model)) {
		report->state = STATE_GONE;
		snprintf(report->state_text, REPORT_TEXT, "ended without a vm_stop record: %s",
			 model->live ? "vtrun is gone" : "the trace is cut");
	} else if (model->stats.total.events) {
		report->state = STATE_RUNNING;
		snprintf(report->state_text, REPORT_TEXT, model->live ? "running" : "replaying");
	} else {
		report->state = STATE_WAITING;
		snprintf(report->state_text, REPORT_TEXT, "waiting for the first record");
	}
}

static void fill_times(struct report *report, const struct model *model,
		       const struct vts_counts *counts)
{
	uint64_t both = counts->guest_time + counts->vmm_time;

	report->events = counts->events;
	report->exits = counts->exits;
	report->span = model->stats.last_tsc - model->stats.first_tsc;
	report->guest_time = counts->guest_time;
	report->vmm_time = counts->vmm_time;
	report->clear_time = counts->clear_time;
	report->idle_time = counts->idle_time;
	report->guest_share = ratio(counts->guest_time, both);
	report->vmm_share = ratio(counts->vmm_time, both);
}

void report_build(struct report *report, const struct model *model, const struct view *view,
		  enum scope scope)
{
	bool whole = scope == SCOPE_TOTAL;
	const struct vts_counts *counts = whole ? &model->stats.total : &model->last.counts;
	const char *problem;

	memset(report, 0, sizeof(*report));
	copy_text(report->name, sizeof(report->name), model->name);
	report->view = view;
	report->live = model->live;
	report->hz = (double)model->hz;
	report->scope = scope;
	report->interval = model->intervals;
	report->lost = vts_source_lost(model->source);
	report->problems = vts_source_problems(model->source, &problem);
	copy_text(report->problem, sizeof(report->problem), problem);
	report->seconds = whole ? model->now_clock - model->start_clock : model->last.seconds;
	fill_config(report, model);
	fill_phase(report, &model->phase);
	fill_state(report, model);
	fill_times(report, model, counts);
	rows_build(report, model);
	panels_build(report, counts);
}
