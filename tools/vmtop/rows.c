/* SPDX-License-Identifier: GPL-2.0-only */
/* From a table's items to the rows of a view. */
#include <math.h>
#include <string.h>

#include "tools/vmtop/views.h"

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

void row_add(struct row *into, const struct row *from)
{
	into->count += from->count;
	into->sum += from->sum;
	into->exits += from->exits;
	into->guest += from->guest;
	into->idle += from->idle;
	into->bytes += from->bytes;
	into->clear += from->clear;
	into->ops += from->ops;
	into->runs += from->runs;
	into->lost += from->lost;
	into->b_count += from->b_count;
	into->b_sum += from->b_sum;
	into->b_exits += from->b_exits;
	into->share += from->share;
	into->part += from->part;
	into->per_second += from->per_second;
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		into->host[i] += from->host[i];
}

/** The host's share; user space is the VM's own. */
static void derive_host(struct row *row)
{
	uint64_t taken = row->host[VTS_HOST_OFF_CPU] + row->host[VTS_HOST_HARD_IRQ] +
			 row->host[VTS_HOST_SOFT_IRQ];

	row->host_share = ratio(taken, row->sum);
	snprintf(row->why, sizeof(row->why), "%s", vts_host_why(row->sum, row->host));
}

uint64_t row_exits(const struct row *row, enum table table)
{
	bool apart = table == TABLE_IO || table == TABLE_FLUSH || table == TABLE_MEMORY;

	return apart ? row->exits : row->count;
}

static void derive_one(struct row *row, const struct report *report)
{
	enum table table = report->view->table;
	bool requests = table == TABLE_IO || table == TABLE_PHASE;
	uint64_t exits = row_exits(row, table);
	uint64_t each = table == TABLE_PHASE ? row->ops : row->count;
	uint64_t all = row->guest + row->sum + row->idle;

	row->mean = ratio(row->sum, exits);
	row->exits_each = requests && each ? (double)exits / (double)each : NAN;
	row->time_each = requests && each ? (double)row->sum / (double)each : NAN;
	if (table != TABLE_VCPU) /* which has a column for idle time */
		all -= row->idle;
	row->guest_share = ratio(row->guest, all);
	row->vmm_share = ratio(row->sum, all);
	row->idle_share = table == TABLE_VCPU ? ratio(row->idle, all) : 0;
	derive_host(row);
}

static double quotient(double above, double below)
{
	return below > 0 ? above / below : NAN;
}

/** How B stands to A. */
static void derive_comparison(struct row *row, const struct report *report)
{
	row->mean = ratio(row->sum, row_exits(row, report->view->table));
	row->b_mean = ratio(row->b_sum, row->b_exits);
	row->count_difference = (double)row->b_count - (double)row->count;
	row->count_ratio = quotient((double)row->b_count, (double)row->count);
	row->sum_difference = row->sum_ratio = row->mean_ratio = NAN;
	if (!report->same_unit)
		return;
	row->sum_difference = (double)row->b_sum - (double)row->sum;
	row->sum_ratio = quotient((double)row->b_sum, (double)row->sum);
	row->mean_ratio = quotient(row->b_mean, row->mean);
}

void row_derive(struct row *row, const struct report *report)
{
	if (report->view->compares) {
		derive_comparison(row, report);
		return;
	}
	derive_one(row, report);
}

static void fill_latency(struct row *row, const struct vts_hist *hist)
{
	if (!hist || !hist->count)
		return;
	row->min = hist->min;
	row->p50 = vts_hist_percentile(hist, 500);
	row->p90 = vts_hist_percentile(hist, 900);
	row->p99 = vts_hist_percentile(hist, 990);
	row->p999 = vts_hist_percentile(hist, 999);
	row->max = hist->max;
}

/** The shares of @row in the totals of its model and scope. */
static void fill_shares(struct row *row, const struct report *report, const struct item *total,
			uint64_t backlog)
{
	const uint64_t *word = report->scope == SCOPE_TOTAL ? total->now : total->last;

	row->per_second =
	    report->seconds > 0 ? (double)(row->count - backlog) / report->seconds : NAN;
	row->share = ratio(row->sum, report->vmm_time);
	row->part = ratio(row->count, word[WORD_COUNT]);
}

