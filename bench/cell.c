// SPDX-License-Identifier: GPL-2.0-only
#include "bench/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const vtb_paging_names[VTB_PAGINGS] = {"native", "ept", "shadow"};
const char *const vtb_io_names[VTB_IOS] = {"trapped", "pv"};
const char *const vtb_pages_names[VTB_PAGES] = {"4k", "2m", "1g"};
const char *const vtb_vmm_names[VTB_VMMS] = {"standard", "norecord", "corrupt"};

static const struct vtb_workload micro[] = {
#define WORKLOAD(name, guest, args, pages, pv, most, operation)                                    \
	{#name, guest, args, VTB_##pages, pv, most, operation, false, NULL},
#include "bench/workloads.def"
#undef WORKLOAD
};

static const char *const micro_names[] = {
#define WORKLOAD(name, guest, args, pages, pv, most, operation) #name,
#include "bench/workloads.def"
#undef WORKLOAD
};

static const struct vtb_workload linux_guests[] = {
#define LINUX(name, before, phase, operation)                                                      \
	{name, name, before, VTB_2m, 1, 0, operation, true, phase},
#include "bench/linux.def"
#undef LINUX
};

static const char *const linux_names[] = {
#define LINUX(name, before, phase, operation) name,
#include "bench/linux.def"
#undef LINUX
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const struct vtb_suite vtb_suites[VTB_SUITES] = {
    [VTB_MICRO] = {"micro", micro, micro_names, COUNT(micro)},
    [VTB_LINUX] = {"linux", linux_guests, linux_names, COUNT(linux_guests)},
};
const char *const vtb_suite_names[VTB_SUITES] = {"micro", "linux"};

_Static_assert(COUNT(micro) <= 64 && COUNT(linux_guests) <= 64, "a selection is a mask");

const struct vtb_workload *vtb_workload_find(const char *name)
{
	for (size_t i = 0; i < VTB_SUITES; i++)
		for (size_t j = 0; j < vtb_suites[i].count; j++)
			if (!strcmp(vtb_suites[i].names[j], name))
				return &vtb_suites[i].workloads[j];
	return NULL;
}

static const struct {
	const char *name;
	bool both;
} apicv_list[] = {
#define APICV(name, both) {#name, both},
#include "bench/apicv.def"
};

bool vtb_apicv_matters(const struct vtb_workload *workload)
{
	for (size_t i = 0; i < COUNT(apicv_list); i++)
		if (!strcmp(apicv_list[i].name, workload->name))
			return true;
	return false;
}

bool vtb_apicv_both(const struct vtb_workload *workload)
{
	for (size_t i = 0; i < COUNT(apicv_list); i++)
		if (!strcmp(apicv_list[i].name, workload->name))
			return apicv_list[i].both;
	return false;
}

struct builder {
	struct vtb_cell *cells;
	size_t count, room;
	bool failed;
};

static void add_reps(struct builder *builder, struct vtb_cell cell, unsigned reps)
{
	for (cell.rep = 0; cell.rep < reps && !builder->failed; cell.rep++) {
		if (builder->count == builder->room) {
			size_t room = builder->room ? 2 * builder->room : 64;
			struct vtb_cell *cells = realloc(builder->cells, room * sizeof(*cells));

			if (!cells) {
				builder->failed = true;
				return;
			}
			builder->cells = cells;
			builder->room = room;
		}
		builder->cells[builder->count++] = cell;
	}
}

static bool has(uint64_t mask, unsigned bit)
{
	return mask >> bit & 1;
}

/* The cells of one workload, paging mode, kind of output and virtual APIC: VPID x page size x build. */
static void add_builds(struct builder *builder, const struct vtb_selection *selection,
		       struct vtb_cell cell)
{
	uint64_t pages = selection->pages;

	if (!pages)
		pages = 1ull << cell.workload->pages;
	for (unsigned off = 0; off < 2; off++) {
		for (unsigned page = 0; page < VTB_PAGES; page++) {
			for (unsigned vmm = 0; vmm < VTB_VMMS; vmm++) {
				if (!has(selection->vpids, off) || !has(pages, page) ||
				    !has(selection->vmms, vmm))
					continue;
				cell.vpid = !off;
				cell.pages = page;
				cell.vmm = vmm;
				add_reps(builder, cell, selection->reps);
			}
		}
	}
}

/* The same with and without the virtual APIC. */
static void add_variants(struct builder *builder, const struct vtb_selection *selection,
			 struct vtb_cell cell)
{
	uint64_t apicvs = selection->apicvs;

	if (!apicvs)
		apicvs = vtb_apicv_both(cell.workload) ? 3 : 1;
	for (unsigned off = 0; off < 2; off++) {
		cell.no_apicv = off;
		if (has(apicvs, off))
			add_builds(builder, selection, cell);
	}
}

static bool has_io(const struct vtb_workload *workload, enum vtb_io io)
{
	return io == VTB_PV ? workload->pv : workload->pv != 2;
}

static void add_workload(struct builder *builder, const struct vtb_selection *selection,
			 struct vtb_cell cell)
{
	bool native = has(selection->pagings, VTB_NATIVE);
	size_t before = builder->count;

	cell.pages = cell.workload->pages;
	/* Unless it was asked for, native is there for its digest only: once will do. */
	add_reps(builder, cell, native ? selection->reps : 1);
	for (unsigned paging = VTB_EPT; paging < VTB_PAGINGS; paging++) {
		for (unsigned io = 0; io < VTB_IOS; io++) {
			if (!has(selection->pagings, paging) || !has(selection->ios, io) ||
			    !has_io(cell.workload, io))
				continue;
			cell.paging = paging;
			cell.io = io;
			add_variants(builder, selection, cell);
		}
	}
	if (!native && builder->count == before + 1)
		builder->count = before; /* nothing to compare with it */
}

/* As many as were asked for, but no more than fit. */
static uint64_t limit_ops(const struct vtb_workload *workload, uint64_t ops)
{
	return workload->most && ops > workload->most ? workload->most : ops;
}

struct vtb_cell *vtb_matrix(const struct vtb_selection *selection, size_t *count)
{
	const struct vtb_suite *suite = &vtb_suites[selection->suite];
	struct builder builder = {0};

	for (size_t i = 0; i < suite->count; i++) {
		const struct vtb_workload *workload = &suite->workloads[i];
		struct vtb_cell cell = {
		    .workload = workload,
		    .paging = VTB_NATIVE,
		    .ops = limit_ops(workload, selection->ops),
		    .seed = selection->seed,
		};

		if (has(selection->workloads, (unsigned)i))
			add_workload(&builder, selection, cell);
	}
	if (builder.failed || !builder.count) {
		free(builder.cells);
		builder.cells = NULL;
	}
	*count = builder.count;
	return builder.cells;
}

void vtb_cell_name(const struct vtb_cell *cell, char separator, char *text, size_t bytes)
{
	char rep[16] = "";

	if (cell->rep)
		snprintf(rep, sizeof(rep), " rep-%u", cell->rep + 1);
	snprintf(text, bytes, "%s %s%s%s%s%s%s%s%s%s", cell->workload->name,
		 vtb_paging_names[cell->paging], cell->io == VTB_PV ? " pv" : "",
		 cell->paging != VTB_NATIVE && !cell->vpid ? " no-vpid" : "",
		 cell->no_apicv ? " no-apicv" : "",
		 cell->pages != cell->workload->pages ? " pages-" : "",
		 cell->pages != cell->workload->pages ? vtb_pages_names[cell->pages] : "",
		 cell->vmm ? " " : "", cell->vmm ? vtb_vmm_names[cell->vmm] : "", rep);
	for (char *c = text; *c; c++)
		if (*c == ' ')
			*c = separator;
}

bool vtb_cell_twins(const struct vtb_cell *a, const struct vtb_cell *b)
{
	return a->workload == b->workload && a->paging == b->paging && a->io == b->io &&
	       a->vpid == b->vpid && a->no_apicv == b->no_apicv && a->pages == b->pages &&
	       a->vmm == b->vmm && a->ops == b->ops && a->seed == b->seed;
}
