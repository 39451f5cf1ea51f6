/* SPDX-License-Identifier: GPL-2.0-only */
/* Sampling: from events to totals and intervals. */
#include "tools/vmtop/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double model_host_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/** The frequency: the env names it, else the VM's first record does. */
static uint64_t find_hz(struct model *model)
{
	const char *text = vts_source_env(model->source, "hz");
	uint64_t hz = text ? strtoull(text, NULL, 10) : 0;

	if (!hz && model->stats.started)
		hz = model->stats.start.vm_start.hz;
	if (!hz && model->next < model->count &&
	    model->event[model->next].kind == VTS_KIND_VM_START)
		hz = model->event[model->next].vm_start.hz;
	return hz;
}

static struct model *model_new(struct vts_source *source, const struct symbols *symbols,
			       struct vts_error *error)
{
	struct model *model = source ? calloc(1, sizeof(*model)) : NULL;

	if (!source)
		return NULL; /* error says why */
	if (!model || vts_stats_init(&model->stats) < 0 || collect_init(&model->collect) < 0) {
		snprintf(error->text, sizeof(error->text),
			 "out of memory: end other programs and try again");
		free(model);
		vts_source_close(source);
		return NULL;
	}
	model->source = source;
	model->collect.symbols = symbols;
	return model;
}

static void set_name(struct model *model, const char *fallback)
{
	const char *name = vts_source_env(model->source, "name");

	snprintf(model->name, sizeof(model->name), "%s", name && *name ? name : fallback);
}

static struct model *attach(struct vts_source *source, const char *name,
			    const struct symbols *symbols, double now, struct vts_error *error)
{
	struct model *model = model_new(source, symbols, error);

	if (!model)
		return NULL;
	set_name(model, name);
	model->live = true;
	model->next_step = UINT64_MAX;
	model_pump(model, UINT64_MAX, now + 0.5);
	collect_note_backlog(&model->collect);
	model->hz = find_hz(model);
	model->start_clock = model->base_clock = now;
	model_tick(model, now);
	model->intervals = 0;
	return model;
}

struct model *model_attach(const char *name, const struct symbols *symbols, double now,
			   struct vts_error *error)
{
	return attach(vts_source_attach(name, error), name ? name : "vm", symbols, now, error);
}

struct model *model_kvm(const struct vts_kvm_options *options, const struct symbols *symbols,
			double now, struct vts_error *error)
{
	struct vts_source *source = vts_source_open_kvm(options, error);
	const char *name = source ? vts_source_env(source, "guest") : NULL;

	return attach(source, name ? name : "kvm", symbols, now, error);
}

/** At the beginning of a recorded trace. */
static void begin_trace(struct model *model)
{
	model_peek(model, &model->origin);
	model->hz = find_hz(model);
	model->next_step = model_interval_end(model, model->origin, model->step);
}

struct model *model_replay(const char *path, const struct symbols *symbols, double step,
			   struct vts_error *error)
{
	struct model *model = model_new(vts_source_open_dir(path, error), symbols, error);

	if (!model)
		return NULL;
	set_name(model, path);
	model->path = strdup(path); /* without memory for it, it cannot be gone back to */
	model->step = step;
	begin_trace(model);
	return model;
}

int model_rewind(struct model *model, struct vts_error *error)
{
	struct model *fresh =
	    model->path ? model_replay(model->path, model->collect.symbols, model->step, error)
			: NULL;
	struct model former = *model;

	if (!fresh)
		return -1;
	*model = *fresh;
	*fresh = former; /* whoever has the model's address keeps it */
	model_close(fresh);
	return 0;
}

void model_close(struct model *model)
{
	if (!model)
		return;
	collect_free(&model->collect);
	vts_stats_free(&model->stats);
	vts_source_close(model->source);
	free(model->path);
	free(model);
}

struct model *model_copy(const struct model *model)
{
	struct model *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *model;
	memset(copy->stats.reason, 0, sizeof(copy->stats.reason)); /* the original's */
	copy->stats.phases = 0;
	if (collect_copy(&copy->collect, &model->collect) == 0)
		return copy;
	free(copy);
	return NULL;
}

void model_copy_free(struct model *copy)
{
	if (copy)
		collect_free(&copy->collect);
	free(copy);
}

static bool refill(struct model *model)
{
	if (model->next < model->count)
		return true;
	model->next = 0;
	model->count = vts_source_read(model->source, model->event, MODEL_BATCH);
	model->read += model->count;
	return model->count > 0;
}

bool model_peek(struct model *model, uint64_t *tsc)
{
	if (!refill(model))
		return false;
	*tsc = model->event[model->next].tsc;
	return true;
}

