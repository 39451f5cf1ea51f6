/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits. Most are like one shortly before: the same reason from the same address, in the same phase. So
 * what they have in common is looked up once, and its counts are kept with it (a context) until the batch
 * of events ends; only histograms and pages are touched for every exit.
 */
#include <string.h>

#include "tools/vmtop/collect_private.h"
#include "tools/vmtop/what.h"

#define PAGE_SHIFT 12

/** The function, or the address, that an exit came from. */
static uint64_t place_of(const struct collect *collect, uint64_t rip)
{
	uint64_t start;

	return symbols_find(collect->symbols, rip, &start) ? start : rip;
}

/** The parts that are the same for all exits of a context. */
static void flush_parts(struct parts *parts, const struct context *context)
{
	uint64_t count = context->count, time = context->time;
	const struct item *item = context->item[CONTEXT_REASON];

	if (item) {
		parts_add(parts, item->serial, BY_RIP, context->place, count, time);
		parts_add(parts, item->serial, BY_RESOLUTION, context->how, count, time);
		if (context->has_what)
			parts_add(parts, item->serial, BY_WHAT, context->what, count, time);
	}
	for (unsigned i = CONTEXT_PLACE; i < CONTEXT_ITEMS; i++)
		if (context->item[i])
			parts_add(parts, context->item[i]->serial, BY_REASON, context->reason,
				  count, time);
	item = context->item[CONTEXT_PLACE];
	if (item && context->place != context->rip)
		parts_add(parts, item->serial, BY_ADDRESS, context->rip, count, time);
}

static void flush(struct collect *collect, struct context *context)
{
	struct item *total = &collect->table[TABLE_REASON].total;

	if (!context->count)
		return;
	flush_parts(&collect->parts, context);
	for (unsigned i = 0; i < CONTEXT_ITEMS; i++) {
		add_word(context->item[i], WORD_COUNT, context->count);
		add_word(context->item[i], WORD_TIME, context->time);
	}
	add_word(total, WORD_COUNT, context->count);
	add_word(total, WORD_TIME, context->time);
	add_word(total, WORD_GUEST, context->guest);
	add_word(context->item[CONTEXT_CR3], WORD_GUEST, context->guest);
	add_word(context->item[CONTEXT_VCPU], WORD_GUEST, context->guest);
	add_word(context->guest_phase, WORD_GUEST, context->guest);
	context->count = 0;
}

void exits_flush(struct collect *collect)
{
	for (unsigned i = 0; i < collect->contexts_used; i++)
		flush(collect, &collect->context[collect->context_used[i]]);
	collect->contexts_used = 0;
}

static bool is_same(const struct context *a, const struct context *b)
{
	return a->rip == b->rip && a->cr3 == b->cr3 && a->what == b->what && a->head == b->head &&
	       a->item[CONTEXT_PHASE] == b->item[CONTEXT_PHASE] && a->guest_phase == b->guest_phase;
}

/** All that @context's exits belong to. */
static void look_up(struct collect *collect, struct context *context, const struct vts_event *exit)
{
	struct item **item = context->item;

	context->reason = exit->reason;
	context->how = exit->how;
	context->place = place_of(collect, exit->exit.rip);
	item[CONTEXT_REASON] = collect_get(collect, TABLE_REASON, exit->reason, 0);
	item[CONTEXT_PLACE] = collect_get(collect, TABLE_RIP, context->place, 0);
	item[CONTEXT_CR3] = collect_get(collect, TABLE_CR3, exit->exit.cr3, 0);
	item[CONTEXT_VCPU] =
	    collect_get(collect, TABLE_VCPU, (uint64_t)exit->vm << 8 | exit->vcpu, 0);
}

/** The context of an exit, with nothing counted in it if it is new. */
static struct context *find_context(struct collect *collect, const struct vts_event *exit,
				    struct phases *phases)
{
	struct context wanted = {.rip = exit->exit.rip, .cr3 = exit->exit.cr3, .head = exit->head};
	struct context *context;
	uint64_t hash;

	wanted.guest_phase = phases_guest(collect, phases);
	wanted.item[CONTEXT_PHASE] = phases_exit(collect, phases);
	wanted.has_what = what_key(exit, &wanted.what);
	hash =
	    (wanted.rip ^ wanted.cr3 >> 12 ^ wanted.what << 7 ^ wanted.head) * 0x9e3779b97f4a7c15u;
	context = &collect->context[hash >> 32 & (COLLECT_CONTEXTS - 1)];
	if (context->count && is_same(context, &wanted))
		return context;
	if (context->count)
		flush(collect, context);
	else
		collect->context_used[collect->contexts_used++] =
		    (uint16_t)(context - collect->context);
	*context = wanted;
	look_up(collect, context, exit);
	return context;
}

/** Room for the context's latencies; its items without it are left out. */
static void add_latency(struct collect *collect, struct item *item, uint64_t latency,
			unsigned bucket)
{
	if (item && item_latency(item, latency, bucket) < 0)
		collect->out_of_memory = true;
}

void exits_add(struct collect *collect, const struct vts_event *exit)
{
	struct phases *phases = &collect->vcpu[exit->vcpu];
	struct context *context = find_context(collect, exit, phases);
	uint64_t latency = saturating_sub(exit->tsc, exit->exit_tsc);
	unsigned bucket = hist_bucket(latency);

	if (phases->entered)
		context->guest += saturating_sub(exit->exit_tsc, phases->entry);
	phases->entry = exit->tsc;
	phases->entered = true;
	context->count++;
	context->time += latency;
	add_latency(collect, &collect->table[TABLE_REASON].total, latency, bucket);
	for (unsigned i = 0; i < CONTEXT_ITEMS; i++)
		add_latency(collect, context->item[i], latency, bucket);
	if (exit->flags & VTS_FLAG_GPA_VALID && context->item[CONTEXT_REASON])
		parts_add(&collect->parts, context->item[CONTEXT_REASON]->serial, BY_PAGE,
			  exit->exit.gpa >> PAGE_SHIFT, 1, latency);
	details_settle(collect, exit, latency, bucket, context->place);
}
