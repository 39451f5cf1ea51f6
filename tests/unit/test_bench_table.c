// SPDX-License-Identifier: GPL-2.0-only
/* Tables as text, Markdown and JSON. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/table.h"

static const struct vtb_column columns[] = {
    {"name", "name", "", 0, NULL},
    {"cost", "cost", "@/op", 1, NULL},
    {"less", "against", "times less", 1, "x less"},
    {"why", "why", "", 0, NULL},
};

static struct vtb_table make(void)
{
	return vtb_table_make("costs", "Costs", "instr", columns, 4, "A note.");
}

static char *printed(const struct vtb_table *table, enum vtb_form form)
{
	char *text = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);

	vtb_table_print(table, form, memory);
	fclose(memory);
	return text;
}

static void fill(struct vtb_table *table)
{
	json_t *row = vtb_table_add(table, json_object());

	vtb_row_text(row, "name", "cpuid");
	vtb_row_number(row, "cost", 18234.56);
	vtb_row_number(row, "less", 5.06);
	vtb_row_text(row, "why", "it exits");
	row = vtb_table_add(table, json_object());
	vtb_row_text(row, "name", "null");
	vtb_row_number(row, "cost", 2);
	vtb_row_number(row, "less", NAN);
}

Test(bench_table, text)
{
	struct vtb_table table = make();
	char *text;

	fill(&table);
	text = printed(&table, VTB_TEXT);
	cr_assert_str_eq(text, "Costs\n"
			       "\n"
			       "name       cost     against  why\n"
			       "       instr/op  times less\n"
			       "cpuid  18,234.6   5.1x less  it exits\n"
			       "null        2.0           -  -\n"
			       "\n"
			       "A note.\n"
			       "\n");
	free(text);
	vtb_table_free(&table);
}

Test(bench_table, markdown)
{
	struct vtb_table table = make();
	char *text;

	fill(&table);
	text = printed(&table, VTB_MARKDOWN);
	cr_assert_str_eq(text, "### Costs\n"
			       "\n"
			       "| name | cost (instr/op) | against (times less) | why |\n"
			       "| --- | ---: | ---: | --- |\n"
			       "| cpuid | 18,234.6 | 5.1x less | it exits |\n"
			       "| null | 2.0 | - | - |\n"
			       "\n"
			       "A note.\n"
			       "\n");
	free(text);
	vtb_table_free(&table);
}

Test(bench_table, json_keeps_numbers_whole)
{
	struct vtb_table table = make();
	json_t *object = json_object();
	const json_t *rows, *units;

	fill(&table);
	vtb_table_to_json(&table, object);
	rows = json_object_get(json_object_get(object, "costs"), "rows");
	units = json_object_get(json_object_get(object, "costs"), "units");
	cr_assert_eq(json_array_size(rows), 2);
	cr_assert_eq(json_real_value(json_object_get(json_array_get(rows, 0), "cost")), 18234.56);
	cr_assert_null(json_object_get(json_array_get(rows, 1), "less"));
	cr_assert_str_eq(json_string_value(json_object_get(units, "cost")), "instr/op");
	json_decref(object);
	vtb_table_free(&table);
}

Test(bench_table, a_long_last_column_is_wrapped)
{
	struct vtb_table table = make();
	json_t *row = vtb_table_add(&table, json_object());
	char why[401] = "";
	char *text;

	for (unsigned i = 0; i < 40; i++)
		strcat(why, "reason 1, ");
	vtb_row_text(row, "name", "x");
	vtb_row_text(row, "why", why);
	text = printed(&table, VTB_TEXT);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), VTB_TABLE_WIDTH, "%s", line);
	free(text);
	vtb_table_free(&table);
}

Test(bench_table, a_last_column_without_room_still_ends)
{
	struct vtb_table table = make();
	json_t *row = vtb_table_add(&table, json_object());
	char name[120];
	char *text;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	vtb_row_text(row, "name", name);
	vtb_row_text(row, "why",
		     "a reason of some length, and a_word_that_is_longer_than_a_line_would_be");
	text = printed(&table, VTB_TEXT);
	cr_assert(strstr(text, "a reason of some"));
	cr_assert(strstr(text, "would_be\n"));
	free(text);
	vtb_table_free(&table);
}

Test(bench_table, no_rows_no_table)
{
	struct vtb_table table = make();
	char *text = printed(&table, VTB_TEXT);

	cr_assert_str_eq(text, "");
	free(text);
	vtb_table_free(&table);
}

Test(bench_table, numbers)
{
	static const struct {
		double value;
		int decimals;
		const char *text;
	} cases[] = {
	    {0, 0, "0"},
	    {999, 0, "999"},
	    {1000, 0, "1,000"},
	    {1234567.891, 2, "1,234,567.89"},
	    {-1234.5, 1, "-1,234.5"},
	    {-0.01, 1, "0.0"},
	    {0.999, 3, "0.999"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[64];

		vtb_number_text(cases[i].value, cases[i].decimals, text, sizeof(text));
		cr_assert_str_eq(text, cases[i].text);
	}
}
