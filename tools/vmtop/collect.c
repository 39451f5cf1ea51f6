/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/collect.h"

#include <string.h>

#include "tools/vmtop/what.h"
#include "trace/counts.h"
#include "trace/hist_bucket.h"

#define PAGE_SHIFT 12

/** How many items a table has room for; the rest is "other". */
static const size_t rooms[TABLES] = {
    [TABLE_REASON] = 256, [TABLE_FLUSH] = 256, [TABLE_MEMORY] = 64, [TABLE_IO] = 256,
    [TABLE_RIP] = 512,	  [TABLE_CR3] = 128,   [TABLE_VCPU] = 256,  [TABLE_PHASE] = 64,
};

int collect_init(struct collect *collect)
{
	int status = parts_init(&collect->parts);

	for (unsigned i = 0; i < TABLES; i++)
		status |= items_init(&collect->table[i], rooms[i]);
	if (status < 0)
		collect_free(collect);
	return status;
}

void collect_free(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		items_free(&collect->table[i]);
	parts_free(&collect->parts);
}

int collect_copy(struct collect *into, const struct collect *from)
{
	int status;

	*into = *from;
	status = parts_copy(&into->parts, &from->parts);
	for (unsigned i = 0; i < TABLES; i++)
		status |= items_copy(&into->table[i], &from->table[i]);
	into->pendings = 0; /* they, and the places, point into the original */
	memset(into->place, 0, sizeof(into->place));
	if (status < 0)
		collect_free(into);
	return status;
}

/** TABLE_RIP, _CR3, _VCPU and _PHASE share the total of the reasons: all count exits. */
static struct item *total_of(struct collect *collect, enum table table)
{
	bool own = table == TABLE_FLUSH || table == TABLE_MEMORY || table == TABLE_IO;

	return &collect->table[own ? table : TABLE_REASON].total;
}

const struct item *collect_total(const struct collect *collect, enum table table)
{
	return total_of((struct collect *)collect, table);
}

static struct item *get(struct collect *collect, enum table table, uint64_t key, uint64_t key2)
{
	return items_get(&collect->table[table], key, key2, &collect->serials);
}

static void add_word(struct item *item, enum item_word word, uint64_t value)
{
	if (item)
		item->now[word] += value;
}

/* Phases. */

/** The item of the phase that @name is the key of. */
static struct item *phase_item(struct collect *collect, const uint64_t name[2])
{
	return get(collect, TABLE_PHASE, name[0], name[1]);
}

/** The key of the @depth'th open phase. */
static const uint64_t *phase_at(const struct phases *phases, unsigned depth)
{
	static const uint64_t outside[2];

	return depth ? phases->open[depth - 1] : outside;
}

static void phase_begin(struct collect *collect, struct phases *phases,
			const struct vts_event *mark)
{
	if (phases->depth == COLLECT_DEPTH)
		return;
	memcpy(phases->open[phases->depth], mark->mark.name, sizeof(phases->open[0]));
	phases->id[phases->depth++] = mark->reason;
	add_word(phase_item(collect, mark->mark.name), WORD_RUNS, 1);
}

static void phase_end(struct collect *collect, struct phases *phases, const struct vts_event *mark)
{
	unsigned depth = phases->depth;
	struct item *item;

	while (depth && phases->id[depth - 1] != mark->reason)
		depth--;
	if (depth) {
		item = phase_item(collect, phases->open[depth - 1]);
		phases->depth = depth - 1;
		if (phases->depth < phases->least)
			phases->least = phases->depth;
	} else { /* without a VMM the end mark alone says it all */
		item = phase_item(collect, mark->mark.name);
		add_word(item, WORD_RUNS, 1);
	}
	add_word(item, WORD_OPS, mark->mark.ops);
	if (mark->mark.begin_tsc)
		add_word(item, WORD_GUEST, saturating_sub(mark->exit_tsc, mark->mark.begin_tsc));
}

