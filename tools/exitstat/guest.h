/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the guest an exit belongs: its symbols, the names that its processes gave themselves,
 * and the phases that are open, as they stand while the trace is read.
 */
#ifndef EXITSTAT_GUEST_H
#define EXITSTAT_GUEST_H

#include <stdbool.h>

#include "group.h"
#include "intern.h"
#include "stack.h"
#include "tools/lib/symbols.h"

#define GUEST_PHASES_OPEN 32	  /* at once; more are not told apart */
#define GUEST_NAMES_MAX	  0x10000 /* processes and phases; more stay without a name */
#define GUEST_NAMED	  (1ull << 63)

struct guest {
	const struct symbols *symbols; /* the caller's; may be NULL */
	struct intern phases;	       /* names */
	struct intern processes;       /* names */
	struct stacks *stacks;	       /* of exits; for the dimension alone */
	bool partial; /* exits were left out: what lies between two is not all the guest's */
	/* private */
	struct intern tables; /* CR3s that were named */
	struct guest_table {
		uint32_t name;
		bool user; /* named at CPL 3 */
	} * table;	   /* by their number */
	size_t room;
	struct {
		uint16_t id;
		uint32_t name;
	} open[GUEST_PHASES_OPEN];
	size_t depth;
};

/** What names the guest's addresses, and the files that it comes from. */
struct guest_names {
	const char *symbols_file, *unwind_file; /* NULL: none */
	struct symbols *symbols;
	struct unwind *unwind;
};

/** Open the files. False after a complaint; else guest_names_close is due. */
bool guest_names_open(struct guest_names *names);
void guest_names_close(struct guest_names *names);

/** @unwind: for stacks; NULL: by frame pointers. */
void guest_init(struct guest *guest, const struct symbols *symbols, const struct unwind *unwind);
void guest_free(struct guest *guest);

/** Before a group is looked at: phases that end and processes that get a name within its exit. */
void guest_enter(struct guest *guest, const struct exit_group *group);
/** After it: phases that begin with the entry that ends its exit. */
void guest_leave(struct guest *guest, const struct exit_group *group);

/** The page tables that an exit's CR3 names: without PCID and its no-flush bit. */
static inline uint64_t guest_page_table(uint64_t cr3)
{
	return cr3 & 0x000ffffffffff000ull;
}

/**
 * The process that an exit belongs to: GUEST_NAMED | number of its name, else its page table. A
 * name holds for its CR3 until that gets another. Linux's page-table isolation gives a process two
 * tables side by side, the user's at the odd page: a name given at CPL 3 holds for both.
 */
uint64_t guest_process(const struct guest *guest, const struct vts_event *exit);
/** The innermost open phase: number of its name + 1; 0 outside all phases. */
uint64_t guest_phase(const struct guest *guest);
/** Whether a phase of this name is open. */
bool guest_in_phase(const struct guest *guest, const char *name);

#endif
