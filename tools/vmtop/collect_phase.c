/* SPDX-License-Identifier: GPL-2.0-only */
/* In which of the guest's phases a vCPU is. */
#include "tools/vmtop/collect_private.h"

/** The item of the @depth'th open phase; 0: outside any. */
static struct item *phase_at(struct collect *collect, const struct phases *phases, unsigned depth)
{
	return depth ? phases->open[depth - 1] : collect_get(collect, TABLE_PHASE, 0, 0);
}

struct item *phases_guest(struct collect *collect, struct phases *phases)
{
	if (!phases->guest)
		phases->guest = phase_at(collect, phases, 0);
	return phases->guest;
}

static void begin(struct collect *collect, struct phases *phases, const struct vts_event *mark)
{
	struct item *item =
	    collect_get(collect, TABLE_PHASE, mark->mark.name[0], mark->mark.name[1]);

	add_word(item, WORD_RUNS, 1);
	if (phases->depth == COLLECT_DEPTH)
		return;
	phases->open[phases->depth] = item;
	phases->id[phases->depth++] = mark->reason;
}

static void end(struct collect *collect, struct phases *phases, const struct vts_event *mark)
{
	unsigned depth = phases->depth;
	struct item *item;

	while (depth && phases->id[depth - 1] != mark->reason)
		depth--;
	if (depth) {
		item = phases->open[depth - 1];
		phases->depth = depth - 1;
		if (phases->depth < phases->least)
			phases->least = phases->depth;
	} else { /* without a VMM the end mark alone says it all */
		item = collect_get(collect, TABLE_PHASE, mark->mark.name[0], mark->mark.name[1]);
		add_word(item, WORD_RUNS, 1);
	}
	add_word(item, WORD_OPS, mark->mark.ops);
	if (mark->mark.begin_tsc)
		add_word(item, WORD_GUEST, saturating_sub(mark->exit_tsc, mark->mark.begin_tsc));
}

void phases_mark(struct collect *collect, struct phases *phases, const struct vts_event *mark)
{
	phases_guest(collect, phases); /* what was before the mark is settled */
	if (mark->how == VTS_MARK_BEGIN)
		begin(collect, phases, mark);
	else if (mark->how == VTS_MARK_END)
		end(collect, phases, mark);
	phases->marked = true;
}

struct item *phases_exit(struct collect *collect, struct phases *phases)
{
	struct item *item = phases_guest(collect, phases);

	if (__builtin_expect(!phases->marked, 1))
		return item;
	item = phase_at(collect, phases, phases->least);
	phases->guest = phase_at(collect, phases, phases->depth);
	phases->least = phases->depth;
	phases->marked = false;
	return item;
}