/** The mark's own exit is in no phase that it begins or ends: see vts_stats. */
static struct item *phase_exit(struct collect *collect, struct phases *phases, uint64_t guest)
{
	struct item *before = phase_item(collect, phases->guest);
	const uint64_t *now = phase_at(phases, phases->least);
	struct item *item = before;

	if (now[0] != phases->guest[0] || now[1] != phases->guest[1])
		item = phase_item(collect, now);
	add_word(before, WORD_GUEST, guest);
	memcpy(phases->guest, phase_at(phases, phases->depth), sizeof(phases->guest));
	phases->least = phases->depth;
	return item;
}

/* Details. */

/** The exit of the pending details came (@exit), or will not (NULL). */
static void settle(struct collect *collect, const struct vts_event *exit, uint64_t latency,
		   unsigned bucket, uint64_t place)
{
	for (unsigned i = 0; i < collect->pendings; i++) {
		const struct pending *pending = &collect->pending[i];
		struct item *item = pending->item;
		bool first = exit && item->stamp != collect->exits;
		uint64_t time = first ? latency : 0;

		parts_add(&collect->parts, item->serial, pending->by, pending->key, 1, time);
		if (pending->size)
			parts_add(&collect->parts, item->serial, BY_SIZE, pending->size, 1, time);
		if (!exit)
			continue;
		parts_add(&collect->parts, item->serial, BY_RIP, place, 1, time);
		parts_add(&collect->parts, item->serial, BY_REASON, exit->reason, 1, time);
		if (!first)
			continue;
		item->stamp = collect->exits;
		item->now[WORD_EXITS]++;
		item->now[WORD_TIME] += latency;
		collect->out_of_memory |= item_latency(item, latency, bucket) < 0;
	}
	collect->pendings = 0;
}

/** The same for a table's total: an exit counts once, however many requests it has. */
static void settle_total(struct collect *collect, enum table table, uint64_t latency,
			 unsigned bucket)
{
	struct item *total = &collect->table[table].total;

	if (total->stamp != collect->exits)
		return;
	total->now[WORD_EXITS]++;
	total->now[WORD_TIME] += latency;
	collect->out_of_memory |= item_latency(total, latency, bucket) < 0;
}

/** Count a detail, which belongs to the exit that comes next. */
static struct item *add_item(struct collect *collect, enum table table, uint64_t key)
{
	struct item *item = get(collect, table, key, 0), *total = &collect->table[table].total;

	total->now[WORD_COUNT]++;
	total->stamp = collect->exits + 1;
	add_word(item, WORD_COUNT, 1);
	return item;
}

static void add_pending(struct collect *collect, struct item *item, enum dimension by, uint64_t key,
			uint64_t size)
{
	if (item && collect->pendings < COLLECT_PENDING)
		collect->pending[collect->pendings++] =
		    (struct pending){.item = item, .key = key, .size = size, .by = by};
}

static void add_both(struct collect *collect, enum table table, struct item *item,
		     enum item_word word, uint64_t value)
{
	collect->table[table].total.now[word] += value;
	add_word(item, word, value);
}

static void add_memory(struct collect *collect, const struct vts_event *event, uint64_t gpa,
		       uint64_t size, uint64_t clear)
{
	struct item *item =
	    add_item(collect, TABLE_MEMORY, (uint64_t)event->kind << 8 | event->how);

	add_both(collect, TABLE_MEMORY, item, WORD_CLEAR, clear);
	add_both(collect, TABLE_MEMORY, item, WORD_BYTES, size);
	add_pending(collect, item, BY_PAGE, gpa >> PAGE_SHIFT, size);
}

static void add_request(struct collect *collect, const struct vts_event *event)
{
	struct item *item = add_item(collect, TABLE_IO, (uint64_t)event->reason << 8 | event->how);

	add_both(collect, TABLE_IO, item, WORD_BYTES, event->io_request.bytes);
	add_pending(collect, item, BY_ADDRESS, event->io_request.address, 0);
}

