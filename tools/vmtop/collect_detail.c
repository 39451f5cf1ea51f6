/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens within an exit: flushes, violations and faults, requests. */
#include "tools/vmtop/collect_private.h"

#define PAGE_SHIFT 12

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
	struct item *item = collect_get(collect, table, key, 0),
		    *total = &collect->table[table].total;

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

	collect->table[TABLE_REASON].total.now[WORD_IDLE] += idle;
	add_word(collect_get(collect, TABLE_VCPU, (uint64_t)warp->vm << 8 | warp->vcpu, 0),
		 WORD_IDLE, idle);
	add_word(phases_guest(collect, phases), WORD_IDLE, idle);
}

void details_add(struct collect *collect, const struct vts_event *event)
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
		phases_mark(collect, phases, event);
		break;
	case VTS_KIND_VM_START:
		phases->entry = event->tsc; /* the first entry follows at once */
		phases->entered = true;
		break;
	default:
		break;
	}
}

/** Without VPID the processor itself drops translations: a flush with no instruction. */
static void add_transition(struct collect *collect)
{
	struct item *item = add_item(collect, TABLE_FLUSH, (uint64_t)COLLECT_TRANSITION << 16);

	add_pending(collect, item, BY_ADDRESS, 0, 0);
}

void details_settle(struct collect *collect, const struct vts_event *exit, uint64_t latency,
		    unsigned bucket, uint64_t place)
{
	if (collect->pendings &&
	    (exit->exit_tsc != collect->pending_tsc || exit->vcpu != collect->pending_vcpu))
		settle(collect, NULL, 0, 0, 0);
	if (exit->flags & VTS_FLAG_TRANSITION_FLUSH)
		add_transition(collect);
	collect->exits++;
	if (!collect->pendings)
		return;
	settle(collect, exit, latency, bucket, place);
	for (unsigned table = TABLE_FLUSH; table <= TABLE_IO; table++)
		settle_total(collect, (enum table)table, latency, bucket);
}
