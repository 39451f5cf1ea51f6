/* SPDX-License-Identifier: GPL-2.0-only */
/* The slowest exits, with what surrounds them: where in the guest, what happened within, before. */
#ifndef EXITSTAT_SLOWEST_H
#define EXITSTAT_SLOWEST_H

#include "guest.h"
#include "json.h"
#include "trace/host_time.h"

#define SLOWEST_MAX	1000
#define SLOWEST_DETAILS 32 /* kept of one exit; how many there were is known */
#define SLOWEST_BEFORE	4  /* exits of the same vCPU */

struct slow_exit {
	struct vts_event exit;
	uint64_t latency;
	uint64_t part[VTS_HOST_PARTS]; /* of the latency, where the source tells */
	uint64_t process, phase;       /* as guest_process and guest_phase say */
	struct vts_event *details;
	size_t kept, details_all;		 /* details kept, and how many there were */
	struct vts_event before[SLOWEST_BEFORE]; /* the latest last */
	size_t befores;
};

struct slowest {
	size_t wanted;				 /* set by the caller: 0 to SLOWEST_MAX */
	bool host;				 /* some exit came with host times */
	struct slow_exit *list[SLOWEST_MAX + 1]; /* the slowest first; of equal ones the earlier */
	size_t count;
	/* private: the latest exits by VM and vCPU */
	struct slowest_recent {
		struct vts_event exit[SLOWEST_BEFORE];
		uint64_t seen;
	} * recent;
};

/** All ends the program when there is no memory. */
void slowest_init(struct slowest *slowest);
void slowest_free(struct slowest *slowest);
/** Take an exit with its details; they are copied if they are kept. */
void slowest_add(struct slowest *slowest, const struct exit_group *group,
		 const struct guest *guest);
/** After that, and also of an exit that is not to be taken: it came before the next. */
void slowest_remember(struct slowest *slowest, const struct vts_event *exit);

/** What a view needs to know besides. */
struct slowest_view {
	const struct slowest *slowest;
	const struct guest *guest;
	const char *unit;
	uint64_t first; /* time of the first event */
};

/** A table, a row an exit. */
void slowest_table(const struct slowest_view *view);
/** A paragraph an exit, with all that is known. */
void slowest_text(const struct slowest_view *view);
/** An array with all that is known. */
json_t *slowest_json(const struct slowest_view *view);

#endif
