// SPDX-License-Identifier: GPL-2.0-only
/* The sentences of a gate: every form of output has the same. */
#include <math.h>
#include <string.h>

#include "gate.h"
#include "text.h"

/** A value of a metric for people; means have places. */
static const char *value_text(enum metric metric, double value, char *text)
{
	double size = fabs(value);

	if (metric == METRIC_MEAN || size != floor(size))
		return text_mean(text, size);
	return text_count(text, (uint64_t)size);
}

static void change_text(const struct judged *judged, char *text, size_t size)
{
	char number[TEXT_NUMBER_MAX];
	double change = judged->b - judged->a;
	int used = snprintf(text, size, "%s%s", change < 0 ? "-" : "+",
			    value_text(judged->metric, change, number));

	if (judged->a > 0 && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", %+.2f %%", 100 * change / judged->a);
}

/** "; 95 % confidence: +2 to +9", where runs vary. */
static void interval_text(const struct gate *gate, const struct judged *judged, char *text,
			  size_t size)
{
	char low[TEXT_NUMBER_MAX], high[TEXT_NUMBER_MAX];
	const struct interval *interval = &judged->interval;

	*text = '\0';
	if (!gate->now.exact && interval->known)
		snprintf(text, size, "; with %.0f %% confidence %s%s to %s%s",
			 100 * GATE_CONFIDENCE, interval->low < 0 ? "-" : "+",
			 value_text(judged->metric, interval->low, low),
			 interval->high < 0 ? "-" : "+",
			 value_text(judged->metric, interval->high, high));
}

const char *judged_sentence(const struct gate *gate, const struct judged *judged, char *text,
			    size_t size)
{
	char title[FIGURE_KEY_MAX + 64], change[96], interval[160];
	char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX], allowed[TEXT_NUMBER_MAX];
	const char *unit =
	    metrics[judged->metric].type == TYPE_TIME ? measured_unit(&gate->now) : "";

	change_text(judged, change, sizeof(change));
	interval_text(gate, judged, interval, sizeof(interval));
	snprintf(text, size, "%s of %s: %s, was %s%s%s (%s)%s; allowed %s",
		 metrics[judged->metric].name, figure_title(&judged->row, title, sizeof(title)),
		 value_text(judged->metric, judged->b, b), value_text(judged->metric, judged->a, a),
		 *unit ? " " : "", unit, change, interval,
		 judged->allowed > 0 ? value_text(METRIC_MEAN, judged->allowed, allowed) : "none");
	return text_clean(text);
}

const char *gate_sentence(const struct gate *gate, char *text, size_t size)
{
	if (*gate->why)
		snprintf(text, size, "%s", gate->why);
	else if (gate->of[OUTCOME_WORSE])
		snprintf(
		    text, size,
		    "%zu of %zu figures are worse than %s allows: find the cause with exitstat "
		    "diff, or, if it is meant to be, exitstat baseline update",
		    gate->of[OUTCOME_WORSE], gate->count, gate->baseline);
	else if (gate->of[OUTCOME_UNCERTAIN])
		snprintf(text, size,
			 "%zu of %zu figures are uncertain: their change may or may not be within "
			 "what is allowed: record more repetitions, or allow more",
			 gate->of[OUTCOME_UNCERTAIN], gate->count);
	else if (gate->of[OUTCOME_BETTER])
		snprintf(text, size,
			 "%zu figures are within what %s allows, %zu of them better: hold the gain "
			 "with exitstat baseline update",
			 gate->count, gate->baseline, gate->of[OUTCOME_BETTER]);
	else
		snprintf(text, size, "%zu figures are within what %s allows", gate->count,
			 gate->baseline);
	return text;
}
