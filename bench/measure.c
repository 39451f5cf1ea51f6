// SPDX-License-Identifier: GPL-2.0-only
#include "bench/measure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/names.h"
#include "trace/stats.h"

#define BATCH 4096 /* records read at a time */

/* Append @count under the number's name, or the number itself where it has none. */
static int set_count(json_t *counts, const char *name, unsigned number, uint64_t count)
{
	char buffer[16];

	if (!count)
		return 0;
	return json_object_set_new(counts, vts_name_or_number(name, number, buffer),
				   json_integer((json_int_t)count));
}

static json_t *reasons_to_json(const uint64_t *count)
{
	json_t *counts = json_object();

	for (unsigned i = 0; counts && i < VTS_STATS_REASONS; i++) {
		unsigned reason = vts_stats_row_reason(i);

		set_count(counts, vts_exit_reason_name(reason), reason, count[i]);
	}
	return counts;
}

static json_t *hows_to_json(enum vts_kind kind, const uint64_t *count)
{
	json_t *counts = json_object();

	for (unsigned i = 0; counts && i < VTS_STATS_HOWS; i++)
		set_count(counts, vts_how_name(kind, i), i, count[i]);
	return counts;
}

static json_t *flushes_to_json(const struct vts_counts *phase)
{
	uint64_t count[VTS_STATS_HOWS];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		count[how] = vts_counts_flushes(phase, how);
	return hows_to_json(VTS_KIND_TLB_FLUSH, count);
}

static json_t *causes_to_json(const struct vts_counts *phase)
{
	json_t *counts = json_object();

	for (unsigned cause = 0; counts && cause < VTS_STATS_CAUSES; cause++) {
		uint64_t sum = 0;

		for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
			sum += phase->flush[how][cause];
		set_count(counts, vts_flush_cause_name(cause), cause, sum);
	}
	return counts;
}

static void measure_disk(struct vtb_result *result, const struct vts_counts *counts)
{
	const struct vts_io_stats *disk = &counts->io[VTS_DEVICE_DISK];

	result->disk_requests = disk->requests;
	result->disk_bytes = disk->bytes;
	result->disk_depth = disk->depth;
	result->notifications =
	    counts->io[VTS_DEVICE_VIRTIO_BLK].writes + counts->io[VTS_DEVICE_VIRTIO_CONSOLE].writes;
}

int vtb_measure_phase(struct vtb_result *result, const struct vts_phase *phase)
{
	const struct vts_counts *counts = phase->counts;
	bool native = result->cell.paging == VTB_NATIVE;

	result->ops = phase->ops;
	result->total = phase->end - phase->begin;
	result->guest = native ? result->total : counts->guest_time;
	result->vmm = counts->vmm_time;
	result->idle = counts->idle_time;
	result->wait = 0;
	result->clear = counts->clear_time;
	result->measured = phase->value ? phase->value : VTB_UNKNOWN;
	result->exits = counts->exits;
	result->events = counts->events;
	result->transition_flushes = counts->transition_flushes;
	result->io_requests = 0;
	result->io_bytes = 0;
	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++) {
		result->io_requests += counts->io[i].requests;
		result->io_bytes += counts->io[i].bytes;
	}
	measure_disk(result, counts);
	result->exits_by_reason = reasons_to_json(counts->reason);
	result->exit_times = reasons_to_json(counts->reason_time);
	result->tlb_flushes = flushes_to_json(counts);
	result->flush_causes = causes_to_json(counts);
	result->ept_violations = hows_to_json(VTS_KIND_EPT_VIOLATION, counts->ept_violation);
	result->shadow_faults = hows_to_json(VTS_KIND_SHADOW_FAULT, counts->shadow_fault);
	result->shadow_zaps = hows_to_json(VTS_KIND_SHADOW_ZAP, counts->shadow_zap);
	result->shadow_zap_entries = hows_to_json(VTS_KIND_SHADOW_ZAP, counts->shadow_zap_entries);
	result->injections = hows_to_json(VTS_KIND_INJECTION, counts->injection);
	return result->exits_by_reason && result->exit_times && result->tlb_flushes &&
		       result->flush_causes && result->ept_violations && result->shadow_faults &&
		       result->shadow_zaps && result->shadow_zap_entries && result->injections
		   ? 0
		   : -1;
}

