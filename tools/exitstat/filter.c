// SPDX-License-Identifier: GPL-2.0-only
/* What a recording leaves out. */
#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "trace/names.h"

/** Kinds without which a trace cannot be read: they are always kept. */
static bool is_frame(unsigned kind)
{
	return kind == VTS_KIND_MARK || kind == VTS_KIND_VM_START || kind == VTS_KIND_VM_STOP ||
	       kind == VTS_KIND_LOST || kind == VTS_KIND_VCPU;
}

static int choose_kind(struct filter *filter, const struct options *options, const char *word)
{
	size_t count;
	const struct vts_name *kinds = vts_kinds(&count);
	const char *names[VTS_KIND_COUNT + 1] = {0}, *near;

	for (size_t i = 0; i < count; i++) {
		names[i] = kinds[i].name;
		if (strcmp(word, kinds[i].name))
			continue;
		filter->kind[kinds[i].number] = true;
		return 0;
	}
	near = nearest_name(word, names);
	usage_error(options, "--kinds %s: no such kind of event%s%s%s", word,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	return -1;
}

static int choose_reason(struct filter *filter, const struct options *options, const char *word)
{
	uint64_t reason;

	if (option_reason(options, word, &reason) < 0)
		return -1;
	filter->reason[reason] = true;
	return 0;
}

/** Each word of a list, separated by commas. */
static int choose(struct filter *filter, const struct options *options, const char *list,
		  int (*one)(struct filter *, const struct options *, const char *))
{
	char word[64];

	while (*list) {
		size_t length = strcspn(list, ",");

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		if (one(filter, options, word) < 0)
			return -1;
		list += length + (list[length] == ',');
	}
	return 0;
}

bool filter_option(struct filter *filter, const struct options *options, int option, int *status)
{
	switch (option) {
	case OPTION_KINDS:
		filter->by_kind = true;
		filter->kinds_text = optarg;
		*status = choose(filter, options, optarg, choose_kind);
		return true;
	case OPTION_REASONS:
		filter->by_reason = true;
		filter->reasons_text = optarg;
		*status = choose(filter, options, optarg, choose_reason);
		return true;
	default:
		return false;
	}
}

const char *filter_text(const struct filter *filter, char *text, size_t size)
{
	if (!filter->by_kind && !filter->by_reason)
		return NULL;
	snprintf(text, size, "%s%s%s%s%s", filter->by_reason ? "only exits of " : "",
		 filter->by_reason ? filter->reasons_text : "",
		 filter->by_reason && filter->by_kind ? "; " : "",
		 filter->by_kind ? "only details of " : "",
		 filter->by_kind ? filter->kinds_text : "");
	return text;
}

static void hand_on(struct filter *filter, const struct vts_event *event)
{
	if (!filter->enough && filter->take(filter->context, event, 1) < 0)
		filter->enough = true;
}

/** An exit with a mark in it stays whole: the mark's phase begins or ends with it. */
static bool keeps_group(const struct filter *filter, const struct exit_group *group)
{
	if (!filter->by_reason || (group->exit && filter->reason[group->exit->reason]))
		return true;
	for (size_t i = 0; i < group->count; i++)
		if (is_frame(group->details[i].kind))
			return true;
	return false;
}

static void take_group(void *context, const struct exit_group *group)
{
	struct filter *filter = context;

	if (!keeps_group(filter, group))
		return;
	for (size_t i = 0; i < group->count; i++)
		if (!filter->by_kind || filter->kind[group->details[i].kind] ||
		    is_frame(group->details[i].kind))
			hand_on(filter, &group->details[i]);
	if (group->exit)
		hand_on(filter, group->exit);
}

int filter_take(void *context, const struct vts_event *events, size_t count)
{
	struct filter *filter = context;

	if (!filter->by_kind && !filter->by_reason)
		return filter->take(filter->context, events, count);
	filter->grouper.take = take_group;
	filter->grouper.context = filter;
	grouper_add(&filter->grouper, events, count);
	return filter->enough ? -1 : 0;
}

void filter_end(struct filter *filter)
{
	if (filter->grouper.take && !filter->enough)
		grouper_finish(&filter->grouper);
	grouper_free(&filter->grouper);
}
