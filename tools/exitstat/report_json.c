// SPDX-License-Identifier: GPL-2.0-only
/* exitstat report --json. Fields are added, never renamed. */
#include <stdlib.h>

#include "report.h"
#include "text.h"
#include "trace/names.h"

static void put_name(json_t *object, const char *key, const char *name, unsigned number)
{
	char buffer[12];

	json_put_text(object, key, vts_name_or_number(name, number, buffer));
}

static void put_how(json_t *object, unsigned kind, unsigned how)
{
	put_name(object, "how", vts_how_name(kind, how), how);
}

static json_t *damage_json(const struct vts_source *source)
{
	const char *first;
	unsigned problems = vts_source_problems(source, &first);
	json_t *object = json_new_object();

	json_put_count(object, "problems", problems);
	json_put_text(object, "first", problems ? first : NULL);
	return object;
}

static json_t *start_json(const struct tally *tally)
{
	const struct vts_event *start = &tally->start;
	uint64_t config = start->vm_start.config;
	json_t *object;

	if (!tally->started)
		return json_null();
	object = json_new_object();
	put_name(object, "paging", vts_how_name(VTS_KIND_VM_START, start->how), start->how);
	json_put_bool(object, "vpid", config & VTS_CONFIG_VPID);
	json_put_bool(object, "ept_ad", start->vm_start.features & VTS_FEATURE_EPT_AD);
	json_put_bool(object, "apicv", start->vm_start.features & VTS_FEATURE_APICV);
	json_put_text(object, "io", config & VTS_CONFIG_PV ? "pv" : "trapped");
	json_put_bool(object, "count_flush", config & VTS_CONFIG_COUNT_FLUSH);
	json_put_bool(object, "interactive", config & VTS_CONFIG_INTERACTIVE);
	json_put_count(object, "page_size",
		       4096ull << (config >> VTS_CONFIG_EPT_PAGES_SHIFT & 0x1f));
	json_put_count(object, "memory", start->vm_start.memory);
	json_put_count(object, "hz", start->vm_start.hz);
	json_put_hex(object, "hash", start->vm_start.hash);
	json_put_hex(object, "features", start->vm_start.features);
	return object;
}

static json_t *stop_json(const struct tally *tally)
{
	const struct vts_event *stop = &tally->stop;
	json_t *object;

	if (!tally->stopped)
		return json_null();
	object = json_new_object();
	put_how(object, VTS_KIND_VM_STOP, stop->how);
	json_put_count(object, "status", stop->vm_stop.status);
	json_put_hex(object, "rip", stop->vm_stop.rip);
	json_put_count(object, "exits", stop->vm_stop.exits);
	json_put_hex(object, "detail", stop->vm_stop.detail);
	return object;
}

static json_t *phase_json(const struct tally *tally)
{
	json_t *object;

	if (!tally->phase)
		return json_null();
	object = json_new_object();
	json_put_text(object, "name", tally->phase);
	json_put_count(object, "runs", tally->phase_runs);
	json_put_bool(object, "ended", !tally->phase_open);
	return object;
}

static json_t *reasons_json(const struct tally *tally)
{
	size_t count;
	struct reason_row *rows = tally_reasons(tally, &count);
	json_t *array = json_new_array();

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_new_object();

		put_name(object, "reason", vts_exit_reason_name(rows[i].number), rows[i].number);
		json_put_count(object, "number", rows[i].number);
		json_put_hist(object, &rows[i].hist);
		json_add(array, object);
	}
	free(rows);
	return array;
}

static json_t *flushes_json(const struct vts_counts *total)
{
	json_t *array = json_new_array();

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++) {
		for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++) {
			json_t *object;

			if (!total->flush[how][cause])
				continue;
			object = json_new_object();
			put_how(object, VTS_KIND_TLB_FLUSH, how);
			put_name(object, "cause", vts_flush_cause_name(cause), cause);
			json_put_count(object, "count", total->flush[how][cause]);
			json_add(array, object);
		}
	}
	return array;
}

/** Rows of how and count; @entries, if not NULL, adds entries. */
static json_t *hows_json(unsigned kind, const uint64_t *counts, const uint64_t *entries)
{
	json_t *array = json_new_array();

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++) {
		json_t *object;

		if (!counts[how])
			continue;
		object = json_new_object();
		put_how(object, kind, how);
		json_put_count(object, "count", counts[how]);
		if (entries)
			json_put_count(object, "entries", entries[how]);
		json_add(array, object);
	}
	return array;
}

static json_t *io_json(const struct vts_counts *total)
{
	json_t *array = json_new_array();

	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++) {
		const struct vts_io_stats *io = &total->io[i];
		json_t *object;

		if (!io->requests)
			continue;
		object = json_new_object();
		put_name(object, "device", vts_device_name(i), i);
		json_put_count(object, "requests", io->requests);
		json_put_count(object, "bytes", io->bytes);
		json_put_count(object, "trapped", io->trapped);
		json_put_count(object, "pv", io->pv);
		json_add(array, object);
	}
	return array;
}

static json_t *hypercalls_json(const struct vts_counts *total)
{
	json_t *array = json_new_array();

	for (unsigned i = 0; i < VTS_STATS_CALLS; i++) {
		unsigned call = vts_stats_row_call(i);
		json_t *object;

		if (!total->hypercall[i])
			continue;
		object = json_new_object();
		if (i == VTS_STATS_CALL_OTHER) /* the row that higher numbers share */
			json_put_text(object, "hypercall", "other");
		else
			put_name(object, "hypercall", vts_hypercall_name(call), call);
		json_put_count(object, "number", call);
		json_put_count(object, "count", total->hypercall[i]);
		json_add(array, object);
	}
	return array;
}

