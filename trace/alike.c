/* SPDX-License-Identifier: GPL-2.0-only */
#include "alike.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "counts.h"
#include "hist_bucket.h"

#define ROW_LINE (uintptr_t)64

/* Kinds of detail that mean nothing but what counts_add_detail makes of them. */
#define USUAL                                                                                      \
	(1u << VTS_KIND_TLB_FLUSH | 1u << VTS_KIND_EPT_VIOLATION | 1u << VTS_KIND_SHADOW_FAULT |   \
	 1u << VTS_KIND_SHADOW_ZAP | 1u << VTS_KIND_IO_REQUEST | 1u << VTS_KIND_INJECTION |        \
	 1u << VTS_KIND_HYPERCALL | 1u << VTS_KIND_TIME_WARP | 1u << VTS_KIND_REGISTER)

int vts_alikes_init(struct vts_alikes *alikes)
{
	alikes->count = 0;
	/* Keys come from a guest: without a secret it could choose ones that collide. */
	if (getrandom(alikes->secret, sizeof(alikes->secret), 0) < 0)
		memset(alikes->secret, 0x5b, sizeof(alikes->secret));
	for (size_t i = 0; i < sizeof(alikes->secret) / sizeof(*alikes->secret); i++)
		alikes->secret[i] |= 1;
	alikes->memory = calloc(VTS_ALIKES + 1, sizeof(*alikes->rows));
	if (!alikes->memory)
		return -1;
	/* Aligned, and of memory that is not there before it is used. */
	alikes->rows = (void *)(((uintptr_t)alikes->memory + ROW_LINE - 1) & ~(ROW_LINE - 1));
	return 0;
}

void vts_alikes_free(struct vts_alikes *alikes)
{
	free(alikes->memory);
	alikes->memory = alikes->rows = NULL;
}

/** Count what is in @row, and hand it over; it is free then. */
static int finish(struct vts_alikes *alikes, size_t row)
{
	struct vts_alike *alike = &alikes->rows[row];
	int status = vts_stats_add_alike(alikes->stats, alike);

	status |= alikes->done(alikes->context, row, alike);
	alike->count = 0;
	alike->head = 0; /* no exit's */
	return status;
}

int vts_alikes_flush(struct vts_alikes *alikes)
{
	int status = 0;

	for (size_t i = 0; i < alikes->count; i++)
		status |= finish(alikes, alikes->used[i]);
	alikes->count = 0;
	return status;
}

/** What is looked up of an exit, but for its details; see alike.h. */
static inline struct vts_alike key_of(const struct vts_alikes *alikes, const struct vts_event *exit,
				      unsigned bucket)
{
	unsigned reason = exit->reason;
	bool address = reason == VTS_REASON_EXCEPTION_NMI || reason == VTS_REASON_EPT_VIOLATION ||
		       reason == VTS_REASON_INVLPG;
	bool interruption =
	    reason == VTS_REASON_EXCEPTION_NMI || reason == VTS_REASON_EXTERNAL_INTERRUPT;

	return (struct vts_alike){
	    .head = (exit->head & ~(0xffffull << 32)) | (uint64_t)bucket << 32,
	    .rip = exit->exit.rip,
	    .cr3 = exit->exit.cr3 & alikes->cr3_mask,
	    .qualification = address ? 0 : exit->exit.qualification,
	    .vector = interruption ? exit->exit.gpa : 0,
	};
}

static inline void add_detail(struct vts_alike *key, const struct vts_event *detail)
{
	key->details[1] = key->details[1] << 32 | key->details[0] >> 32;
	key->details[0] = key->details[0] << 32 | (uint32_t)detail->head;
}

static inline bool same(const struct vts_alike *a, const struct vts_alike *b)
{
	/* One branch: it is nearly always taken. */
	return !((a->head ^ b->head) | (a->rip ^ b->rip) | (a->cr3 ^ b->cr3) |
		 (a->qualification ^ b->qualification) | (a->vector ^ b->vector) |
		 (a->details[0] ^ b->details[0]) | (a->details[1] ^ b->details[1]));
}

