/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/compare.h"

#include <math.h>
#include <string.h>

#define AT(field) offsetof(struct row, field)

static const struct column columns[] = {
    {"name", "ROW", 'n', 24, 0, CELL_NAME, AT(label), "what is compared"},
    {"count_a", "A COUNT", 'c', 11, 0, CELL_COUNT, AT(count), "how many in A"},
    {"count_b", "B COUNT", 's', 11, 0, CELL_COUNT, AT(b_count), "how many in B"},
    {"count_difference", "NUM B-A", 'd', 10, 2, CELL_DIFFERENCE, AT(count_difference),
     "how many more in B"},
    {"count_ratio", "NUM B/A", 'k', 8, 1, CELL_RATIO, AT(count_ratio),
     "so many times as many in B"},
    {"sum_a", "A TIME", 'u', 12, 4, CELL_TIME, AT(sum), "time in the VMM, A"},
    {"sum_b", "B TIME", 't', 12, 4, CELL_TIME, AT(b_sum), "time in the VMM, B"},
    {"sum_difference", "TIME B-A", 'f', 10, 3, CELL_DIFFERENCE, AT(sum_difference),
     "how much more time in B"},
    {"sum_ratio", "TIME B/A", 'o', 9, 2, CELL_RATIO, AT(sum_ratio), "so many times the time in B"},
    {"mean_a", "A MEAN", 'a', 9, 5, CELL_MEAN, AT(mean), "mean latency, A"},
    {"mean_b", "B MEAN", 'm', 9, 5, CELL_MEAN, AT(b_mean), "mean latency, B"},
    {"mean_ratio", "MEAN B/A", 'x', 9, 3, CELL_RATIO, AT(mean_ratio),
     "so many times the mean in B"},
    {"p50_a", "A P50", '5', 8, 7, CELL_QUANTILE, AT(p50), "median latency, A"},
    {"p50_b", "B P50", '6', 8, 7, CELL_QUANTILE, AT(b_p50), "median latency, B"},
    {"p99_a", "A P99", '8', 8, 6, CELL_QUANTILE, AT(p99), "99th percentile, A"},
    {"p99_b", "B P99", '9', 8, 6, CELL_QUANTILE, AT(b_p99), "99th percentile, B"},
};

/** The same as views[] in all but the columns. */
#define COMPARE(number_, name_, title_, key_, table_)                                              \
	[number_] = {.number = (number_),                                                          \
		     .compares = true,                                                             \
		     .name = (name_),                                                              \
		     .title = (title_),                                                            \
		     .rows = "rows",                                                               \
		     .all = "all",                                                                 \
		     .key = (key_),                                                                \
		     .table = (table_),                                                            \
		     .column = columns,                                                            \
		     .columns = sizeof(columns) / sizeof(columns[0]),                              \
		     .sort = "sum_difference"}

const struct view compares[VIEWS] = {
    COMPARE(VIEW_EXITS, "exits", "exits by reason", 'E', TABLE_REASON),
    COMPARE(VIEW_FLUSHES, "flushes", "TLB flushes by kind and cause", 'T', TABLE_FLUSH),
    COMPARE(VIEW_MEMORY, "memory", "EPT violations and shadow faults", 'M', TABLE_MEMORY),
    COMPARE(VIEW_IO, "io", "I/O by device", 'D', TABLE_IO),
    COMPARE(VIEW_HOT, "hot", "exits by guest code", 'G', TABLE_RIP),
    COMPARE(VIEW_CR3, "cr3", "exits by guest CR3", 'C', TABLE_CR3),
    COMPARE(VIEW_VMS, "vms", "exits by vCPU", 'V', TABLE_VCPU),
    COMPARE(VIEW_PHASES, "phases", "exits by the guest's phases", 'P', TABLE_PHASE),
};

/** The figures of B beside those of A. */
static void set_b(struct row *row, const struct row *b, enum table table)
{
	row->b_number = b->number;
	row->b_number2 = b->number2;
	row->b_count = b->count;
	row->b_sum = b->sum;
	row->b_exits = row_exits(b, table);
	row->b_p50 = b->p50;
	row->b_p99 = b->p99;
}

/** One name for what may have two. */
static void set_label(struct row *row, const struct row *from)
{
	snprintf(row->label, sizeof(row->label), "%.38s%s%.22s", from->label,
		 from->what[0] ? " " : "", from->what);
	row->what[0] = '\0';
}

static const struct row *find(const struct report *report, const struct row *like)
{
	for (size_t i = 0; i < report->rows; i++)
		if (strcmp(report->row[i].label, like->label) == 0 &&
		    strcmp(report->row[i].what, like->what) == 0)
			return &report->row[i];
	return NULL;
}

static void add_row(struct report *into, const struct row *a, const struct row *b)
{
	struct row *row = &into->row[into->rows];

	if (into->rows == REPORT_ROWS) {
		row = &into->rest; /* two full tables with nothing in common */
		row->count += a ? a->count : 0;
		row->sum += a ? a->sum : 0;
		row->b_count += b ? b->count : 0;
		row->b_sum += b ? b->sum : 0;
		return;
	}
	memset(row, 0, sizeof(*row));
	if (a)
		*row = *a;
	if (b)
		set_b(row, b, into->view->table);
	set_label(row, a ? a : b);
	row_derive(row, into);
	into->rows++;
}

void compare_keys(const struct row *row, struct detail_key key[2])
{
	key[0] = key[1] = (struct detail_key){row->number, row->number2, row->whole};
	if (row->whole || !row->b_count)
		return;
	key[1] = (struct detail_key){row->b_number, row->b_number2, false};
	if (!row->count)
		key[0] = key[1];
}

void compare_build(struct report *into, const struct report *a, const struct report *b)
{
	*into = *a;
	into->view = &compares[a->view->number];
	into->rows = 0;
	into->has_host = false;
	into->same_unit = strcmp(a->unit, b->unit) == 0;
	into->lost = a->lost + b->lost;
	set_b(&into->all, &b->all, into->view->table);
	set_b(&into->rest, &b->rest, into->view->table);
	for (size_t i = 0; i < a->rows; i++)
		add_row(into, &a->row[i], find(b, &a->row[i]));
	for (size_t i = 0; i < b->rows; i++)
		if (!find(a, &b->row[i]))
			add_row(into, NULL, &b->row[i]);
	row_derive(&into->all, into);
	row_derive(&into->rest, into);
}
