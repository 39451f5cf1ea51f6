/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/detail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vmtop/what.h"
#include "trace/names.h"

#define PAGE_SHIFT 12

/** What the rows of each table are broken down by, in this order. */
static const struct {
	enum dimension by[4];
	size_t count;
} breakdowns[TABLES] = {
    [TABLE_REASON] = {{BY_WHAT, BY_RIP, BY_PAGE, BY_RESOLUTION}, 4},
    [TABLE_FLUSH] = {{BY_REASON, BY_RIP, BY_ADDRESS}, 3},
    [TABLE_MEMORY] = {{BY_PAGE, BY_RIP, BY_SIZE, BY_REASON}, 4},
    [TABLE_IO] = {{BY_ADDRESS, BY_RIP, BY_REASON}, 3},
    [TABLE_RIP] = {{BY_REASON, BY_ADDRESS}, 2},
    [TABLE_CR3] = {{BY_REASON}, 1},
    [TABLE_VCPU] = {{BY_REASON}, 1},
    [TABLE_PHASE] = {{BY_REASON}, 1},
};

static const char *title_of(enum table table, enum dimension by, const struct row *row)
{
	static const char *const titles[DIMENSIONS] = {
	    [BY_REASON] = "exit reason", [BY_RESOLUTION] = "resolution", [BY_PAGE] = "page",
	    [BY_RIP] = "guest code",	 [BY_ADDRESS] = "address",	 [BY_SIZE] = "mapping",
	};

	if (by == BY_WHAT)
		return what_title((unsigned)row->number);
	return by == BY_ADDRESS && table == TABLE_RIP ? "rip" : titles[by];
}

static const char *key_of(enum dimension by)
{
	static const char *const keys[DIMENSIONS] = {
	    [BY_REASON] = "reason", [BY_WHAT] = "what",	     [BY_RESOLUTION] = "resolution",
	    [BY_PAGE] = "page",	    [BY_RIP] = "guest_code", [BY_ADDRESS] = "address",
	    [BY_SIZE] = "mapping",
	};

	return keys[by];
}

static void name_or_number(char *text, const char *name, uint64_t number)
{
	if (name)
		snprintf(text, ROW_LABEL, "%s", name);
	else
		snprintf(text, ROW_LABEL, "%" PRIu64, number);
}

static void label_part(char *text, enum dimension by, uint64_t key, const struct row *row,
		       const struct collect *collect)
{
	switch (by) {
	case BY_REASON:
		name_or_number(text, vts_exit_reason_name((unsigned)key), key);
		break;
	case BY_WHAT:
		what_label((unsigned)row->number, key, text, ROW_LABEL);
		break;
	case BY_RESOLUTION:
		name_or_number(text, vts_how_name(VTS_KIND_EXIT, (unsigned)key), key);
		break;
	case BY_RIP:
		symbols_text(collect->symbols, key, text, ROW_LABEL);
		break;
	case BY_SIZE:
		snprintf(text, ROW_LABEL, "%" PRIu64 " KiB", key >> 10);
		break;
	case BY_PAGE:
		snprintf(text, ROW_LABEL, "0x%" PRIx64, key << PAGE_SHIFT);
		break;
	default:
		snprintf(text, ROW_LABEL, "0x%" PRIx64, key);
	}
}

/** A part on its way into a breakdown. */
struct candidate {
	uint64_t key, count, time;
};

static int compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return (a->key > b->key) - (a->key < b->key);
}

static void add_breakdown(struct detail *detail, enum table table, enum dimension by,
			  struct candidate *list, size_t count, const struct collect *collect)
{
	struct breakdown *breakdown = &detail->by[detail->breakdowns];