/* FNV-1a over 64-bit words: tells twins from others; no defence against forgery is needed. */
static uint64_t hash_events(uint64_t hash, const struct vts_event *events, size_t count)
{
	const unsigned char *bytes = (const unsigned char *)events;

	for (size_t i = 0; i < count * sizeof(*events); i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		hash = (hash ^ word) * 0x100000001b3ull;
	}
	return hash;
}

/* Every record, into the statistics. 0, or -1 when out of memory. */
static int read_events(struct vts_source *source, struct vts_stats *stats, uint64_t *hash)
{
	struct vts_event *events = malloc(BATCH * sizeof(*events));
	size_t count;
	int status = 0;

	if (!events)
		return -1;
	*hash = 0xcbf29ce484222325ull;
	while (!status && (count = vts_source_read(source, events, BATCH))) {
		*hash = hash_events(*hash, events, count);
		status = vts_stats_add(stats, events, count);
	}
	free(events);
	return status;
}

/* The one phase, or that of the workload's name for it. */
static const struct vts_phase *find_phase(const struct vtb_result *result,
					  const struct vts_stats *stats)
{
	const char *name = result->cell.workload->phase;

	for (size_t i = 0; name && i < stats->phases; i++)
		if (!strcmp(stats->phase[i].name, name))
			return &stats->phase[i];
	return !name && stats->phases == 1 ? &stats->phase[0] : NULL;
}

static void check_phase(struct vtb_result *result, const struct vts_stats *stats)
{
	const struct vts_phase *phase = find_phase(result, stats);

	if (!phase) {
		vtb_result_fail(result, "the guest marked %zu phases, where a cell needs one",
				stats->phases);
		return;
	}
	if (!phase->ended) {
		vtb_result_fail(result, "the marked phase was not finished");
		return;
	}
	if (vtb_measure_phase(result, phase)) {
		vtb_result_fail(result, "out of memory");
		return;
	}
	if (!result->ops)
		vtb_result_fail(result, "the guest says that it did no operation");
	else if (result->total != result->guest + result->vmm)
		vtb_result_fail(
		    result, "guest %" PRIu64 " + VMM %" PRIu64 " %s is not the phase's %" PRIu64,
		    result->guest, result->vmm, result->unit, result->total);
}

static void check_source(struct vtb_result *result, const struct vts_source *source)
{
	const char *first;
	unsigned problems = vts_source_problems(source, &first);

	result->lost = vts_source_lost(source);
	if (problems)
		vtb_result_fail(result, "the trace is damaged in %u places: %s", problems, first);
	if (result->lost)
		vtb_result_fail(result, "%" PRIu64 " events were lost", result->lost);
}

static void read_env(struct vtb_result *result, const struct vts_source *source)
{
	const char *engine = vts_source_env(source, "engine");
	const char *version = vts_source_env(source, "engine_version");

	snprintf(result->engine, sizeof(result->engine), "%s", engine ? engine : "");
	snprintf(result->unit, sizeof(result->unit), "%s", vts_source_unit(source));
	if (version)
		snprintf(result->engine_version, sizeof(result->engine_version), "%s", version);
}

void vtb_measure_trace(struct vtb_result *result, const char *path)
{
	struct vts_error error;
	struct vts_source *source = vts_source_open_dir(path, &error);
	struct vts_stats stats;
	uint64_t hash;

	if (!source) {
		vtb_result_fail(result, "%s", error.text);
		return;
	}
	read_env(result, source);
	if (vts_stats_init(&stats)) {
		vtb_result_fail(result, "out of memory");
		vts_source_close(source);
		return;
	}
	if (read_events(source, &stats, &hash)) {
		vtb_result_fail(result, "out of memory");
	} else {
		snprintf(result->trace_hash, sizeof(result->trace_hash), "%016" PRIx64, hash);
		check_source(result, source);
		/* A VMM built without recording has no phase to tell of. */
		if (result->cell.vmm != VTB_NORECORD)
			check_phase(result, &stats);
	}
	vts_stats_free(&stats);
	vts_source_close(source);
}
