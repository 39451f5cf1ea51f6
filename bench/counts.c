// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exactness: the events that a workload provokes are known, and those counted must equal them.
 */
#include <inttypes.h>
#include <string.h>

#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum group {
	GROUP_exits_by_reason,
	GROUP_tlb_flushes,
	GROUP_ept_violations,
	GROUP_shadow_faults,
	GROUP_shadow_zaps,
	GROUP_injections,
	GROUPS
};

struct expectation {
	const char *workload;
	enum vtb_paging paging;
	enum vtb_io io;
	enum group group;
	const char *name;
	uint64_t num, den, fixed;
	bool apicv; /* with the virtual APIC, of a workload to which that matters */
};

static const struct expectation expectations[] = {
#define EXPECT(workload, paging, io, table, name, num, den, fixed)                                 \
	{#workload, VTB_##paging, VTB_##io, GROUP_##table, #name, num, den, fixed, false},
#define EXPECT_APICV(workload, paging, io, table, name, num, den, fixed)                           \
	{#workload, VTB_##paging, VTB_##io, GROUP_##table, #name, num, den, fixed, true},
#include "bench/expect.def"
#undef EXPECT
#undef EXPECT_APICV
};

static const char *const group_names[GROUPS] = {"exit",		"flush",      "EPT violation",
						"shadow fault", "shadow zap", "injection"};

static const struct vtb_column count_columns[] = {
    {"workload", "workload", "", 0, NULL}, {"paging", "paging", "", 0, NULL},
    {"event", "event", "", 0, NULL},	   {"name", "name", "", 0, NULL},
    {"expected", "expected", "", 0, NULL}, {"counted", "counted", "", 0, NULL},
    {"verdict", "verdict", "", 0, NULL},
};

static json_t *group_counts(const struct vtb_result *result, enum group group)
{
	json_t *const counts[GROUPS] = {result->exits_by_reason, result->tlb_flushes,
					result->ept_violations,	 result->shadow_faults,
					result->shadow_zaps,	 result->injections};

	return counts[group];
}

static bool concerns(const struct expectation *expectation, const struct vtb_cell *cell)
{
	return !strcmp(expectation->workload, cell->workload->name) &&
	       expectation->paging == cell->paging && expectation->io == cell->io &&
	       expectation->apicv == (vtb_apicv_matters(cell->workload) && !cell->no_apicv);
}

static uint64_t expected_count(const struct vtb_cell *cell, uint64_t ops, enum group group,
			       const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *expectation = &expectations[i];

		if (concerns(expectation, cell) && expectation->group == group &&
		    !strcmp(expectation->name, name))
			sum +=
			    expectation->num * ((ops + expectation->den - 1) / expectation->den) +
			    expectation->fixed;
	}
	return sum;
}

/* Rows of one name stand together, and add up. */
static bool same_as_before(size_t i)
{
	const struct expectation *now = &expectations[i], *before = now - 1;

	return i && before->group == now->group && before->paging == now->paging &&
	       before->io == now->io && before->apicv == now->apicv &&
	       !strcmp(before->workload, now->workload) && !strcmp(before->name, now->name);
}

static void add_count(struct vtb_table *table, const struct vtb_result *result, enum group group,
		      const char *name, bool all, unsigned *failed)
{
	uint64_t expected = expected_count(&result->cell, result->ops, group, name);
	uint64_t counted = vtb_count(group_counts(result, group), name);
	char label[96];
	json_t *row;

	*failed += expected != counted;
	if (expected == counted && !all)
		return;
	vtb_row_label(&result->cell, label, sizeof(label));
	row = vtb_table_add(table, json_object());
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
	vtb_row_text(row, "event", group_names[group]);
	vtb_row_text(row, "name", name);
	vtb_row_number(row, "expected", (double)expected);
	vtb_row_number(row, "counted", (double)counted);
	vtb_row_text(row, "verdict", expected == counted ? "exact" : "DIFFERS");
}

/* Everything expected, then everything that was counted and is not expected. */
static void add_group(struct vtb_table *table, const struct vtb_result *result, enum group group,
		      bool all, unsigned *failed)
{
	json_t *counts = group_counts(result, group);
	const char *name;
	json_t *value;

	for (size_t i = 0; i < COUNT(expectations); i++)
		if (concerns(&expectations[i], &result->cell) && expectations[i].group == group &&
		    !same_as_before(i))
			add_count(table, result, group, expectations[i].name, all, failed);
	json_object_foreach(counts, name, value)
	{
		if (!expected_count(&result->cell, result->ops, group, name))
			add_count(table, result, group, name, all, failed);
	}
}

struct vtb_table vtb_table_counts(const struct vtb_report *report, bool all, unsigned *failed,
				  unsigned *judged)
{
	struct vtb_table table =
	    vtb_table_make("counts", "Events counted, against those provoked", report->unit,
			   count_columns, COUNT(count_columns), NULL);

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		const struct vtb_cell *cell = &result->cell;

		if (!result->ok || cell->paging == VTB_NATIVE || cell->vmm != VTB_STANDARD ||
		    !cell->vpid || cell->pages != cell->workload->pages || cell->rep ||
		    cell->workload->linux)
			continue;
		(*judged)++;
		for (enum group group = 0; group < GROUPS; group++)
			add_group(&table, result, group, all, failed);
	}
	return table;
}
