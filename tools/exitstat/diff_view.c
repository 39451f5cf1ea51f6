// SPDX-License-Identifier: GPL-2.0-only
/* What exitstat diff prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "diff.h"
#include "text.h"
#include "trace/names.h"

/** An event in a few words. */
static void describe(char *text, size_t size, bool has, const struct vts_event *event)
{
	char kind[12], reason[12], tsc[TEXT_NUMBER_MAX];

	if (!has) {
		snprintf(text, size, "the end of the trace");
		return;
	}
	snprintf(
	    text, size, "%s, reason %s, at %s",
	    vts_name_or_number(vts_kind_name(event->kind), event->kind, kind),
	    vts_name_or_number(vts_reason_name(event->kind, event->reason), event->reason, reason),
	    text_count(tsc, event->tsc));
}

static void print_subjects(const struct diff *diff)
{
	static const char *const columns[] = {"<configuration", "<A", "<B", NULL};
	const struct vts_source *a = diff->side[0].source, *b = diff->side[1].source;
	struct table *table = table_new(columns);

	for (size_t i = 0; diff_subjects[i]; i++) {
		const char *key = diff_subjects[i], *x = diff_value(a, key),
			   *y = diff_value(b, key);

		if (!strcmp(x, y))
			continue;
		table_cell(table, "%s", key);
		table_cell(table, "%s", x);
		table_cell(table, "%s", y);
	}
	table_print(table, stdout);
}

/** b - a, with its sign. */
static const char *text_difference(char *text, size_t size, const struct diff_row *row)
{
	char number[TEXT_NUMBER_MAX];

	if (row->a == row->b)
		snprintf(text, size, "0");
	else
		snprintf(text, size, "%c%s", row->b > row->a ? '+' : '-',
			 text_count(number, row->b > row->a ? row->b - row->a : row->a - row->b));
	return text;
}

static void print_rows(const struct diff *diff, const struct diff_rows *rows)
{
	static const char *const columns[] = {"<what",	     "<key",  "<figure", ">A", ">B",
					      ">difference", ">of A", "<",	 NULL};
	struct table *table = table_new(columns);
	char text[TEXT_NUMBER_MAX + 1];

	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->list[i];
		double change = row->a ? ((double)row->b - (double)row->a) / (double)row->a : 0;

		if (row->a == row->b && !diff->all)
			continue;
		table_cell(table, "%s", row->table);
		table_cell(table, "%s", row->key);
		table_cell(table, "%s", row->measure);
		table_count(table, row->a);
		table_count(table, row->b);
		table_cell(table, "%s", text_difference(text, sizeof(text), row));
		if (row->a)
			table_cell(table, "%+.2f %%", 100 * change);
		else
			table_cell(table, "new");
		table_cell(table, "%s", row->time ? vts_source_unit(diff->side[0].source) : "");
	}
	table_print(table, stdout);
}

/** Runs that repeat say what changed; of others, one a side says only what was seen. */
static const char *caveat(const struct diff *diff)
{
	if (!strcmp(vts_source_unit(diff->side[0].source), "instr"))
		return "";
	return " One run a side: whether it would be so again is uncertain; give several, with -- "
	       "between.";
}

static void print_causes(const struct diff *diff)
{
	const struct measured *a = &diff->side[0].measured, *b = &diff->side[1].measured;
	char *text = causes_sentence(a, b, diff->phase);

	printf("%s%s\n", text, caveat(diff));
	free(text);
	causes_print(a, b, diff->phase, diff->all);
	puts("every figure that differs");
}

void diff_print_text(const struct diff *diff, const struct diff_rows *rows, bool equal)
{
	char a[128], b[128], number[TEXT_NUMBER_MAX];
	const struct tally *tally = &diff->side[0].tally;

	printf("A: %s\nB: %s\n", diff->side[0].dir, diff->side[1].dir);
	print_subjects(diff);
	if (vts_source_lost(diff->side[0].source) || vts_source_lost(diff->side[1].source))
		puts("events were LOST: this compares only what was recorded");
	if (!equal)
		print_causes(diff);
	print_rows(diff, rows);
	if (diff->differ && !tally->phase) {
		describe(a, sizeof(a), diff->has[0], &diff->event[0]);
		describe(b, sizeof(b), diff->has[1], &diff->event[1]);
		printf("first difference: event %s: %s, against %s\n",
		       text_count(number, diff->index), a, b);
	}
	if (equal)
		printf("equal: %s events%s\n", text_count(number, tally->stats.total.events),
		       tally->phase ? " in the phase, by their figures" : ", each with its time");
	else
		puts("different");
}

static json_t *event_json(bool has, const struct vts_event *event)
{
	char text[12];
	json_t *object;

	if (!has)
		return json_null();
	object = json_new_object();
	json_put_text(object, "kind",
		      vts_name_or_number(vts_kind_name(event->kind), event->kind, text));
	json_put_text(
	    object, "reason",
	    vts_name_or_number(vts_reason_name(event->kind, event->reason), event->reason, text));
	json_put_count(object, "tsc", event->tsc);
	json_put_count(object, "exit_tsc", event->exit_tsc);
	return object;
}

static json_t *rows_json(const struct diff *diff, const struct diff_rows *rows)
{
	json_t *array = json_new_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->list[i];
		json_t *object;

		if (row->a == row->b && !diff->all)
			continue;
		object = json_new_object();
		json_put_text(object, "table", row->table);
		json_put_text(object, "key", row->key);
		json_put_text(object, "figure", row->measure);
		json_put_text(object, "unit",
			      row->time ? vts_source_unit(diff->side[0].source) : NULL);
		json_put_count(object, "a", row->a);
		json_put_count(object, "b", row->b);
		json_add(array, object);
	}
	return array;
}

void diff_print_json(const struct diff *diff, const struct diff_rows *rows, bool equal)
{
	const struct measured *a = &diff->side[0].measured, *b = &diff->side[1].measured;
	json_t *root = json_new_object(), *first;
	char *sentence;

	json_put_text(root, "a", diff->side[0].dir);
	json_put_text(root, "b", diff->side[1].dir);
	json_put_text(root, "unit", vts_source_unit(diff->side[0].source));
	json_put_bool(root, "equal", equal);
	json_put_count(root, "lost_a", vts_source_lost(diff->side[0].source));
	json_put_count(root, "lost_b", vts_source_lost(diff->side[1].source));
	json_put(root, "env_a", json_env(diff->side[0].source));
	json_put(root, "env_b", json_env(diff->side[1].source));
	if (diff->differ) {
		first = json_new_object();
		json_put_count(first, "index", diff->index);
		json_put(first, "a", event_json(diff->has[0], &diff->event[0]));
		json_put(first, "b", event_json(diff->has[1], &diff->event[1]));
		json_put(root, "first_difference", first);
	} else {
		json_put(root, "first_difference", json_null());
	}
	sentence = causes_sentence(a, b, diff->phase);
	json_put_text(root, "summary", sentence);
	free(sentence);
	json_put(root, "causes", causes_json(a, b, diff->phase, diff->all));
	json_put(root, "rows", rows_json(diff, rows));
	json_print(root);
}
