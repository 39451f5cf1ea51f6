/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One VM as vmtop watches it: a source of events, what was counted from it, and the last complete
 * interval. Sampling (model_pump, model_tick) knows nothing of how it is shown.
 *
 * Times in seconds are host time for a running VM and trace time for a recorded one.
 */
#ifndef VMTOP_MODEL_H
#define VMTOP_MODEL_H

#include "tools/vmtop/collect.h"
#include "trace/kvm_source.h"
#include "trace/source.h"
#include "trace/stats.h"

enum scope { SCOPE_TOTAL, SCOPE_INTERVAL, SCOPE_COUNT };

#define MODEL_BATCH 4096

/** What was counted in a period. */
struct window {
	struct vts_counts counts;
	uint64_t lost;
	double seconds;
};

struct model {
	char name[64];
	char *path;    /* of a recorded trace; NULL: a running VM */
	bool live;     /* a running VM; otherwise a recorded trace */
	bool settled;  /* ended, and its last interval is closed */
	bool finished; /* and the last step of its time series */
	bool out_of_memory;
	struct vts_source *source;
	struct vts_stats stats; /* everything so far */
	struct collect collect; /* the same by what the views show */
	struct window base;	/* totals when the present interval began */
	struct window last;	/* the last complete interval */
	double start_clock, base_clock, now_clock;
	uint64_t intervals;	/* complete ones */
	struct vts_event phase; /* the last begin mark, until its end mark; kind 0: none */
	uint64_t origin;	/* time stamp of the first record */
	uint64_t hz;		/* time units a second; 0 if unknown */
	double step;		/* of a recorded trace's time series, in seconds */
	uint64_t next_step;	/* where its present step ends; UINT64_MAX: it cannot be told */
	uint64_t read;		/* records read, of vts_source_total if that is known */
	struct vts_event event[MODEL_BATCH];
	size_t next, count; /* of event[]: read but not yet counted */
};

/** Attach to the running VM @name, and count what it still has in store. @symbols, which may be NULL,
 *  name guest addresses. NULL and @error on failure. */
struct model *model_attach(const char *name, const struct symbols *symbols, double now,
			   struct vts_error *error);
/** The same of this host's KVM, from now on. */
struct model *model_kvm(const struct vts_kvm_options *options, const struct symbols *symbols,
			double now, struct vts_error *error);
/** Open a recorded trace; its time series have steps of @step seconds. NULL and @error on failure. */
struct model *model_replay(const char *path, const struct symbols *symbols, double step,
			   struct vts_error *error);
/** Go back to the recorded trace's beginning: nothing is counted any more. Copies of the model end. 0, or
 *  -1 and @error: then all is as before. */
int model_rewind(struct model *model, struct vts_error *error);
void model_close(struct model *model);
/** As it is now, to be shown while the original goes on; its source is shared. NULL: out of memory. */
struct model *model_copy(const struct model *model);
void model_copy_free(struct model *copy);

/**
 * Count records up to the first with a time of @limit or later (UINT64_MAX: all there are), but no
 * longer than until the host's clock shows @deadline. Returns whether the limit, or the end of what
 * is there now, was reached.
 */
bool model_pump(struct model *model, uint64_t limit, double deadline);
/** The first end of an interval of @seconds after @tsc, counted from the first record; UINT64_MAX when it
 *  cannot be told. */
uint64_t model_interval_end(const struct model *model, uint64_t tsc, double seconds);
/** Close the interval: @now is its end in seconds. Does nothing once the model is settled, so that its
 *  last interval stays; unless that is to be undone (model_unsettle), and empty ones follow. */
void model_tick(struct model *model, double now);
void model_unsettle(struct model *model);
/** No record will follow, and all are counted. */
bool model_ended(const struct model *model);
/** Time stamp of the next record not counted yet; false if there is none now. */
bool model_peek(struct model *model, uint64_t *tsc);
/** Seconds from the first record to time stamp @tsc of the trace; 0 if the frequency is unknown. */
double model_trace_seconds(const struct model *model, uint64_t tsc);
/** What is counted now took until now: for figures between two intervals' ends. */
void model_note_clock(struct model *model);
/** Seconds of the host's monotonic clock. */
double model_host_clock(void);

#endif
