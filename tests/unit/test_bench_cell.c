// SPDX-License-Identifier: GPL-2.0-only
/* From a selection to the cells of the matrix. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell.h"

static struct vtb_selection select_workload(const char *name)
{
	struct vtb_selection selection = {.pagings = 7, .ios = 3, .vpids = 1, .vmms = 1, .reps = 1};

	for (size_t i = 0; i < vtb_suites[VTB_MICRO].count; i++)
		if (!strcmp(vtb_suites[VTB_MICRO].names[i], name))
			selection.workloads = 1ull << i;
	cr_assert(selection.workloads, "no workload %s", name);
	return selection;
}

/* The names of all cells, one a line. */
static void names_of(const struct vtb_selection *selection, char *text, size_t bytes)
{
	size_t count, used = 0;
	struct vtb_cell *cells = vtb_matrix(selection, &count);

	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		char name[128];

		vtb_cell_name(&cells[i], ' ', name, sizeof(name));
		used += (size_t)snprintf(text + used, bytes - used, "%s\n", name);
	}
	free(cells);
}

#define assert_cells(selection, expected)                                                          \
	do {                                                                                       \
		char text[4096];                                                                   \
                                                                                                   \
		names_of(&(selection), text, sizeof(text));                                        \
		cr_assert_str_eq(text, expected);                                                  \
	} while (0)

Test(bench_cell, paravirtual_only_where_it_makes_a_difference)
{
	struct vtb_selection cpuid = select_workload("cpuid");
	struct vtb_selection console = select_workload("console");
	struct vtb_selection notify = select_workload("blockmem");

	assert_cells(cpuid, "cpuid native\ncpuid ept\ncpuid shadow\n");
	assert_cells(console, "console native\nconsole ept\nconsole ept pv\nconsole shadow\n"
			      "console shadow pv\n");
	assert_cells(notify, "blockmem native\nblockmem ept pv\nblockmem shadow pv\n");
}

Test(bench_cell, native_is_there_for_its_digest)
{
	struct vtb_selection selection = select_workload("cpuid");

	selection.pagings = 1 << VTB_SHADOW;
	selection.reps = 2;
	assert_cells(selection, "cpuid native\ncpuid shadow\ncpuid shadow rep-2\n");
}

Test(bench_cell, nothing_to_compare_is_no_cell)
{
	struct vtb_selection selection = select_workload("cpuid");
	struct vtb_cell *cells;
	size_t count = 1;

	selection.pagings = 1 << VTB_EPT;
	selection.ios = 1 << VTB_PV;
	cells = vtb_matrix(&selection, &count);
	cr_assert_eq(count, 0);
	free(cells);
}

Test(bench_cell, repetitions_and_builds)
{
	struct vtb_selection selection = select_workload("cpuid");

	selection.pagings = 1 << VTB_NATIVE | 1 << VTB_EPT;
	selection.reps = 2;
	selection.vmms = 1 << VTB_STANDARD | 1 << VTB_NORECORD;
	assert_cells(selection, "cpuid native\ncpuid native rep-2\ncpuid ept\ncpuid ept rep-2\n"
				"cpuid ept norecord\ncpuid ept norecord rep-2\n");
}

Test(bench_cell, page_sizes_and_vpid_have_no_meaning_natively)
{
	struct vtb_selection selection = select_workload("demand");

	selection.pages = 1 << VTB_4k | 1 << VTB_2m;
	selection.vpids = 3;
	assert_cells(selection, "demand native\ndemand ept\ndemand ept pages-2m\n"
				"demand ept no-vpid\ndemand ept no-vpid pages-2m\ndemand shadow\n"
				"demand shadow pages-2m\ndemand shadow no-vpid\n"
				"demand shadow no-vpid pages-2m\n");
}

Test(bench_cell, the_virtual_apic_is_off_too_where_that_matters)
{
	struct vtb_selection selection = select_workload("ipi");

	selection.pagings = 1 << VTB_NATIVE | 1 << VTB_EPT;
	assert_cells(selection, "ipi native\nipi ept\nipi ept no-apicv\n");
	selection.apicvs = 2;
	assert_cells(selection, "ipi native\nipi ept no-apicv\n");
	selection.workloads = select_workload("cpuid").workloads;
	assert_cells(selection, "cpuid native\ncpuid ept no-apicv\n");
}

Test(bench_cell, operations_fit_the_guests_memory)
{
	struct vtb_selection selection = select_workload("demand2m");
	struct vtb_cell *cells;
	size_t count;

	selection.ops = 1000000;
	cells = vtb_matrix(&selection, &count);
	cr_assert_eq(cells[0].ops, cells[0].workload->most);
	free(cells);
	selection.ops = 0;
	cells = vtb_matrix(&selection, &count);
	cr_assert_eq(cells[0].ops, 0);
	free(cells);
}

Test(bench_cell, names_are_unique)
{
	struct vtb_selection selection = {.workloads = UINT64_MAX,
					  .pagings = 7,
					  .ios = 3,
					  .vpids = 3,
					  .apicvs = 3,
					  .pages = 7,
					  .vmms = 7,
					  .reps = 2};
	size_t count;
	struct vtb_cell *cells = vtb_matrix(&selection, &count);
	char(*names)[128] = calloc(count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		vtb_cell_name(&cells[i], '-', names[i], sizeof(names[i]));
		cr_assert(!strchr(names[i], ' ') && !strchr(names[i], '/'));
		for (size_t j = 0; j < i; j++) {
			cr_assert_str_neq(names[i], names[j]);
			cr_assert_eq(vtb_cell_twins(&cells[i], &cells[j]),
				     cells[i].rep != cells[j].rep &&
					 !strncmp(names[i], names[j], strlen(names[j])) &&
					 strstr(names[i] + strlen(names[j]), "-rep-") ==
					     names[i] + strlen(names[j]));
		}
	}
	free(names);
	free(cells);
}