static json_t *phases_json(const struct tally *tally)
{
	const struct vts_stats *stats = &tally->stats;
	json_t *array = json_new_array();

	for (size_t i = 0; i < stats->phases; i++) {
		const struct vts_phase *phase = &stats->phase[i];
		json_t *object = json_new_object();
		struct vts_counts counts;
		uint64_t total;

		tally_phase(tally, phase, &counts, &total);
		json_put_text(object, "name", phase->name);
		json_put_count(object, "id", phase->id);
		json_put_bool(object, "ended", phase->ended);
		json_put_count(object, "ops", phase->ops);
		json_put_count(object, "value", phase->value);
		json_put_count(object, "begin", phase->begin);
		json_put_count(object, "end", phase->ended ? phase->end : stats->last_tsc);
		json_put_count(object, "total", total);
		json_put_count(object, "guest", counts.guest_time);
		json_put_count(object, "vmm", counts.vmm_time);
		json_put_count(object, "clear", counts.clear_time);
		json_put_count(object, "idle", counts.idle_time);
		json_put_count(object, "exits", counts.exits);
		if (phase->ops) {
			json_put_real(object, "per_op", (double)total / phase->ops);
			json_put_real(object, "exits_per_op", (double)counts.exits / phase->ops);
		}
		json_add(array, object);
	}
	return array;
}

static json_t *breakdown_json(const struct report *report, enum dimension dimension)
{
	const struct dimension_info *info = &dimensions[dimension];
	const struct breakdown *breakdown = &report->tally->by[dimension];
	const struct breakdown_row **rows = breakdown_sort(breakdown);
	size_t top = report->top && report->top < breakdown->rows ? report->top : breakdown->rows;
	json_t *table = json_new_object(), *array = json_new_array(), *other = json_new_object();
	struct vts_hist hist;

	for (size_t i = 0; i < top; i++) {
		json_t *object = json_new_object();

		info->json(object, rows[i]->key, &report->tally->where);
		vts_hist_init(&hist);
		breakdown_merge(&hist, rows[i]);
		json_put_hist(object, &hist);
		json_add(array, object);
	}
	report_other(rows, breakdown->rows, top, &hist);
	json_put_count(other, "keys", breakdown->rows - top);
	json_put_hist(other, &hist);
	json_put(table, "rows", array);
	json_put(table, "other", other);
	free(rows);
	return table;
}

static void put_details(json_t *root, const struct vts_counts *total)
{
	json_put(root, "exit_resolutions", hows_json(VTS_KIND_EXIT, total->exit_how, NULL));
	json_put(root, "tlb_flushes", flushes_json(total));
	json_put_count(root, "transition_flushes", total->transition_flushes);
	json_put(root, "ept_violations",
		 hows_json(VTS_KIND_EPT_VIOLATION, total->ept_violation, NULL));
	json_put(root, "shadow_faults",
		 hows_json(VTS_KIND_SHADOW_FAULT, total->shadow_fault, NULL));
	json_put(root, "shadow_zaps",
		 hows_json(VTS_KIND_SHADOW_ZAP, total->shadow_zap, total->shadow_zap_entries));
	json_put(root, "io_requests", io_json(total));
	json_put(root, "io_refused", hows_json(VTS_KIND_IO_REQUEST, total->io_refused, NULL));
	json_put(root, "hypercalls", hypercalls_json(total));
	json_put(root, "injections", hows_json(VTS_KIND_INJECTION, total->injection, NULL));
}

json_t *report_json(const struct report *report)
{
	const struct tally *tally = report->tally;
	const struct vts_counts *total = &tally->stats.total;
	const struct slowest_view slowest = report_slowest(report);
	json_t *root = json_new_object();
	char key[32];

	json_put_text(root, "trace", report->title);
	json_put_text(root, "unit", vts_source_unit(report->source));
	json_put_count(root, "events", total->events);
	json_put_count(root, "lost", vts_source_lost(report->source));
	json_put(root, "damage", damage_json(report->source));
	json_put_count(root, "span", tally->span);
	json_put_count(root, "guest", tally->guest);
	json_put_count(root, "vmm", total->vmm_time);
	json_put_count(root, "clear", total->clear_time);
	json_put_count(root, "idle", total->idle_time);
	json_put_count(root, "exits", total->exits);
	json_put_bool(root, "partial", tally->stats.partial);
	json_put(root, "env", json_env(report->source));
	json_put(root, "vm_start", start_json(tally));
	json_put(root, "vm_stop", stop_json(tally));
	json_put(root, "phase", phase_json(tally));
	json_put(root, "reasons", reasons_json(tally));
	put_details(root, total);
	report_host_json(report, root);
	json_put(root, "slowest", slowest_json(&slowest));
	json_put(root, "phases", phases_json(tally));
	json_put_count(root, "phases_dropped", tally->stats.phases_dropped);
	for (size_t i = 0; i < DIMENSIONS; i++) {
		if (!tally->wanted[i])
			continue;
		snprintf(key, sizeof(key), "by_%s", dimensions[i].name);
		json_put(root, key, breakdown_json(report, i));
	}
	return root;
}
