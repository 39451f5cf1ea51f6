/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded table of what is counted under a key: an exit reason, a guest function, a device. What
 * finds no place is in the table's total only, so that total less items is what "other" shows.
 */
#ifndef VMTOP_ITEMS_H
#define VMTOP_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/hist.h"

/** What is counted of an item; a table says what its words mean (views.c). Times in the unit. */
enum item_word {
	WORD_COUNT, /* exits, or requests, flushes, ... */
	WORD_TIME,  /* latency of the exits that belong to it */
	WORD_EXITS, /* how many exits those are, where that is not the count */
	WORD_GUEST, /* guest time */
	WORD_IDLE,
	WORD_BYTES,
	WORD_CLEAR, /* of WORD_TIME: clearing memory */
	WORD_OPS,
	WORD_RUNS,
	ITEM_WORDS
};

#define ITEM_SERIES 240 /* points kept of a time series */

/** One point of a time series: what came in one of its steps. */
struct item_point {
	uint32_t count;
	float time;
};

struct item {
	uint64_t key[2];
	uint32_t serial;	     /* unlike any other item's of the same collection; never 0 */
	uint64_t stamp;		     /* the exit that it was counted with last */
	uint64_t now[ITEM_WORDS];    /* since the beginning */
	uint64_t before[ITEM_WORDS]; /* as they stood when the present interval began */
	uint64_t last[ITEM_WORDS];   /* of the last complete interval */
	uint64_t backlog;	     /* WORD_COUNT before vmtop came: at no known rate */
	/* Latency of its exits, likewise; NULL: none. */
	struct vts_hist *hist, *hist_before, *hist_last;
	uint64_t series_count, series_time; /* as they stood when the present step began */
	struct item_point series[ITEM_SERIES];
};

struct items {
	struct item *item;
	size_t count, room;
	uint16_t *slot; /* hash table: index + 1; 0: free */
	size_t slots;	/* a power of two, at least twice the room */
	struct item total;
};

/** 0, or -1 when out of memory. */
int items_init(struct items *items, size_t room);
void items_free(struct items *items);
/** A copy that shares nothing. 0, or -1 when out of memory. */
int items_copy(struct items *into, const struct items *from);
/** The item of a key, new if need be (@serial counts them); NULL: no room. */
struct item *items_get(struct items *items, uint64_t key, uint64_t key2, uint32_t *serial);
const struct item *items_find(const struct items *items, uint64_t key, uint64_t key2);
/** Record the latency of one exit. 0, or -1 when out of memory. */
int item_latency(struct item *item, uint64_t latency, unsigned bucket);
/** Close the interval. Returns -1 when out of memory. */
int items_tick(struct items *items);
/** Close a step of the time series: it becomes point @index. */
void items_step(struct items *items, unsigned index);
/** What was counted so far came at no known rate. */
void items_note_backlog(struct items *items);
/** Make room if there is little: the half that counts least goes. Whether any went. */
bool items_trim(struct items *items);

#endif