static void add_idle(struct collect *collect, const struct vts_event *warp)
{
	struct phases *phases = &collect->vcpu[warp->vcpu];
	uint64_t idle = saturating_sub(warp->word[1], warp->word[0]);

	total_of(collect, TABLE_REASON)->now[WORD_IDLE] += idle;
	add_word(get(collect, TABLE_VCPU, (uint64_t)warp->vm << 8 | warp->vcpu, 0), WORD_IDLE,
		 idle);
	add_word(phase_item(collect, phases->guest), WORD_IDLE, idle);
}

static void add_detail(struct collect *collect, const struct vts_event *event)
{
	struct phases *phases = &collect->vcpu[event->vcpu];

	if (collect->pendings &&
	    (event->exit_tsc != collect->pending_tsc || event->vcpu != collect->pending_vcpu))
		settle(collect, NULL, 0, 0, 0); /* their exit was lost, or there is none */
	collect->pending_tsc = event->exit_tsc;
	collect->pending_vcpu = event->vcpu;
	switch (event->kind) {
	case VTS_KIND_TLB_FLUSH:
		add_pending(
		    collect,
		    add_item(collect, TABLE_FLUSH, (uint64_t)event->how << 16 | event->reason),
		    BY_ADDRESS, event->tlb_flush.address, 0);
		break;
	case VTS_KIND_EPT_VIOLATION:
		add_memory(collect, event, event->ept_violation.gpa, event->ept_violation.size,
			   event->ept_violation.clear);
		break;
	case VTS_KIND_SHADOW_FAULT:
		add_memory(collect, event, event->shadow_fault.gpa, event->shadow_fault.size,
			   event->shadow_fault.clear);
		break;
	case VTS_KIND_IO_REQUEST:
		add_request(collect, event);
		break;
	case VTS_KIND_TIME_WARP:
		add_idle(collect, event);
		break;
	case VTS_KIND_MARK:
		if (event->how == VTS_MARK_BEGIN)
			phase_begin(collect, phases, event);
		else if (event->how == VTS_MARK_END)
			phase_end(collect, phases, event);
		break;
	case VTS_KIND_VM_START:
		phases->entry = event->tsc; /* the first entry follows at once */
		phases->entered = true;
		break;
	default:
		break;
	}
}

/* Exits. */

/** The item of the function, or the address, that an exit came from. */
static const struct place *find_place(struct collect *collect, uint64_t rip)
{
	struct place *place = &collect->place[(rip ^ rip >> 10) % COLLECT_CACHE];

	if (place->known && place->rip == rip)
		return place;
	*place = (struct place){.rip = rip, .key = rip, .known = true};
	if (!symbols_find(collect->symbols, rip, &place->key))
		place->key = rip;
	place->item = get(collect, TABLE_RIP, place->key, 0);
	return place;
}

/** An item of a table of exits has one more, of @reason. */
static void add_exit_to(struct collect *collect, struct item *item, unsigned reason,
			uint64_t latency, unsigned bucket)
{
	if (!item)
		return;
	item->now[WORD_COUNT]++;
	item->now[WORD_TIME] += latency;
	collect->out_of_memory |= item_latency(item, latency, bucket) < 0;
	parts_add(&collect->parts, item->serial, BY_REASON, reason, 1, latency);
}

/** What a reason's exits are made of. */
static void add_reason_parts(struct collect *collect, const struct item *item,
			     const struct vts_event *exit, uint64_t place, uint64_t latency)
{
	struct parts *parts = &collect->parts;
	uint64_t key;

	parts_add(parts, item->serial, BY_RIP, place, 1, latency);
	parts_add(parts, item->serial, BY_RESOLUTION, exit->how, 1, latency);
	if (what_key(exit, &key))
		parts_add(parts, item->serial, BY_WHAT, key, 1, latency);
	if (exit->flags & VTS_FLAG_GPA_VALID)
		parts_add(parts, item->serial, BY_PAGE, exit->exit.gpa >> PAGE_SHIFT, 1, latency);
}

