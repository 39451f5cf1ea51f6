/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell of the matrix: one guest, one configuration, one repetition.
 */
#ifndef BENCH_CELL_H
#define BENCH_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vtb_paging { VTB_NATIVE, VTB_EPT, VTB_SHADOW, VTB_PAGINGS };
enum vtb_io { VTB_TRAPPED, VTB_PV, VTB_IOS };
enum vtb_pages { VTB_4k, VTB_2m, VTB_1g, VTB_PAGES };
/** Which build of the VMM: as shipped, with recording compiled out, or with a handler that lies (a
 *  test). */
enum vtb_vmm { VTB_STANDARD, VTB_NORECORD, VTB_CORRUPT, VTB_VMMS };

extern const char *const vtb_paging_names[VTB_PAGINGS];
extern const char *const vtb_io_names[VTB_IOS];
extern const char *const vtb_pages_names[VTB_PAGES];
extern const char *const vtb_vmm_names[VTB_VMMS];

struct vtb_workload {
	const char *name;
	const char *guest;
	const char *args;
	enum vtb_pages pages;
	unsigned pv;   /* 0: trapped only, 1: both, 2: paravirtual only */
	uint64_t most; /* operations; 0: any number */
	const char *operation;
	bool linux; /* a Linux guest's: @guest is bench's name for it, @args what comes before */
	const char *phase; /* the phase that counts, of several; NULL: the only one */
};

/** A matrix of its own. */
struct vtb_suite {
	const char *name;
	const struct vtb_workload *workloads;
	const char *const *names; /* theirs, in the same order */
	size_t count;
};

enum { VTB_MICRO, VTB_LINUX, VTB_SUITES };
extern const struct vtb_suite vtb_suites[VTB_SUITES];
extern const char *const vtb_suite_names[VTB_SUITES];
/** In any suite; NULL: there is none. */
const struct vtb_workload *vtb_workload_find(const char *name);
/** Whether the processor's virtual APIC makes a difference. */
bool vtb_apicv_matters(const struct vtb_workload *workload);
/** And whether the matrix has both. */
bool vtb_apicv_both(const struct vtb_workload *workload);

struct vtb_cell {
	const struct vtb_workload *workload;
	enum vtb_paging paging;
	enum vtb_io io;
	bool vpid;	      /* false natively */
	bool no_apicv;	      /* without the processor's virtual APIC; false natively */
	enum vtb_pages pages; /* that back the guest; without meaning natively */
	enum vtb_vmm vmm;
	unsigned rep; /* from 0 */
	uint64_t ops; /* asked for; 0: the guest's own number */
	uint64_t seed;
};

/** What to run. A mask has a bit for each value of its enum (workloads: each index of the suite's). */
struct vtb_selection {
	unsigned suite;
	uint64_t workloads, pagings, ios, vpids; /* vpids: bit 0 on, bit 1 off */
	uint64_t apicvs; /* the same; 0: on, and off too by vtb_apicv_both */
	uint64_t pages;	 /* 0: each workload's own */
	uint64_t vmms;
	unsigned reps;
	uint64_t ops, seed;
};

/**
 * The cells of a selection, malloc'd, in the order of running and reporting: by workload, native
 * first, the repetitions of a cell in a row. Native is always there, since the others' digests
 * are compared with its. NULL when out of memory, or, with *count 0, if the selection is empty.
 */
struct vtb_cell *vtb_matrix(const struct vtb_selection *selection, size_t *count);

/** "demand ept trapped", and what differs from the default; for people and for directory names. */
void vtb_cell_name(const struct vtb_cell *cell, char separator, char *text, size_t bytes);
/** All but the repetition is the same. */
bool vtb_cell_twins(const struct vtb_cell *a, const struct vtb_cell *b);

#endif
