// SPDX-License-Identifier: GPL-2.0-only
/* What a history tells. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "history.h"
#include "text.h"

static const char *value_text(double value, char *text)
{
	return value == floor(value) ? text_count(text, (uint64_t)value) : text_mean(text, value);
}

static size_t count_commits(const struct history_changes *changes)
{
	size_t commits = 0;

	for (size_t i = 0; i < changes->count; i++)
		commits += !i || strcmp(changes->list[i].entry->commit,
					changes->list[i - 1].entry->commit);
	return commits;
}

static void put_commit(const struct history_entry *entry)
{
	char text[160];

	snprintf(text, sizeof(text), "commit %s%s%s", entry->commit, entry->title ? ": " : "",
		 entry->title ? entry->title : "");
	printf("%s\n", text_clean(text));
	if (*measured_about(&entry->measured, "configuration", "results"))
		snprintf(text, sizeof(text), "  results of vtbench, %s",
			 measured_unit(&entry->measured));
	else
		snprintf(text, sizeof(text), "  %s, paging %s, io %s, %s",
			 measured_about(&entry->measured, "workload", "guest"),
			 measured_about(&entry->measured, "configuration", "paging"),
			 measured_about(&entry->measured, "configuration", "io"),
			 measured_unit(&entry->measured));
	printf("%s\n", text_clean(text));
}

static void put_change(struct table *table, const struct history_change *change)
{
	char title[FIGURE_KEY_MAX + 64], text[TEXT_NUMBER_MAX];
	double by = change->after - change->before;

	table_cell(table, "  %s", metrics[change->metric].name);
	table_cell(table, "%s", figure_title(&change->row, title, sizeof(title)));
	table_cell(table, "%s", value_text(change->before, text));
	table_cell(table, "%s", value_text(change->after, text));
	table_cell(table, "%s%s", by < 0 ? "-" : "+", value_text(fabs(by), text));
	if (change->before > 0)
		table_cell(table, "%+.2f %%", 100 * by / change->before);
	else
		table_cell(table, "new");
	table_cell(table, "%zu, %zu", change->of_before, change->of_after);
	if (change->p > 0)
		table_cell(table, "%.3g", change->p);
	else
		table_cell(table, "exact");
}

void history_print_text(const struct history *history, const struct history_changes *changes,
			const char *path)
{
	static const char *const columns[] = {
	    "<  figure", "<of", ">before", ">after", ">change", ">", "<commits", "<p", NULL};
	size_t commits = count_commits(changes);
	char text[TEXT_NUMBER_MAX];

	for (size_t i = 0; i < changes->count;) {
		const struct history_entry *entry = changes->list[i].entry;
		struct table *table = table_new(columns);

		put_commit(entry);
		for (; i < changes->count && changes->list[i].entry == entry; i++)
			put_change(table, &changes->list[i]);
		table_print(table, stdout);
	}
	printf("%s: %zu measurements in %zu group%s that can be compared, %s figures: ", path,
	       history->count, history->groups, history->groups == 1 ? "" : "s",
	       text_count(text, changes->series));
	if (changes->count)
		printf("%zu change%s, at %zu commit%s\n", changes->count,
		       changes->count == 1 ? "" : "s", commits, commits == 1 ? "" : "s");
	else
		printf("none changed\n");
}

static json_t *change_json(const struct history_change *change)
{
	json_t *object = json_new_object();
	const struct measured *measured = &change->entry->measured;

	json_put_text(object, "commit", change->entry->commit);
	json_put_text(object, "title", change->entry->title);
	json_put_text(object, "guest", measured_about(measured, "workload", "guest"));
	json_put_count(object, "group", change->entry->group);
	json_put_text(object, "phase", change->row.phase);
	json_put_text(object, "table", figure_tables[change->row.table].name);
	json_put_text(object, "key", change->row.key);
	json_put_text(object, "metric", metrics[change->metric].name);
	json_put_text(object, "unit",
		      metrics[change->metric].type == TYPE_TIME ? measured_unit(measured) : NULL);
	json_put_real(object, "before", change->before);
	json_put_real(object, "after", change->after);
	json_put_count(object, "commits_before", change->of_before);
	json_put_count(object, "commits_after", change->of_after);
	json_put(object, "p", change->p > 0 ? json_real(change->p) : json_null());
	return object;
}

void history_print_json(const struct history *history, const struct history_changes *changes,
			const char *path)
{
	json_t *root = json_new_object(), *list = json_new_array();

	json_put_text(root, "history", path);
	json_put_count(root, "measurements", history->count);
	json_put_count(root, "groups", history->groups);
	json_put_count(root, "series", changes->series);
	for (size_t i = 0; i < changes->count; i++)
		json_add(list, change_json(&changes->list[i]));
	json_put(root, "changes", list);
	json_print(root);
}
