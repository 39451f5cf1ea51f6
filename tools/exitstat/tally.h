/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a view counts: the shared statistics (trace/stats.h) over the whole trace or over the
 * phases of one name, and breakdowns of the exits.
 */
#ifndef EXITSTAT_TALLY_H
#define EXITSTAT_TALLY_H

#include "breakdown.h"
#include "dimension.h"
#include "exitstat.h"
#include "host.h"
#include "slowest.h"
#include "trace/stats.h"

struct tally {
	/* Set by the caller before tally_init. */
	const char *phase; /* count only within phases of this name; NULL: everything */
	bool wanted[DIMENSIONS];
	const struct symbols *symbols; /* may be NULL */
	const struct unwind *unwind;   /* likewise */

	struct vts_stats stats;
	struct breakdown by[DIMENSIONS]; /* initialized where wanted */
	struct breakdown high;		 /* reasons that share the last row of stats, by number */
	struct host host;
	struct slowest slowest; /* slowest.wanted: set by the caller too */
	struct guest where;
	uint64_t seen; /* records read, counted or not */
	bool started, stopped;
	struct vts_event start, stop; /* vm_start and vm_stop, wherever the phases are */
	uint64_t span;		      /* time covered */
	uint64_t guest;		      /* of span: in the guest */
	unsigned phase_runs;	      /* phases of that name that began */
	bool phase_open;	      /* the last of them never ended */

	/* private: exits counted together (NULL: they are not), the exit being put together, and
	 * the phase being counted */
	struct tally_alike *alike;
	struct grouper grouper;
	uint16_t phase_id;
	uint64_t phase_begin, last_tsc;
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);
/** Count records, in the order of the trace. */
void tally_add(struct tally *tally, const struct vts_event *events, size_t count);
/** No more will come: finish the sums. */
void tally_finish(struct tally *tally);
/** Read @source to its end (source_drain), and finish. */
void tally_source(struct tally *tally, struct vts_source *source, uint64_t seconds);

/** No VMM was there: the engine ran the guest, there are no exits, and all time is the guest's. */
bool tally_native(const struct tally *tally);
/** The counts of a phase so far, with all time as guest time where there was no VMM; @total: its
 *  length. */
void tally_phase(const struct tally *tally, const struct vts_phase *phase,
		 struct vts_counts *counts, uint64_t *total);

/** The latencies of one exit reason. */
struct reason_row {
	unsigned number;
	struct vts_hist hist;
};
/** All reasons that occurred, the longest total first; @count of them, to be freed by the caller.
 */
struct reason_row *tally_reasons(const struct tally *tally, size_t *count);

#endif
