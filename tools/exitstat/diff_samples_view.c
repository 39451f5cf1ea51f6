// SPDX-License-Identifier: GPL-2.0-only
/* What exitstat diff prints of several runs a side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "diff_samples.h"
#include "text.h"

#define NAMED	      3	 /* changes that the sentence names */
#define UNCERTAIN_MAX 10 /* rows shown of what is uncertain */

static const char *const finding_names[FINDINGS] = {"same", "uncertain", "changed"};

static const char *interval_text(const struct interval *interval, bool sign, char *text,
				 size_t size)
{
	if (interval->known)
		snprintf(text, size, sign ? "%+.6g to %+.6g" : "%.6g to %.6g", interval->low,
			 interval->high);
	else
		snprintf(text, size, "-");
	return text;
}

static void put_row(struct table *table, const struct compared *compared)
{
	const struct figure_row *row = &compared->row;
	char text[FIGURE_KEY_MAX + 32];

	table_cell(table, "%s", finding_names[compared->finding]);
	table_cell(table, "%s", row->phase);
	snprintf(text, sizeof(text), "%s%s%s", figure_tables[row->table].name, *row->key ? " " : "",
		 row->key);
	table_cell(table, "%s", text_clean(text));
	table_cell(table, "%s", metrics[compared->metric].name);
	for (size_t i = 0; i < 2; i++) {
		table_cell(table, "%.6g", compared->side[i].shift);
		table_cell(table, "%s",
			   interval_text(&compared->side[i], false, text, sizeof(text)));
	}
	table_cell(table, "%+.6g", compared->change.shift);
	if (compared->side[0].shift > 0)
		table_cell(table, "%+.2f %%",
			   100 * compared->change.shift / compared->side[0].shift);
	else
		table_cell(table, "-");
	table_cell(table, "%s", interval_text(&compared->change, true, text, sizeof(text)));
	table_cell(table, "%.2g", compared->q);
}

/** "sum of reason cpuid by +1346.5 cycles (+8.21 %; with 95 % confidence +552 to +2192)" */
static void put_change(FILE *out, const struct comparison *comparison,
		       const struct compared *compared)
{
	const char *unit = metrics[compared->metric].type == TYPE_TIME
			       ? measured_unit(&comparison->side[0])
			       : "in number";
	char title[FIGURE_KEY_MAX + 64], interval[64];

	fprintf(out, "%s of %s by %+.6g %s (", metrics[compared->metric].name,
		figure_title(&compared->row, title, sizeof(title)), compared->change.shift, unit);
	if (compared->side[0].shift > 0)
		fprintf(out, "%+.2f %%; ", 100 * compared->change.shift / compared->side[0].shift);
	fprintf(out, "with %.0f %% confidence %s)", 100 * DIFF_CONFIDENCE,
		interval_text(&compared->change, true, interval, sizeof(interval)));
}

/** What was found, in words; allocated. */
static char *sentence(const struct comparison *comparison)
{
	size_t changed = comparison->of[FINDING_CHANGED], size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_of_memory();
	if (!changed)
		fprintf(out, "No figure of %zu surely changed.", comparison->count);
	for (size_t i = 0; i < changed && i < NAMED; i++) {
		fputs(i ? ", " : "Changed: ", out);
		put_change(out, comparison, &comparison->list[i]);
	}
	if (changed > NAMED)
		fprintf(out, ", and %zu more", changed - NAMED);
	fprintf(out, "%s", changed ? "." : "");
	if (comparison->of[FINDING_UNCERTAIN])
		fprintf(out, " %zu are uncertain: record more runs, in turn.",
			comparison->of[FINDING_UNCERTAIN]);
	if (comparison->of[FINDING_SAME])
		fprintf(out, " %zu are the same within %.3g %%.", comparison->of[FINDING_SAME],
			100 * comparison->request->margin);
	if (fclose(out))
		die_of_memory();
	return text;
}

void comparison_print_text(const struct comparison *comparison, const char *verdict)
{
	static const char *const columns[] = {"<",
					      "<phase",
					      "<of",
					      "<figure",
					      ">A",
					      "<95 % confidence",
					      ">B",
					      "<95 % confidence",
					      ">change",
					      ">",
					      "<95 % confidence",
					      ">q",
					      NULL};
	struct table *table = table_new(columns);
	char *text = sentence(comparison);
	size_t uncertain = 0;

	for (size_t i = 0; i < 2; i++)
		printf("%c: %zu runs, the first %s\n", 'A' + (int)i, comparison->side[i].count,
		       comparison->side[i].title);
	printf("%s\n", text);
	for (size_t i = 0; i < comparison->count; i++) {
		enum finding finding = comparison->list[i].finding;

		if (comparison->request->all || finding == FINDING_CHANGED ||
		    (finding == FINDING_UNCERTAIN && uncertain++ < UNCERTAIN_MAX))
			put_row(table, &comparison->list[i]);
	}
	if (table_rows(table))
		printf("medians of runs; times in %s\n", measured_unit(&comparison->side[0]));
	table_print(table, stdout);
	if (uncertain > UNCERTAIN_MAX && !comparison->request->all)
		printf("... and %zu more that are uncertain; --all shows them\n",
		       uncertain - UNCERTAIN_MAX);
	puts(verdict);
	free(text);
}

static json_t *interval_json(const struct interval *interval)
{
	json_t *object = json_new_object();

	json_put_real(object, "median", interval->shift);
	json_put(object, "low", interval->known ? json_real(interval->low) : json_null());
	json_put(object, "high", interval->known ? json_real(interval->high) : json_null());
	return object;
}

static json_t *compared_json(const struct compared *compared)
{
	json_t *object = json_new_object();

	json_put_text(object, "phase", compared->row.phase);
	json_put_text(object, "table", figure_tables[compared->row.table].name);
	json_put_text(object, "key", compared->row.key);
	json_put_text(object, "figure", metrics[compared->metric].name);
	json_put(object, "a", interval_json(&compared->side[0]));
	json_put(object, "b", interval_json(&compared->side[1]));
	json_put(object, "change", interval_json(&compared->change));
	json_put_real(object, "p", compared->p);
	json_put_real(object, "q", compared->q);
	json_put_text(object, "finding", finding_names[compared->finding]);
	return object;
}

void comparison_print_json(const struct comparison *comparison, const char *verdict)
{
	const char *phase = comparison->request->phase;
	json_t *root = json_new_object(), *rows = json_new_array();
	char *text = sentence(comparison);

	json_put_text(root, "a", comparison->side[0].title);
	json_put_text(root, "b", comparison->side[1].title);
	json_put_count(root, "runs_a", comparison->side[0].count);
	json_put_count(root, "runs_b", comparison->side[1].count);
	json_put_text(root, "unit", measured_unit(&comparison->side[0]));
	json_put_real(root, "confidence", DIFF_CONFIDENCE);
	json_put_text(root, "verdict", verdict);
	json_put_text(root, "summary", text);
	for (size_t i = 0; i < FINDINGS; i++)
		json_put_count(root, finding_names[i], comparison->of[i]);
	json_put(root, "causes",
		 causes_json(&comparison->side[0], &comparison->side[1], phase ? phase : "",
			     comparison->request->all));
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->request->all || comparison->list[i].finding != FINDING_SAME)
			json_add(rows, compared_json(&comparison->list[i]));
	json_put(root, "rows", rows);
	json_print(root);
	free(text);
}