	if (!count)
		return;
	memset(breakdown, 0, sizeof(*breakdown));
	breakdown->title = title_of(table, by, &detail->row);
	breakdown->key = key_of(by);
	breakdown->rest.count = detail->row.count;
	breakdown->rest.time = detail->row.sum;
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; i < count && i < DETAIL_PARTS; i++) {
		struct detail_part *part = &breakdown->part[breakdown->parts++];

		label_part(part->label, by, list[i].key, &detail->row, collect);
		for (char *c = part->label; *c; c++) /* symbols come from a file */
			if (*c < ' ' || *c > '~')
				*c = '?';
		part->count = list[i].count;
		part->time = list[i].time;
		breakdown->rest.count -=
		    part->count < breakdown->rest.count ? part->count : breakdown->rest.count;
		breakdown->rest.time -=
		    part->time < breakdown->rest.time ? part->time : breakdown->rest.time;
	}
	breakdown->more = count - breakdown->parts;
	snprintf(breakdown->rest.label, ROW_LABEL, "other");
	detail->breakdowns++;
}

/** The parts of item @owner in dimension @by. */
static void break_down(struct detail *detail, const struct report *report,
		       const struct collect *collect, uint32_t owner, enum dimension by)
{
	static struct candidate list[PARTS_SETS * PARTS_WAYS]; /* one thread draws */
	const struct part *part = &collect->parts.part[0][0];
	bool whole = report->scope == SCOPE_TOTAL;
	size_t count = 0;

	for (size_t i = 0; i < (size_t)PARTS_SETS * PARTS_WAYS; i++) {
		uint64_t counted = whole ? part[i].count : part[i].count_last;

		if (part[i].owner == owner && part[i].dimension == by && counted)
			list[count++] =
			    (struct candidate){.key = part[i].key,
					       .count = counted,
					       .time = whole ? part[i].time : part[i].time_last};
	}
	add_breakdown(detail, report->view->table, by, list, count, collect);
}

/** All exits by reason: those are items themselves. */
static void break_down_all(struct detail *detail, const struct report *report,
			   const struct collect *collect)
{
	const struct items *items = &collect->table[TABLE_REASON];
	struct candidate list[256];
	size_t count = 0;

	for (size_t i = 0; i < items->count && count < 256; i++) {
		const struct item *item = &items->item[i];
		const uint64_t *word = report->scope == SCOPE_TOTAL ? item->now : item->last;

		if (word[WORD_COUNT])
			list[count++] = (struct candidate){.key = item->key[0],
							   .count = word[WORD_COUNT],
							   .time = word[WORD_TIME]};
	}
	add_breakdown(detail, TABLE_REASON, BY_REASON, list, count, collect);
}

static void fill_bars(struct detail *detail, const struct vts_hist *hist)
{
	struct bar *bars;
	unsigned count;

	if (!hist || !hist->count)
		return;
	count = bars_make(hist, DETAIL_BARS, &bars);
	for (unsigned i = 0; i < count && i < sizeof(detail->bar) / sizeof(detail->bar[0]); i++)
		detail->bar[detail->bars++] = bars[i];
	free(bars);
}

static void fill_series(struct detail *detail, const struct item *item,
			const struct collect *collect)
{
	uint64_t first = collect->steps > ITEM_SERIES ? collect->steps - ITEM_SERIES : 0;

	for (uint64_t step = first; step < collect->steps; step++) {
		const struct item_point *point = &item->series[step % ITEM_SERIES];

		detail->point[detail->points].seconds = collect->step_seconds[step % ITEM_SERIES];
		detail->point[detail->points].count = point->count;
		detail->point[detail->points++].time = (double)point->time;
	}
}

void detail_build(struct detail *detail, const struct report *report, const struct model *model,
		  const struct detail_key *key)
{
	const struct collect *collect = &model->collect;
	enum table table = report->view->table;
	const struct item *item = collect_total(collect, table);

	memset(detail, 0, sizeof(*detail));
	if (!key->whole)
		item = items_find(&collect->table[table], key->number, key->number2);
	if (!item)
		return;
	row_build(&detail->row, report, model, key->whole ? NULL : item);
	fill_bars(detail, report->scope == SCOPE_TOTAL ? item->hist : item->hist_last);
	fill_series(detail, item, collect);
	if (key->whole && table != TABLE_FLUSH && table != TABLE_MEMORY && table != TABLE_IO)
		break_down_all(detail, report, collect);
	for (size_t i = 0; !key->whole && i < breakdowns[table].count; i++)
		break_down(detail, report, collect, item->serial, breakdowns[table].by[i]);
}
