/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From events to the tables behind the views. Each event costs a few counters; memory is bounded
 * whatever the trace's length. What happens within an exit (a flush, a request) is counted when it
 * comes, and its exit's latency, RIP and reason when the exit's own record follows.
 */
#ifndef VMTOP_COLLECT_H
#define VMTOP_COLLECT_H

#include "tools/lib/symbols.h"
#include "tools/vmtop/parts.h"
#include "trace/event.h"

/** The tables, and their items' keys. */
enum table {
	TABLE_REASON, /* exit reason, raw */
	TABLE_FLUSH,  /* how (COLLECT_TRANSITION: by no instruction) << 16 | cause */
	TABLE_MEMORY, /* kind << 8 | how: EPT violations and shadow faults */
	TABLE_IO,     /* device << 8 | how */
	TABLE_RIP,    /* the guest function's first address where known, else the RIP */
	TABLE_CR3,    /* CR3 */
	TABLE_VCPU,   /* VM << 8 | vCPU */
	TABLE_PHASE,  /* 16 characters of the name; 0, 0: outside any phase */
	TABLES
};

#define COLLECT_TRANSITION 256u
#define COLLECT_PENDING	   64 /* details of one exit that get its latency */
#define COLLECT_DEPTH	   8  /* of phases within phases */
#define COLLECT_CONTEXTS   256u

/** A detail that waits for its exit. */
struct pending {
	struct item *item;
	uint64_t key, size; /* its address or page; of the mapping made */
	enum dimension by;  /* which that is */
};

/** Where a vCPU is in its phases. */
struct phases {
	struct item *open[COLLECT_DEPTH]; /* the innermost last; NULL: no room for it */
	uint16_t id[COLLECT_DEPTH];
	unsigned depth, least; /* now; the least since its last exit */
	bool marked;	       /* a mark came since then */
	bool entered;	       /* entry is known */
	uint64_t entry;	       /* TSC of the last entry */
	struct item *guest;    /* where its guest time since then goes; NULL: not looked up */
};

enum context_item {
	CONTEXT_REASON,
	CONTEXT_PLACE,
	CONTEXT_CR3,
	CONTEXT_VCPU,
	CONTEXT_PHASE,
	CONTEXT_ITEMS
};

/** What many exits have in common, and what was counted of them in this batch of events. */
struct context {
	uint64_t rip, cr3, what, head; /* head: vts_event.head */
	uint64_t place;		       /* the function's address where known, else rip */
	struct item *item[CONTEXT_ITEMS];
	struct item *guest_phase;
	unsigned reason, how;
	bool has_what;
	uint64_t count, time, guest; /* count 0: free */
};

struct collect {
	struct items table[TABLES];
	struct parts parts;
	const struct symbols *symbols; /* may be NULL */
	double step_seconds[ITEM_SERIES];
	uint64_t steps; /* all; point i of a series is that of step i modulo ITEM_SERIES */
	uint32_t serials;
	uint64_t exits;
	bool out_of_memory;
	/* private */
	struct pending pending[COLLECT_PENDING];
	unsigned pendings;
	uint64_t pending_tsc;
	unsigned pending_vcpu;
	struct phases vcpu[256];
	struct context context[COLLECT_CONTEXTS];
	uint16_t context_used[COLLECT_CONTEXTS];
	unsigned contexts_used;
};

/** 0, or -1 when out of memory. */
int collect_init(struct collect *collect);
void collect_free(struct collect *collect);
/** A copy to look at, which shares nothing but the symbols. 0, or -1 when out of memory. */
int collect_copy(struct collect *into, const struct collect *from);
void collect_add(struct collect *collect, const struct vts_event *events, size_t count);
/** Close the interval. */
void collect_tick(struct collect *collect);
/** Close a step of the time series, which took @seconds. */
void collect_step(struct collect *collect, double seconds);
void collect_note_backlog(struct collect *collect);
/** The item that all of a table's counts are in. */
const struct item *collect_total(const struct collect *collect, enum table table);

#endif