/** The phase that the guest is in. The statistics keep the first few phases only. */
static void note_phase(struct model *model, const struct vts_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind != VTS_KIND_MARK)
			continue;
		if (events[i].how == VTS_MARK_BEGIN)
			model->phase = events[i];
		else if (events[i].how == VTS_MARK_END && events[i].reason == model->phase.reason)
			model->phase.kind = 0;
	}
}

static bool pump(struct model *model, uint64_t limit, double deadline)
{
	while (refill(model)) {
		size_t end = model->next;

		while (end < model->count && (limit == UINT64_MAX || model->event[end].tsc < limit))
			end++;
		if (vts_stats_add(&model->stats, model->event + model->next, end - model->next) < 0)
			model->out_of_memory = true;
		collect_add(&model->collect, model->event + model->next, end - model->next);
		note_phase(model, model->event + model->next, end - model->next);
		model->next = end;
		if (end < model->count)
			return true;
		if (model_host_clock() >= deadline)
			return false;
	}
	return true;
}

uint64_t model_interval_end(const struct model *model, uint64_t tsc, double seconds)
{
	double units = seconds * (double)model->hz;
	uint64_t step, number;

	if (!(units >= 1) || units >= 0x1p63)
		return UINT64_MAX;
	step = (uint64_t)units;
	number = tsc > model->origin ? (tsc - model->origin) / step : 0;
	if (__builtin_mul_overflow(number + 1, step, &step) ||
	    __builtin_add_overflow(model->origin, step, &step))
		return UINT64_MAX;
	return step;
}

/** Close the steps that end up to @tsc; those without events in them are steps too. */
static void close_steps(struct model *model, uint64_t tsc)
{
	uint64_t next = model_interval_end(model, tsc, model->step);
	uint64_t units = (uint64_t)(model->step * (double)model->hz);
	uint64_t steps = (next - model->next_step) / units;

	if (next == UINT64_MAX)
		steps = 1;
	if (steps > ITEM_SERIES) /* more are not kept */
		steps = ITEM_SERIES;
	for (; steps; steps--)
		collect_step(&model->collect, model->step);
	model->next_step = next;
}

bool model_pump(struct model *model, uint64_t limit, double deadline)
{
	uint64_t tsc;

	while (model->next_step < limit) {
		if (!pump(model, model->next_step, deadline))
			return false;
		if (!model_peek(model, &tsc))
			return true;
		if (tsc >= limit) /* the step goes on, or it ends within the limit */
			tsc = limit - 1;
		if (tsc >= model->next_step)
			close_steps(model, tsc);
		else
			break;
	}
	return pump(model, limit, deadline);
}

bool model_ended(const struct model *model)
{
	return model->next == model->count && vts_source_ended(model->source);
}

static void close_last_step(struct model *model)
{
	double begin = 0, end = model_trace_seconds(model, model->stats.last_tsc);

	if (model->finished)
		return;
	model->finished = true;
	if (model->next_step != UINT64_MAX)
		begin = model_trace_seconds(model, model->next_step) - model->step;
	if (end > begin)
		collect_step(&model->collect, end - begin);
}

void model_unsettle(struct model *model)
{
	model->settled = false;
}

void model_tick(struct model *model, double now)
{
	struct window *base = &model->base, *last = &model->last;
	const struct vts_stats *stats = &model->stats;

	if (model->settled)
		return;
	vts_counts_subtract(&last->counts, &stats->total, &base->counts);
	base->counts = stats->total;
	collect_tick(&model->collect);
	model->out_of_memory |= model->collect.out_of_memory;
	last->lost = vts_source_lost(model->source) - base->lost;
	base->lost += last->lost;
	last->seconds = fmax(0, now - model->base_clock); /* a trace's clock can be damaged */
	model->base_clock = model->now_clock = now;
	if (model->live)
		collect_step(&model->collect, last->seconds);
	model->intervals++;
	if (!model->hz)
		model->hz = find_hz(model);
	model->settled = model_ended(model);
	if (model->settled && !model->live) /* the last step is shorter */
		close_last_step(model);
}

void model_note_clock(struct model *model)
{
	double now =
	    model->live ? model_host_clock() : model_trace_seconds(model, model->stats.last_tsc);

	if (!model->settled && now > model->now_clock)
		model->now_clock = now;
}

double model_trace_seconds(const struct model *model, uint64_t tsc)
{
	uint64_t origin = model->origin;

	return model->hz && tsc > origin ? (double)(tsc - origin) / (double)model->hz : 0;
}
