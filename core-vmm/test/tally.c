/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/test/tally.h"

#include <stdbool.h>

#include "core-vmm/platform/platform.h"

struct name {
	uint8_t kind, number;
	const char *name;
};

static const struct name reasons[] = {
#define EXIT_REASON(NAME, number, name, text) {0, number, #name},
#include "trace/events.def"
};

static const struct name hows[] = {
#define HOW(KIND, NAME, number, name, text) {VTS_KIND_##KIND, number, #name},
#include "trace/events.def"
};

static const struct name kinds[] = {
#define KIND(NAME, number, name, text) {0, number, #name},
#include "trace/events.def"
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

void tally_add(struct tally *tally, const struct vts_event *event)
{
	tally->hows[event->kind % 32][event->how % 32]++;
	if (event->kind != VTS_KIND_EXIT)
		return;
	tally->exits++;
	if (event->reason >= VTS_REASON_COUNT)
		return;
	tally->reasons[event->reason]++;
	tally->unhandled[event->reason] += event->how == VTS_EXIT_UNHANDLED;
}

/** "what: name count" for each name; those that never were in a line of their own. */
static void names_print(const char *what, const struct name *list, unsigned count, unsigned kind,
			const uint64_t *counts)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		if (list[i].kind != kind || !counts[list[i].number])
			continue;
		platform_log("hostile: %s %s %llu", what, list[i].name,
			     (unsigned long long)counts[list[i].number]);
		any = true;
	}
	if (!any)
		platform_log("hostile: %s: none", what);
}

void tally_print(const struct tally *tally)
{
	static const uint8_t shown[] = {
	    VTS_KIND_EXIT,	VTS_KIND_EPT_VIOLATION, VTS_KIND_SHADOW_FAULT, VTS_KIND_SHADOW_ZAP,
	    VTS_KIND_INJECTION, VTS_KIND_HYPERCALL,	VTS_KIND_VM_STOP};

	platform_log("hostile: exits %llu", (unsigned long long)tally->exits);
	names_print("reason", reasons, COUNT(reasons), 0, tally->reasons);
	names_print("unhandled", reasons, COUNT(reasons), 0, tally->unhandled);
	for (unsigned i = 0; i < COUNT(shown); i++)
		for (unsigned j = 0; j < COUNT(kinds); j++)
			if (kinds[j].number == shown[i])
				names_print(kinds[j].name, hows, COUNT(hows), shown[i],
					    tally->hows[shown[i]]);
}