/** Without VPID the processor itself drops translations: a flush with no instruction. */
static void add_transition(struct collect *collect)
{
	struct item *item = add_item(collect, TABLE_FLUSH, (uint64_t)COLLECT_TRANSITION << 16);

	add_pending(collect, item, BY_ADDRESS, 0, 0);
}

static void add_exit(struct collect *collect, const struct vts_event *exit)
{
	struct phases *phases = &collect->vcpu[exit->vcpu];
	uint64_t latency = saturating_sub(exit->tsc, exit->exit_tsc), guest = 0;
	unsigned bucket = hist_bucket(latency);
	struct item *reason = get(collect, TABLE_REASON, exit->reason, 0);
	struct item *total = total_of(collect, TABLE_REASON);
	struct item *cr3 = get(collect, TABLE_CR3, exit->exit.cr3, 0);
	struct item *vcpu = get(collect, TABLE_VCPU, (uint64_t)exit->vm << 8 | exit->vcpu, 0);
	const struct place *place = find_place(collect, exit->exit.rip);

	if (phases->entered)
		guest = saturating_sub(exit->exit_tsc, phases->entry);
	phases->entry = exit->tsc;
	phases->entered = true;
	total->now[WORD_COUNT]++;
	total->now[WORD_TIME] += latency;
	total->now[WORD_GUEST] += guest;
	collect->out_of_memory |= item_latency(total, latency, bucket) < 0;
	add_word(cr3, WORD_GUEST, guest);
	add_word(vcpu, WORD_GUEST, guest);
	if (reason) {
		reason->now[WORD_COUNT]++;
		reason->now[WORD_TIME] += latency;
		collect->out_of_memory |= item_latency(reason, latency, bucket) < 0;
		add_reason_parts(collect, reason, exit, place->key, latency);
	}
	add_exit_to(collect, place->item, exit->reason, latency, bucket);
	if (place->item && place->key != place->rip)
		parts_add(&collect->parts, place->item->serial, BY_ADDRESS, place->rip, 1, latency);
	add_exit_to(collect, cr3, exit->reason, latency, bucket);
	add_exit_to(collect, vcpu, exit->reason, latency, bucket);
	add_exit_to(collect, phase_exit(collect, phases, guest), exit->reason, latency, bucket);
	if (collect->pendings &&
	    (exit->exit_tsc != collect->pending_tsc || exit->vcpu != collect->pending_vcpu))
		settle(collect, NULL, 0, 0, 0);
	if (exit->flags & VTS_FLAG_TRANSITION_FLUSH)
		add_transition(collect);
	collect->exits++;
	if (collect->pendings)
		settle(collect, exit, latency, bucket, place->key);
	for (unsigned table = TABLE_FLUSH; table <= TABLE_IO; table++)
		settle_total(collect, table, latency, bucket);
}

void collect_add(struct collect *collect, const struct vts_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == VTS_KIND_EXIT)
			add_exit(collect, &events[i]);
		else
			add_detail(collect, &events[i]);
	}
}

void collect_tick(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		collect->out_of_memory |= items_tick(&collect->table[i]) < 0;
	parts_tick(&collect->parts);
	items_trim(&collect->table[TABLE_CR3]);
	if (items_trim(&collect->table[TABLE_RIP]))
		memset(collect->place, 0, sizeof(collect->place));
}

void collect_step(struct collect *collect, double seconds)
{
	unsigned index = collect->steps++ % ITEM_SERIES;

	for (unsigned i = 0; i < TABLES; i++)
		items_step(&collect->table[i], index);
	collect->step_seconds[index] = seconds;
}

void collect_note_backlog(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		items_note_backlog(&collect->table[i]);
}
