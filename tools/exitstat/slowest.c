// SPDX-License-Identifier: GPL-2.0-only
/* The slowest exits: collecting them. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "slowest.h"

#define RECENT_ROWS 256

void slowest_init(struct slowest *slowest)
{
	slowest->count = 0;
	slowest->host = false;
	slowest->recent = NULL;
	if (!slowest->wanted)
		return;
	slowest->recent = calloc(RECENT_ROWS, sizeof(*slowest->recent));
	if (!slowest->recent)
		die_of_memory();
}

static void slow_free(struct slow_exit *slow)
{
	free(slow->details);
	free(slow);
}

void slowest_free(struct slowest *slowest)
{
	for (size_t i = 0; i < slowest->count; i++)
		slow_free(slowest->list[i]);
	slowest->count = 0;
	free(slowest->recent);
	slowest->recent = NULL;
}

static struct slowest_recent *recent_row(struct slowest *slowest, const struct vts_event *exit)
{
	return &slowest->recent[(exit->vm * 37 + exit->vcpu) % RECENT_ROWS];
}

/** The exits before it, of those remembered of its vCPU. */
static void copy_before(struct slow_exit *slow, const struct slowest_recent *recent)
{
	uint64_t known = recent->seen < SLOWEST_BEFORE ? recent->seen : SLOWEST_BEFORE;

	for (uint64_t i = recent->seen - known; i < recent->seen; i++) {
		const struct vts_event *exit = &recent->exit[i % SLOWEST_BEFORE];

		if (exit->vm == slow->exit.vm && exit->vcpu == slow->exit.vcpu)
			slow->before[slow->befores++] = *exit;
	}
}

static struct slow_exit *slow_make(const struct exit_group *group, const struct guest *guest,
				   const struct slowest_recent *recent)
{
	struct slow_exit *slow = calloc(1, sizeof(*slow));

	if (!slow)
		die_of_memory();
	slow->exit = *group->exit;
	slow->latency = exit_latency(group->exit);
	slow->process = guest_process(guest, group->exit);
	slow->phase = guest_phase(guest);
	slow->details_all = group->count;
	slow->kept = group->count < SLOWEST_DETAILS ? group->count : SLOWEST_DETAILS;
	slow->details = calloc(slow->kept + 1, sizeof(*slow->details));
	if (!slow->details)
		die_of_memory();
	if (slow->kept)
		memcpy(slow->details, group->details, slow->kept * sizeof(*slow->details));
	for (size_t i = 0; i < group->count; i++)
		for (unsigned part = 0;
		     group->details[i].kind == VTS_KIND_HOST_TIME && part < VTS_HOST_PARTS; part++)
			slow->part[part] += group->details[i].word[part];
	copy_before(slow, recent);
	return slow;
}

/** Is it slower than the last one kept, or is there still room? */
static bool belongs(const struct slowest *slowest, const struct exit_group *group)
{
	return slowest->count < slowest->wanted ||
	       slowest->list[slowest->count - 1]->latency < exit_latency(group->exit);
}

static void insert(struct slowest *slowest, struct slow_exit *slow)
{
	size_t at = slowest->count;

	while (at && slowest->list[at - 1]->latency < slow->latency)
		at--;
	memmove(&slowest->list[at + 1], &slowest->list[at],
		(slowest->count - at) * sizeof(slowest->list[0]));
	slowest->list[at] = slow;
	if (slowest->count == slowest->wanted)
		slow_free(slowest->list[slowest->count]);
	else
		slowest->count++;
}

void slowest_add(struct slowest *slowest, const struct exit_group *group, const struct guest *guest)
{
	if (!slowest->wanted)
		return;
	for (size_t i = 0; !slowest->host && i < group->count; i++)
		slowest->host = group->details[i].kind == VTS_KIND_HOST_TIME;
	if (belongs(slowest, group))
		insert(slowest, slow_make(group, guest, recent_row(slowest, group->exit)));
}

void slowest_remember(struct slowest *slowest, const struct vts_event *exit)
{
	struct slowest_recent *recent;

	if (!slowest->wanted)
		return;
	recent = recent_row(slowest, exit);
	recent->exit[recent->seen++ % SLOWEST_BEFORE] = *exit;
}