/** A multilinear hash, whose upper bits are good. */
static inline size_t row_of(const struct vts_alikes *alikes, const struct vts_alike *key)
{
	const uint64_t *secret = alikes->secret;
	uint64_t sum = key->head * secret[0] + key->rip * secret[1] + key->cr3 * secret[2] +
		       (key->qualification ^ key->vector << 40) * secret[3] +
		       (key->details[0] ^ key->details[1] << 5) * secret[4];

	return sum >> (64 - VTS_ALIKES_SHIFT);
}

static inline bool is_usual(unsigned kind)
{
	return kind < 32 && USUAL >> kind & 1;
}

static inline bool same_exit(const struct vts_event *a, const struct vts_event *b)
{
	return a->exit_tsc == b->exit_tsc && a->vm == b->vm && a->vcpu == b->vcpu;
}

static inline uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/**
 * The exit that the details from @first on belong to, if all that is of the usual kind and lies before
 * @end; else NULL. @latest: the latest time.
 */
static inline const struct vts_event *find_exit(const struct vts_event *first,
						const struct vts_event *end, uint64_t *latest)
{
	const struct vts_event *event = first;

	if (end - first > VTS_ALIKE_DETAILS + 1)
		end = first + VTS_ALIKE_DETAILS + 1;
	for (; event->kind != VTS_KIND_EXIT; event++) {
		if (!is_usual(event->kind) || event + 1 == end || !same_exit(event, event + 1))
			return NULL;
		*latest = later(*latest, event->tsc);
	}
	*latest = later(*latest, event->tsc);
	return event;
}

/** Begin @row with the exit that has its details before it from @first on. */
static __attribute__((noinline)) int begin(struct vts_alikes *alikes, size_t row,
					   const struct vts_event *first,
					   const struct vts_event *exit, unsigned bucket)
{
	struct vts_alike *alike = &alikes->rows[row];
	struct vts_alike key = key_of(alikes, exit, bucket);
	int status = 0;

	for (const struct vts_event *detail = first; detail < exit; detail++)
		add_detail(&key, detail);
	if (alike->count)
		status = finish(alikes, row);
	else
		alikes->used[alikes->count++] = (uint16_t)row;
	*alike = key;
	alike->min = UINT64_MAX;
	alike->each = alikes->first(alikes->context, row, first, exit);
	return status;
}

/** Count @exit, which has its details before it from @first on. */
static inline int count_exit(struct vts_alikes *alikes, const struct vts_event *first,
			     const struct vts_event *exit)
{
	uint64_t latency = saturating_sub(exit->tsc, exit->exit_tsc);
	unsigned bucket = hist_bucket(latency);
	struct vts_alike key = key_of(alikes, exit, bucket), *alike;
	size_t row;
	int status = 0;

	for (const struct vts_event *detail = first; detail < exit; detail++) {
		counts_add_detail(&alikes->stats->total, detail);
		add_detail(&key, detail);
	}
	vts_stats_pass(alikes->stats, exit);
	row = row_of(alikes, &key);
	alike = &alikes->rows[row];
	if (__builtin_expect(!same(alike, &key), 0))
		status = begin(alikes, row, first, exit, bucket);
	alike->count++;
	alike->sum += latency;
	if (latency < alike->min)
		alike->min = latency;
	if (latency > alike->max)
		alike->max = latency;
	if (alike->each)
		alikes->each(alikes->context, first, exit, bucket);
	return status;
}

long vts_alikes_take(struct vts_alikes *alikes, const struct vts_event *events, size_t count)
{
	const struct vts_event *first = events, *end = events + count, *exit;
	struct vts_stats *stats = alikes->stats;
	uint64_t latest = stats->last_tsc;
	int status = 0;

	if (!stats->total.events || stats->pending_phase >= 0)
		return 0;
	while (first < end && (exit = find_exit(first, end, &latest))) {
		status |= count_exit(alikes, first, exit);
		first = exit + 1;
	}
	stats->last_tsc = latest;
	return status ? -1 : first - events;
}
