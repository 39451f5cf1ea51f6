// SPDX-License-Identifier: GPL-2.0-only
/* Judging a measurement against a baseline, figure by figure. */
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "gate.h"
#include "text.h"

/** Where runs vary: is the change surely above what is allowed, surely not, or neither? */
static enum outcome judge_interval(const struct interval *interval, double allowed,
				   enum rule_worse worse)
{
	if (!interval->known)
		return OUTCOME_UNCERTAIN;
	if (worse == WORSE_BOTH) {
		if (interval->low > allowed || interval->high < -allowed)
			return OUTCOME_WORSE;
		return interval->high <= allowed && interval->low >= -allowed ? OUTCOME_PASS
									      : OUTCOME_UNCERTAIN;
	}
	if (interval->low > allowed)
		return OUTCOME_WORSE;
	if (interval->high > allowed)
		return OUTCOME_UNCERTAIN;
	return interval->high < -allowed ? OUTCOME_BETTER : OUTCOME_PASS;
}

/** Change for the worse is up: an interval the other way round where it is down. */
static struct interval mirrored(struct interval interval)
{
	return (struct interval){interval.known, -interval.high, -interval.shift, -interval.low};
}

static void judge_figure(struct gate *gate, const struct figure_row *row, enum metric metric)
{
	struct rule *rule = rules_find(&gate->rules, row, metric);
	struct judged judged = {.row = *row, .metric = metric, .rule = rule};
	struct interval interval;
	struct samples a, b;

	if (!rule || rule->ignore)
		return;
	samples_of(&gate->before, row, metric, &a);
	samples_of(&gate->now, row, metric, &b);
	if (!a.count || !b.count) /* nothing to have a latency: the counts tell */
		return;
	rule->judged++;
	judged.a = samples_median(&a);
	judged.b = samples_median(&b);
	judged.allowed = rule_allows(rule, metric, gate->now.exact, judged.a);
	if (gate->now.exact) {
		double change = judged.b - judged.a;

		judged.interval = (struct interval){true, change, change, change};
	} else {
		judged.interval = samples_shift(&a, &b, GATE_CONFIDENCE);
	}
	interval = rule->worse == WORSE_DOWN ? mirrored(judged.interval) : judged.interval;
	judged.outcome = judge_interval(&interval, judged.allowed, rule->worse);
	gate->of[judged.outcome]++;
	gate->list[gate->count++] = judged;
}

/** How bad: by how much of the baseline. */
static double severity(const struct judged *judged)
{
	double change = fabs(judged->b - judged->a);

	return judged->a > 0 ? change / judged->a : change > 0 ? INFINITY : 0;
}

/** Sums of time come first: they say where it went. */
static bool is_total(const struct judged *judged)
{
	return judged->metric == METRIC_SUM || judged->metric == METRIC_VMM ||
	       judged->metric == METRIC_GUEST || judged->metric == METRIC_SPAN;
}

static int compare(const void *left, const void *right)
{
	const struct judged *a = left, *b = right;
	double x = is_total(a) ? fabs(a->b - a->a) : severity(a);
	double y = is_total(b) ? fabs(b->b - b->a) : severity(b);

	if (a->outcome != b->outcome)
		return a->outcome < b->outcome ? 1 : -1;
	if (is_total(a) != is_total(b))
		return is_total(a) ? -1 : 1;
	if (x != y)
		return x < y ? 1 : -1;
	if (figure_row_compare(&a->row, &b->row))
		return figure_row_compare(&a->row, &b->row);
	return (a->metric > b->metric) - (a->metric < b->metric);
}

static void cannot(struct gate *gate, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void cannot(struct gate *gate, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(gate->why, sizeof(gate->why), format, args);
	va_end(args);
}

/** A phase of the baseline that did not run now, or did other work, cannot be compared. */
static bool same_work(struct gate *gate, const struct figure_row *row)
{
	static const enum metric said[] = {METRIC_RUNS, METRIC_OPS};

	if (row->table != TABLE_RUN || !*row->phase)
		return true;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		double a = samples_median_of(&gate->before, row, said[i]);
		double b = samples_median_of(&gate->now, row, said[i]);

		if (a == b || (isnan(a) && isnan(b)))
			continue;
		if (isnan(a) || a == 0)
			cannot(
			    gate,
			    "phase %s is in %s, but not in %s: another workload: run the same, or "
			    "update the baseline",
			    row->phase, gate->trace, gate->baseline);
		else if (isnan(b) || b == 0)
			cannot(gate,
			       "phase %s is in %s, but not in %s: another workload, or it did not "
			       "end: "
			       "run the same, or update the baseline",
			       row->phase, gate->baseline, gate->trace);
		else
			cannot(
			    gate,
			    "phase %s has %s %.15g in %s, %.15g in %s: another workload: run the "
			    "same, or update the baseline",
			    row->phase, metrics[said[i]].name, a, gate->baseline, b, gate->trace);
		return false;
	}
	return true;
}