/** The rates of the last steps, against the highest of them. */
static void fill_trend(struct row *row, const struct item *item, const struct collect *collect)
{
	double rate[ROW_TREND] = {0}, peak = 0;
	uint64_t count = collect->steps < ROW_TREND ? collect->steps : ROW_TREND;

	for (uint64_t i = 0; i < count; i++) {
		size_t step = (collect->steps - count + i) % ITEM_SERIES;
		double seconds = collect->step_seconds[step];

		rate[ROW_TREND - count + i] = seconds > 0 ? item->series[step].count / seconds : 0;
		peak = fmax(peak, rate[ROW_TREND - count + i]);
	}
	for (size_t i = 0; peak > 0 && i < ROW_TREND; i++)
		row->trend[i] = (uint8_t)ceil(rate[i] / peak * 8);
}

/** All of @row that comes from @item. */
static void fill_row(struct row *row, const struct report *report, const struct item *item,
		     const struct item *total)
{
	bool whole = report->scope == SCOPE_TOTAL;
	const uint64_t *word = whole ? item->now : item->last;

	row->number = item == total ? 0 : item->key[0];
	row->number2 = item == total ? 0 : item->key[1];
	row->count = word[WORD_COUNT];
	row->sum = word[WORD_TIME];
	row->exits = word[WORD_EXITS];
	row->guest = word[WORD_GUEST];
	row->idle = word[WORD_IDLE];
	row->bytes = word[WORD_BYTES];
	row->clear = word[WORD_CLEAR];
	row->ops = word[WORD_OPS];
	row->runs = word[WORD_RUNS];
	fill_latency(row, whole ? item->hist : item->hist_last);
	fill_shares(row, report, total, whole ? item->backlog : 0);
}

/** Text from the guest: control characters could rewrite the terminal. */
static void clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/** The host's parts of a reason's time; those of high reasons are counted together. */
static void fill_host(struct row *row, const struct vts_counts *counts)
{
	unsigned line = vts_stats_reason_row((unsigned)row->number);

	if (line == VTS_STATS_REASONS - 1)
		return;
	memcpy(row->host, counts->reason_host[line], sizeof(row->host));
}

static bool is_empty(const struct item *item, enum scope scope)
{
	const uint64_t *word = scope == SCOPE_TOTAL ? item->now : item->last;
	uint64_t any = 0;

	for (unsigned i = 0; i < ITEM_WORDS; i++)
		any |= word[i];
	return !any;
}

/** What is in no row: the table had no room for it. */
static void fill_rest(struct report *report)
{
	struct row sum = {.count = 0}, *rest = &report->rest;

	for (size_t i = 0; i < report->rows; i++)
		row_add(&sum, &report->row[i]);
	rest->together = true;
	rest->count = report->all.count - sum.count;
	if (report->all.sum > sum.sum) /* an exit with two kinds of flush is in both their rows */
		rest->sum = report->all.sum - sum.sum;
	rest->guest = report->all.guest - sum.guest;
	rest->bytes = report->all.bytes - sum.bytes;
	rest->clear = report->all.clear - sum.clear;
	rest->share = ratio(rest->sum, report->vmm_time);
	rest->part = ratio(rest->count, report->all.count);
	rest->per_second =
	    report->seconds > 0 ? fmax(0, report->all.per_second - sum.per_second) : NAN;
}

static void put_aside(struct report *report, const struct row *row)
{
	row_add(&report->rest, row);
	report->rest_rows++;
}

static void derive_rest(struct report *report)
{
	row_derive(&report->rest, report);
	if (report->rest_rows)
		snprintf(report->rest.label, sizeof(report->rest.label), "other (%zu %s)",
			 report->rest_rows, report->rest_rows == 1 ? "row" : "rows");
	else
		snprintf(report->rest.label, sizeof(report->rest.label), "other");
}

void rows_filter(struct report *report, const char *filter)
{
	size_t kept = 0;

	for (size_t i = 0; filter && i < report->rows; i++) {
		const struct row *row = &report->row[i];

		if (!strcasestr(row->label, filter) && !strcasestr(row->what, filter))
			put_aside(report, row);
		else if (kept++ != i)
			report->row[kept - 1] = *row;
	}
	if (filter)
		report->rows = kept;
	derive_rest(report);
}

