/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is recorded of a running VM: all of it up to a limit, or, as a flight recorder does, the last
 * records before something happens, and some after it.
 */
#ifndef EXITSTAT_FLIGHT_H
#define EXITSTAT_FLIGHT_H

#include "exitstat.h"
#include "recorder.h"

#define FLIGHT_TRIGGERS_MAX 16
#define FLIGHT_LAST_MAX	    (1u << 26) /* records: 4 GiB */

enum trigger_kind {
	TRIGGER_LATENCY, /* an exit took longer than number */
	TRIGGER_REASON,	 /* an exit had the reason number */
	TRIGGER_MARK,	 /* the guest set a mark of this name */
	TRIGGER_SIGNAL,	 /* SIGUSR1 */
	TRIGGER_END	 /* the VM ended */
};

struct trigger {
	enum trigger_kind kind;
	uint64_t number;
	const char *name; /* of the mark */
	const char *text; /* as it was given */
};

struct flight {
	/* Set by the options. 0: no limit; last 0: everything is written as it comes. */
	uint64_t events; /* write so many records */
	uint64_t span;	 /* stop when so much time has passed since the first record */
	uint64_t last;	 /* keep so many, and write them at the first trigger */
	uint64_t after;	 /* and so many of those that follow */
	struct trigger trigger[FLIGHT_TRIGGERS_MAX];
	size_t triggers;
	/* While it runs. */
	const struct trigger *fired; /* what happened first; NULL: nothing yet */
	/* private */
	struct recorder *recorder;
	struct vts_source *source;
	struct vts_event *ring;
	uint64_t pushed;  /* into the ring */
	uint64_t written; /* since the trigger, or in all */
	uint64_t lost;	  /* of the source, as far as it was noted */
	uint64_t first_tsc;
	bool begun;
};

enum flight_option { OPTION_EVENTS = 1200, OPTION_SPAN, OPTION_LAST, OPTION_AFTER, OPTION_TRIGGER };
#define FLIGHT_OPTIONS                                                                             \
	{"events", required_argument, NULL, OPTION_EVENTS},                                        \
	    {"span", required_argument, NULL, OPTION_SPAN},                                        \
	    {"last", required_argument, NULL, OPTION_LAST},                                        \
	    {"after", required_argument, NULL, OPTION_AFTER},                                      \
	{                                                                                          \
		"trigger", required_argument, NULL, OPTION_TRIGGER                                 \
	}

/** Whether @option is one of these; if so it is taken, and @status becomes -1 after a complaint. */
bool flight_option(struct flight *flight, const struct options *options, int option, int *status);
/** After all options: do they go together? 0, or -1 after a complaint. */
int flight_check(struct flight *flight, const struct options *options);
/** Begin to write what @source gives to @recorder. Ends the program without memory. */
void flight_start(struct flight *flight, struct vts_source *source, struct recorder *recorder);
/** For source_drain. -1: enough, or the trace could not be written. */
int flight_take(void *flight, const struct vts_event *events, size_t count);
/** The source has ended, or was left: the last chance for a trigger. */
void flight_end(struct flight *flight);
void flight_free(struct flight *flight);

#endif
