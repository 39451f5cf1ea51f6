// SPDX-License-Identifier: GPL-2.0-only
/* A gate's findings for people: on a terminal, and as Markdown. */
#include <math.h>
#include <string.h>

#include "gate.h"
#include "text.h"

#define SHOWN_MAX 20

static const char *const outcome_names[OUTCOMES] = {"pass", "better", "uncertain", "WORSE"};

/** The first of the list, which are the worst. Returns how many were left out. */
static size_t shown(const struct gate *gate, size_t *count)
{
	size_t all = 0;

	while (all < gate->count && judged_shown(&gate->list[all]))
		all++;
	*count = all < SHOWN_MAX ? all : SHOWN_MAX;
	return all - *count;
}

static const char *value_text(const struct judged *judged, double value, char *text)
{
	if (judged->metric == METRIC_MEAN || value != floor(value))
		return text_mean(text, value);
	return text_count(text, (uint64_t)value);
}

/** "+3", "+3.00 %" */
static void change_texts(const struct judged *judged, char *change, char *share)
{
	char number[TEXT_NUMBER_MAX];
	double by = judged->b - judged->a;

	sprintf(change, "%s%s", by < 0 ? "-" : "+", value_text(judged, fabs(by), number));
	if (judged->a > 0)
		snprintf(share, TEXT_NUMBER_MAX, "%+.2f %%", 100 * by / judged->a);
	else
		strcpy(share, "new");
}

/** "+1 to +5", of what changed; "" where that is not known. */
static void interval_text(const struct judged *judged, char *text, size_t size)
{
	*text = '\0';
	if (judged->interval.known)
		snprintf(text, size, "%+.6g to %+.6g", judged->interval.low, judged->interval.high);
}

/** What a row is of, without its phase. */
static void row_text(const struct figure_row *row, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", figure_tables[row->table].name, *row->key ? " " : "",
		 row->key);
	text_clean(text);
}

void gate_print_text(const struct gate *gate, FILE *file)
{
	static const char *const columns[] = {
	    "<",       "<phase", "<of",	     "<figure",		 ">was", ">is",
	    ">change", ">",	 ">allowed", "<95 % confidence", NULL};
	static const char *const exact[] = {"<",   "<phase",  "<of", "<figure",	 ">was",
					    ">is", ">change", ">",   ">allowed", NULL};
	struct table *table = table_new(gate->now.exact ? exact : columns);
	char text[512], change[TEXT_NUMBER_MAX + 1], share[TEXT_NUMBER_MAX];
	size_t count, left = shown(gate, &count);

	for (size_t i = 0; i < count; i++) {
		const struct judged *judged = &gate->list[i];

		table_cell(table, "%s", outcome_names[judged->outcome]);
		table_cell(table, "%s", judged->row.phase);
		row_text(&judged->row, text, sizeof(text));
		table_cell(table, "%s", text);
		table_cell(table, "%s", metrics[judged->metric].name);
		table_cell(table, "%s", value_text(judged, judged->a, share));
		table_cell(table, "%s", value_text(judged, judged->b, share));
		change_texts(judged, change, share);
		table_cell(table, "%s", change);
		table_cell(table, "%s", share);
		table_cell(table, "%.6g", judged->allowed);
		interval_text(judged, text, sizeof(text));
		if (!gate->now.exact)
			table_cell(table, "%s", text);
	}
	table_print(table, file);
	if (left)
		fprintf(file, "... and %zu more; --format json has all\n", left);
	if (gate->changed)
		fprintf(file, "%s\n", gate->changed);
	fprintf(file, "%s: %s\n", gate_verdict(gate), gate_sentence(gate, text, sizeof(text)));
}

/** Text that came from a file, as Markdown that stays text. */
static void put_markdown(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|~&", *text))
			fputc('\\', file);
		fputc(*text < ' ' ? ' ' : *text, file);
	}
}

static void print_markdown_rows(const struct gate *gate, FILE *file)
{
	char text[512], change[TEXT_NUMBER_MAX + 1], share[TEXT_NUMBER_MAX];
	char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX];
	size_t count, left = shown(gate, &count);

	if (!count)
		return;
	fprintf(file, "| | phase | of | figure | was | is | change | | allowed |%s\n",
		gate->now.exact ? "" : " 95 % confidence |");
	fprintf(file, "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |%s\n",
		gate->now.exact ? "" : " --- |");
	for (size_t i = 0; i < count; i++) {
		const struct judged *judged = &gate->list[i];

		fprintf(file, "| %s | ", outcome_names[judged->outcome]);
		put_markdown(file, judged->row.phase);
		fputs(" | ", file);
		row_text(&judged->row, text, sizeof(text));
		put_markdown(file, text);
		change_texts(judged, change, share);
		fprintf(file, " | %s | %s | %s | %s | %s | %.6g |", metrics[judged->metric].name,
			value_text(judged, judged->a, a), value_text(judged, judged->b, b), change,
			share, judged->allowed);
		interval_text(judged, text, sizeof(text));
		if (!gate->now.exact)
			fprintf(file, " %s |", text);
		fputs("\n", file);
	}
	if (left)
		fprintf(file, "\n... and %zu more.\n", left);
	fputs("\n", file);
}

void gate_print_markdown(const struct gate *gate, FILE *file)
{
	char text[512];

	fprintf(file, "### exitstat gate: %s\n\n", gate_verdict(gate));
	put_markdown(file, gate_sentence(gate, text, sizeof(text)));
	fputs("\n\n", file);
	if (*gate->why)
		return;
	if (gate->changed) {
		put_markdown(file, gate->changed);
		fputs("\n\n", file);
	}
	print_markdown_rows(gate, file);
	fputs("<details><summary>What was compared</summary>\n\n- baseline: ", file);
	put_markdown(file, gate->baseline);
	fputs("\n- now: ", file);
	put_markdown(file, gate->trace);
	fprintf(file, "\n- times in %s; engine ", measured_unit(&gate->now));
	put_markdown(file, measured_about(&gate->now, "engine", "engine"));
	fputs(" ", file);
	put_markdown(file, measured_about(&gate->now, "engine", "engine_version"));
	fputs("; compiler ", file);
	put_markdown(file, measured_about(&gate->now, "", "compiler"));
	fprintf(file, "\n- %zu figures: %zu worse, %zu uncertain, %zu better\n\n</details>\n",
		gate->count, gate->of[OUTCOME_WORSE], gate->of[OUTCOME_UNCERTAIN],
		gate->of[OUTCOME_BETTER]);
}
