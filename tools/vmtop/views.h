/* SPDX-License-Identifier: GPL-2.0-only */
/* The views: one table, from which the screen, the keys, --view, text and JSON are made. */
#ifndef VMTOP_VIEWS_H
#define VMTOP_VIEWS_H

#include "tools/vmtop/columns.h"

enum view_number {
	VIEW_EXITS,
	VIEW_FLUSHES,
	VIEW_MEMORY,
	VIEW_IO,
	VIEW_HOT,
	VIEW_CR3,
	VIEW_VMS,
	VIEW_PHASES,
	VIEWS
};

struct view {
	enum view_number number;
	bool compares;	   /* two VMs: compare.h */
	const char *name;  /* of --view and in JSON */
	const char *title; /* for people */
	const char *rows;  /* what the rows are called in JSON */
	const char *all;   /* the label of the row of all */
	char key;
	enum table table;
	const struct column *column; /* from left to right; the first is the row's name */
	size_t columns;
	const char *sort; /* the column to sort by unless told otherwise */
	/** Name the row of @item. */
	void (*label)(struct row *row, const struct item *item, const struct collect *collect);
};

extern const struct view views[VIEWS];

/** The view called @name, or shown by @key, of views[] or compares[]; NULL if there is none. */
const struct view *view_by_name(const struct view *set, const char *name);
const struct view *view_by_key(const struct view *set, int key);

#endif
