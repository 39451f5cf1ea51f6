/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/panels.h"

#include <stddef.h>

#include "trace/names.h"

/** A panel: an array of counters, how its elements are called, and what more is known of one. */
struct panel_def {
	const char *title, *key;
	unsigned kind; /* whose `how` the elements are, unless name is set */
	const char *(*name)(unsigned number);
	size_t offset, length, stride; /* of the array in struct vts_counts; in bytes */
	uint64_t (*count)(const struct vts_counts *counts, unsigned i); /* instead of the array */
	void (*detail)(struct panel_entry *entry, const struct vts_counts *counts, unsigned i);
};

static void add_sub(struct panel_entry *entry, const char *name, unsigned number, uint64_t count)
{
	char buffer[16];

	if (!count || entry->subs == REPORT_SUBS)
		return;
	snprintf(entry->sub[entry->subs].name, REPORT_NAME, "%s",
		 vts_name_or_number(name, number, buffer));
	entry->sub[entry->subs++].count = count;
}

static void flush_causes(struct panel_entry *entry, const struct vts_counts *counts, unsigned how)
{
	for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++)
		add_sub(entry, vts_flush_cause_name(cause), cause, counts->flush[how][cause]);
}

static void zap_entries(struct panel_entry *entry, const struct vts_counts *counts, unsigned how)
{
	add_sub(entry, "entries", 0, counts->shadow_zap_entries[how]);
}

static void io_detail(struct panel_entry *entry, const struct vts_counts *counts, unsigned device)
{
	const struct vts_io_stats *io = &counts->io[device];

	add_sub(entry, "bytes", 0, io->bytes);
	add_sub(entry, "trapped", 0, io->trapped);
	add_sub(entry, "pv", 0, io->pv);
}

#define ARRAY(field, element)                                                                      \
	.offset = offsetof(struct vts_counts, field),                                              \
	.length = sizeof(((struct vts_counts *)0)->field) / sizeof(element),                       \
	.stride = sizeof(element)

static const struct panel_def defs[] = {
    {"TLB flushes", "tlb_flushes", VTS_KIND_TLB_FLUSH, ARRAY(flush, uint64_t[VTS_STATS_CAUSES]),
     .count = vts_counts_flushes, .detail = flush_causes},
    {"EPT violations", "ept_violations", VTS_KIND_EPT_VIOLATION, ARRAY(ept_violation, uint64_t)},
    {"shadow faults", "shadow_faults", VTS_KIND_SHADOW_FAULT, ARRAY(shadow_fault, uint64_t)},
    {"shadow zaps", "shadow_zaps", VTS_KIND_SHADOW_ZAP, ARRAY(shadow_zap, uint64_t),
     .detail = zap_entries},
    {"I/O requests", "io_requests", .name = vts_device_name, ARRAY(io, struct vts_io_stats),
     .detail = io_detail},
    {"exits resolved", "exits_resolved", VTS_KIND_EXIT, ARRAY(exit_how, uint64_t)},
    {"injections", "injections", VTS_KIND_INJECTION, ARRAY(injection, uint64_t)},
    {"hypercalls", "hypercalls", .name = vts_hypercall_name, ARRAY(hypercall, uint64_t)},
};

_Static_assert(sizeof(defs) / sizeof(defs[0]) <= REPORT_PANELS,
	       "a report has room for every panel");
_Static_assert(offsetof(struct vts_io_stats, requests) == 0,
	       "a device's first word counts requests");

static uint64_t element(const struct panel_def *def, const struct vts_counts *counts, unsigned i)
{
	if (def->count)
		return def->count(counts, i);
	return *(const uint64_t *)((const char *)counts + def->offset + i * def->stride);
}

static struct panel_entry *add_entry(struct panel *panel, const char *name, unsigned number,
				     uint64_t count)
{
	struct panel_entry *entry = &panel->entry[panel->entries];
	char buffer[16];

	if (!count || panel->entries == REPORT_ENTRIES)
		return NULL;
	snprintf(entry->name, sizeof(entry->name), "%s", vts_name_or_number(name, number, buffer));
	entry->count = count;
	panel->entries++;
	panel->total += count;
	return entry;
}

static void build(struct panel *panel, const struct panel_def *def, const struct vts_counts *counts)
{
	panel->title = def->title;
	panel->key = def->key;
	for (unsigned i = 0; i < def->length; i++) {
		const char *name = def->name ? def->name(i) : vts_how_name(def->kind, i);
		struct panel_entry *entry = add_entry(panel, name, i, element(def, counts, i));

		if (entry && !name && i + 1 == def->length) /* it counts all higher numbers too */
			snprintf(entry->name, sizeof(entry->name), "%u and above", i);
		if (entry && def->detail)
			def->detail(entry, counts, i);
	}
}

void panels_build(struct report *report, const struct vts_counts *counts)
{
	report->panels = sizeof(defs) / sizeof(defs[0]);
	for (size_t i = 0; i < report->panels; i++)
		build(&report->panel[i], &defs[i], counts);
	/* Without VPID the processor itself flushes at each transition: a flush with no
	 * instruction. */
	add_entry(&report->panel[0], "transition", 0, counts->transition_flushes);
}