void rows_window(struct report *report, size_t first, size_t count)
{
	for (size_t i = 0; i < report->rows; i++)
		if (i < first || i - first >= count)
			put_aside(report, &report->row[i]);
	if (first > report->rows)
		first = report->rows;
	report->rows = report->rows - first < count ? report->rows - first : count;
	memmove(report->row, report->row + first, report->rows * sizeof(report->row[0]));
	derive_rest(report);
}

bool rows_have_rest(const struct report *report)
{
	return report->rest_rows || report->rest.count || report->rest.b_count;
}

void row_build(struct row *row, const struct report *report, const struct model *model,
	       const struct item *item)
{
	const struct view *view = report->view;
	const struct item *total = collect_total(&model->collect, view->table);

	memset(row, 0, sizeof(*row));
	fill_row(row, report, item ? item : total, total);
	fill_trend(row, item ? item : total, &model->collect);
	row->whole = !item;
	if (item)
		view->label(row, item, &model->collect);
	else
		snprintf(row->label, sizeof(row->label), "%s", view->all);
	clean(row->label);
	if (item && view->table == TABLE_REASON)
		fill_host(row,
			  report->scope == SCOPE_TOTAL ? &model->stats.total : &model->last.counts);
	row_derive(row, report);
}

/** What the row of all has from the others. */
static void fill_all(struct report *report)
{
	struct row *all = &report->all;

	for (size_t i = 0; i < report->rows; i++) {
		const struct row *row = &report->row[i];

		for (unsigned part = 0; part < VTS_HOST_PARTS; part++) {
			all->host[part] += row->host[part];
			report->has_host |= row->host[part] != 0;
		}
		all->ops += row->ops;
		all->runs += row->runs;
	}
	derive_host(all);
}

void rows_build(struct report *report, const struct model *model)
{
	const struct items *items = &model->collect.table[report->view->table];

	row_build(&report->all, report, model, NULL);
	for (size_t i = 0; i < items->count && report->rows < REPORT_ROWS; i++)
		if (!is_empty(&items->item[i], report->scope))
			row_build(&report->row[report->rows++], report, model, &items->item[i]);
	fill_all(report);
	fill_rest(report);
	derive_rest(report);
}

/** One VM, or one of its vCPUs: @item has the latter's words, else the model's. */
static void add_vm(struct report *report, const struct report *one, const struct row *from,
		   const char *vcpu)
{
	struct row *row = &report->row[report->rows];

	if (report->rows == REPORT_ROWS)
		return;
	*row = *from;
	snprintf(row->label, sizeof(row->label), "%.48s%s%s", one->name, *vcpu ? " " : "", vcpu);
	snprintf(row->what, sizeof(row->what), "%s", *vcpu ? "" : report_state_name(one->state));
	row->lost = *vcpu ? 0 : one->lost;
	report->rows++;
}

void report_build_vms(struct report *report, const struct model *model,
		      const struct model *const *all, size_t count, enum scope scope)
{
	static struct report one; /* too large for a stack; one thread builds */
	const struct view *view = &views[VIEW_VMS];

	report_build(report, model, view, scope);
	report->rows = 0;
	memset(&report->all, 0, sizeof(report->all));
	snprintf(report->all.label, sizeof(report->all.label), "%s", view->all);
	for (size_t i = 0; i < count; i++) {
		report_build(&one, all[i], view, scope);
		one.all.vm = (unsigned)i;
		add_vm(report, &one, &one.all, "");
		row_add(&report->all, &report->row[report->rows - 1]);
		for (size_t j = 0; j < one.rows && one.rows > 1; j++) {
			one.row[j].vm = (unsigned)i;
			add_vm(report, &one, &one.row[j], one.row[j].label);
		}
	}
	report->all.together = count > 1;
	if (count == 1)
		report->all = report->row[0];
	snprintf(report->all.label, sizeof(report->all.label), "%s", view->all);
	report->all.what[0] = '\0';
	row_derive(&report->all, report);
	memset(&report->rest, 0, sizeof(report->rest));
}
