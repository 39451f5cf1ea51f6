// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting exits that are alike together, against counting them one by one: chance records, of all
 * kinds and in any order, must give the same statistics and the same breakdowns. A tally that is to
 * find the slowest exits looks at each.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/tally.h"

#define EVENTS 3000

/** Marsaglia's xorshift64, so that failures repeat. */
static uint64_t state;

static uint64_t chance(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/** Few different ones, and of these most differ in one thing only. */
static void fill(struct vts_event *event, uint64_t now, uint64_t exit_tsc)
{
	static const uint16_t reasons[] = {0, 1, 10, 14, 18, 28, 30, 31, 32, 48, 100, 300, 0x1001};

	event->tsc = now;
	event->exit_tsc = exit_tsc;
	event->reason = reasons[chance(sizeof(reasons) / sizeof(*reasons))];
	for (unsigned i = 0; i < 5; i++)
		event->word[i] = 0x80000005;
	switch (chance(12)) {
	case 0:
		event->how = (uint8_t)chance(4);
		break;
	case 1:
		event->flags = (uint16_t)chance(16);
		break;
	case 2:
		event->vcpu = chance(500) == 0;
		break;
	case 3:
	case 4:
	case 5:
	case 6:
	case 7:
		event->word[chance(5)] += chance(4) << chance(32);
		break;
	case 8:
		event->word[chance(5)] = chance(UINT64_MAX);
		break;
	}
}

static unsigned detail_kind(unsigned odd)
{
	unsigned usual[] = {VTS_KIND_TLB_FLUSH,	 VTS_KIND_EPT_VIOLATION, VTS_KIND_SHADOW_FAULT,
			    VTS_KIND_SHADOW_ZAP, VTS_KIND_IO_REQUEST,	 VTS_KIND_INJECTION,
			    VTS_KIND_HYPERCALL,	 VTS_KIND_TIME_WARP,	 VTS_KIND_REGISTER};

	if (chance(odd) && chance(2))
		return VTS_KIND_IO_REQUEST;
	if (chance(odd))
		return usual[chance(sizeof(usual) / sizeof(*usual))];
	return 2 + (unsigned)chance(VTS_KIND_COUNT + 40);
}

/** A mark of one of three phases, or of a process. */
static void make_mark(struct vts_event *event)
{
	event->kind = VTS_KIND_MARK;
	event->reason = (uint16_t)chance(3);
	event->mark.name[0] = 'a' + event->reason;
	event->mark.name[1] = 0;
	event->mark.begin_tsc = chance(4) ? 0 : event->exit_tsc;
}

static void make_events(struct vts_event *events, uint64_t seed, unsigned odd)
{
	uint64_t now = 1000, exit_tsc = 1000;

	state = seed * 0x9e3779b97f4a7c15ull + 1;
	memset(events, 0, EVENTS * sizeof(*events));
	for (size_t i = 0; i < EVENTS; i++) {
		bool exit = !chance(3);

		now += chance(20) ? 10 : chance(1000);
		fill(&events[i], now, exit_tsc);
		events[i].kind = exit ? VTS_KIND_EXIT : (uint8_t)detail_kind(odd);
		if (!exit && chance(4))
			events[i].reason = (uint16_t)chance(3);
		if (!exit && !chance(odd))
			make_mark(&events[i]);
		if (exit || !chance(odd)) /* else the exit was lost */
			exit_tsc = now + 5;
	}
}

static void count(struct tally *tally, const struct vts_event *events, bool each, size_t most)
{
	memset(tally, 0, sizeof(*tally));
	for (size_t i = 0; i < DIMENSIONS; i++)
		tally->wanted[i] = i != BY_FUNCTION;
	tally->slowest.wanted = each;
	tally_init(tally);
	for (size_t done = 0; done < EVENTS;) {
		size_t some = 1 + chance(most);

		if (some > EVENTS - done)
			some = EVENTS - done;
		tally_add(tally, events + done, some);
		done += some;
	}
	tally_finish(tally);
}

static void compare_breakdowns(const struct breakdown *a, const struct breakdown *b, const char *of)
{
	const struct breakdown_row **x = breakdown_sort(a), **y = breakdown_sort(b);
	static struct vts_hist left, right;

	cr_assert_eq(a->rows, b->rows, "rows by %s", of);
	for (size_t i = 0; i < a->rows; i++) {
		cr_assert_eq(x[i]->key, y[i]->key, "key by %s", of);
		vts_hist_init(&left);
		vts_hist_init(&right);
		breakdown_merge(&left, x[i]);
		breakdown_merge(&right, y[i]);
		cr_assert(!memcmp(&left, &right, sizeof(left)), "latencies by %s", of);
	}
	free(x);
	free(y);
}

static void compare_stats(const struct vts_stats *a, const struct vts_stats *b)
{
	cr_assert(!memcmp(&a->total, &b->total, sizeof(a->total)), "totals");
	cr_assert(!memcmp(&a->all, &b->all, sizeof(a->all)), "all latencies");
	for (size_t i = 0; i < VTS_STATS_REASONS; i++) {
		cr_assert_eq(!a->reason[i], !b->reason[i]);
		cr_assert(!a->reason[i] || !memcmp(a->reason[i], b->reason[i], sizeof(a->all)),
			  "latencies of row %zu", i);
	}
	cr_assert_eq(a->phases, b->phases);
	for (size_t i = 0; i < a->phases; i++) {
		cr_assert_eq(a->phase[i].begin, b->phase[i].begin);
		cr_assert_eq(a->phase[i].end, b->phase[i].end);
		cr_assert(!memcmp(a->phase[i].counts, b->phase[i].counts, sizeof(a->total)),
			  "phase %zu", i);
	}
	cr_assert_eq(a->first_tsc, b->first_tsc);
	cr_assert_eq(a->last_tsc, b->last_tsc);
}

/** @odd: one detail in so many is not of the usual kind. */
static void compare(unsigned odd, uint64_t seeds)
{
	struct vts_event *events = calloc(EVENTS, sizeof(*events));
	struct tally *each = malloc(sizeof(*each)), *together = malloc(sizeof(*together));

	for (uint64_t seed = 0; seed < seeds; seed++) {
		make_events(events, seed, odd);
		count(each, events, true, EVENTS);
		count(together, events, false, seed % 2 ? 30 : EVENTS);
		compare_stats(&each->stats, &together->stats);
		for (size_t i = 0; i < DIMENSIONS; i++)
			if (each->wanted[i])
				compare_breakdowns(&each->by[i], &together->by[i],
						   dimensions[i].name);
		compare_breakdowns(&each->high, &together->high, "high reason");
		cr_assert_eq(each->span, together->span);
		cr_assert_eq(each->guest, together->guest);
		cr_assert_eq(each->host.any, together->host.any);
		for (size_t i = 0; i < VTS_STATS_REASONS - 1; i++)
			cr_assert(!memcmp(&each->host.row[i], &together->host.row[i],
					  sizeof(each->host.row[i])));
		tally_free(each);
		tally_free(together);
	}
	free(events);
	free(each);
	free(together);
}

Test(tally, counts_together_what_is_alike)
{
	compare(1000, 30);
}

Test(tally, counts_marks_and_losses_in_their_place)
{
	compare(20, 30);
	compare(3, 10);
}