static bool has_phase(const struct figures *rows, const char *phase)
{
	for (size_t i = 0; i < rows->count; i++)
		if (!strcmp(rows->rows[i].phase, phase))
			return true;
	return false;
}

/** A rule that selects nothing judges nothing, which is not what its author believes. But what
 *  never happened, in either, happened as often. */
static void check_rules(struct gate *gate, const struct figures *rows)
{
	for (size_t i = 0; i < gate->rules.count && !*gate->why; i++) {
		const struct rule *rule = &gate->rules.list[i];

		if (rule->judged || rule->ignore || rule->metric < 0 || gate->rules_are_default)
			continue;
		if ((rule->any_phase || has_phase(rows, rule->phase)) &&
		    (rule->any_key || metrics[rule->metric].type == TYPE_COUNT ||
		     rule->metric == METRIC_SUM))
			continue;
		cannot(gate,
		       "rule '%s' selects no figure that both have: correct it, or compare with a "
		       "baseline that has one",
		       rule->text);
	}
}

static bool enough_runs(struct gate *gate)
{
	size_t a = gate->before.count, b = gate->now.count, need = 1;

	if (gate->now.exact || samples_suffice(a, b, GATE_CONFIDENCE))
		return true;
	while (need < MEASURED_RUNS_MAX && !samples_suffice(need, need, GATE_CONFIDENCE))
		need++;
	cannot(gate,
	       "too few repetitions: %zu in %s, %zu now: in %s runs vary, and %.0f %% confidence "
	       "takes %zu on each side: record more, in turn with the baseline's",
	       a, gate->baseline, b, measured_unit(&gate->now), 100 * GATE_CONFIDENCE, need);
	return false;
}

static bool has_functions(const struct measured *measured)
{
	for (size_t i = 0; i < measured->runs[0].count; i++)
		if (measured->runs[0].rows[i].table == TABLE_FUNCTION)
			return true;
	return false;
}

/** Figures by function are there if they were asked for, on both sides or on neither. */
static bool same_functions(struct gate *gate)
{
	bool before = has_functions(&gate->before), now = has_functions(&gate->now);

	if (before && !now)
		cannot(gate, "%s has figures by function: add --symbols FILE", gate->baseline);
	else if (now && !before)
		cannot(gate,
		       "%s has no figures by function: leave out --symbols, or update it with "
		       "--symbols",
		       gate->baseline);
	return before == now;
}

void gate_judge(struct gate *gate)
{
	struct figures all[2], rows;
	struct vts_error error;

	if (!measured_match(&gate->before, &gate->now, false, &error)) {
		cannot(gate, "%s", error.text);
		return;
	}
	if (!same_functions(gate) || !enough_runs(gate))
		return;
	figures_union(&all[0], gate->before.runs, gate->before.count);
	figures_union(&all[1], gate->now.runs, gate->now.count);
	figures_union(&rows, all, 2);
	gate->list = calloc(rows.count * METRICS + 1, sizeof(*gate->list));
	if (!gate->list)
		die_of_memory();
	for (size_t i = 0; i < rows.count && same_work(gate, &rows.rows[i]); i++)
		for (int m = 0; m < METRICS; m++)
			judge_figure(gate, &rows.rows[i], m);
	if (!*gate->why)
		check_rules(gate, &rows);
	if (!*gate->why && !gate->count)
		cannot(gate, "no rule selects any figure: correct the rules");
	if (gate->of[OUTCOME_WORSE] && has_phase(&rows, "")) /* results have phases only */
		gate->changed = causes_sentence(&gate->before, &gate->now, "");
	qsort(gate->list, gate->count, sizeof(*gate->list), compare);
	figures_free(&all[0]);
	figures_free(&all[1]);
	figures_free(&rows);
}

int gate_status(const struct gate *gate)
{
	if (*gate->why)
		return STATUS_FAILED;
	if (gate->of[OUTCOME_WORSE])
		return STATUS_NO;
	return gate->of[OUTCOME_UNCERTAIN] ? STATUS_FAILED : STATUS_OK;
}

const char *gate_verdict(const struct gate *gate)
{
	static const char *const verdicts[] = {
	    [STATUS_OK] = "pass", [STATUS_NO] = "regression", [STATUS_FAILED] = "cannot judge"};

	return verdicts[gate_status(gate)];
}

bool judged_shown(const struct judged *judged)
{
	return judged->outcome != OUTCOME_PASS;
}
