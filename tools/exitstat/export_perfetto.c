// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export --format perfetto: a trace for ui.perfetto.dev and trace_processor. Perfetto knows
 * time in ns only: one unit of the trace is shown as 1 ns.
 *
 * A VM is a process and a vCPU a thread, on which guest and exit slices alternate; what is recorded
 * within an exit is an instant in its slice. Phases have tracks of their own, since they need not
 * nest. Counters: each exit's latency; exits, flushes and bytes of I/O so far.
 */
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "dimension.h"
#include "export.h"
#include "perfetto.h"
#include "text.h"
#include "trace/names.h"

/* Numbers of tracks: the sort, the VM, and its vCPU, phase or counter. */
enum sort { SORT_VM = 1, SORT_VCPU, SORT_LATENCY, SORT_PHASE, SORT_COUNTER };
enum counter { COUNTER_EXITS, COUNTER_FLUSHES, COUNTER_IO_BYTES, COUNTERS };

static const char *const counter_names[COUNTERS] = {"VM exits", "TLB flushes", "I/O bytes"};

/** One vCPU. */
struct lane {
	bool known;
	bool entered; /* the time of its last entry is known: */
	uint64_t entry;
};

struct perfetto {
	const struct view *view;
	struct perfetto_writer writer;
	bool vm_known[256];
	struct lane lane[256][256];	 /* by VM and vCPU */
	uint64_t *phase_known[256];	 /* by VM: a bit for each id */
	uint64_t counter[256][COUNTERS]; /* by VM */
};

static uint64_t track_uuid(enum sort sort, unsigned vm, unsigned number)
{
	return (uint64_t)sort << 32 | (uint64_t)vm << 16 | number;
}

/* Tracks */

static void declare_vm(struct perfetto *perfetto, unsigned vm)
{
	const char *guest = vts_source_env(perfetto->view->reader, "guest");
	char name[DIMENSION_LABEL_MAX];

	snprintf(name, sizeof(name), "VM %u%s%s (1 ns is 1 %s)", vm, guest ? ": " : "",
		 guest ? guest : "", vts_source_unit(perfetto->view->reader));
	perfetto_process(&perfetto->writer, track_uuid(SORT_VM, vm, 0), vm + 1, text_clean(name));
	for (unsigned i = 0; i < COUNTERS; i++)
		perfetto_track(&perfetto->writer, track_uuid(SORT_COUNTER, vm, i),
			       track_uuid(SORT_VM, vm, 0), counter_names[i], true);
}

/** The vCPU of an event; its tracks are declared if it is new. */
static struct lane *lane_of(struct perfetto *perfetto, const struct vts_event *event)
{
	struct lane *lane = &perfetto->lane[event->vm][event->vcpu];
	uint64_t uuid = track_uuid(SORT_VCPU, event->vm, event->vcpu);
	char name[64];

	if (lane->known)
		return lane;
	lane->known = true;
	if (!perfetto->vm_known[event->vm])
		declare_vm(perfetto, event->vm);
	perfetto->vm_known[event->vm] = true;
	snprintf(name, sizeof(name), "vCPU %u", event->vcpu);
	perfetto_thread(&perfetto->writer, uuid, event->vm + 1u,
			(event->vm + 1u) * 1000 + event->vcpu + 1, name);
	snprintf(name, sizeof(name), "vCPU %u: exit latency (%s)", event->vcpu,
		 vts_source_unit(perfetto->view->reader));
	perfetto_track(&perfetto->writer, track_uuid(SORT_LATENCY, event->vm, event->vcpu), uuid,
		       name, true);
	return lane;
}

/** The track of the phases with this mark's id, declared if it is new. */
static uint64_t phase_track(struct perfetto *perfetto, const struct vts_event *mark)
{
	uint64_t uuid = track_uuid(SORT_PHASE, mark->vm, mark->reason);
	uint64_t **known = &perfetto->phase_known[mark->vm];
	uint64_t bit = 1ull << (mark->reason & 63);
	char name[32];

	if (!*known)
		*known = calloc(65536 / 64, sizeof(**known));
	if (!*known)
		die_of_memory();
	if (!((*known)[mark->reason / 64] & bit)) {
		snprintf(name, sizeof(name), "phase %u", mark->reason);
		perfetto_track(&perfetto->writer, uuid, track_uuid(SORT_VM, mark->vm, 0), name,
			       false);
	}
	(*known)[mark->reason / 64] |= bit;
	return uuid;
}

/* Events */

/** An event without more to know. */
static void write_plain(struct perfetto *perfetto, uint64_t tsc, uint64_t track,
			enum perfetto_type type, const char *category, const char *name)
{
	perfetto_event(&perfetto->writer, tsc, track, type, category, name);
	perfetto_event_end(&perfetto->writer);
}

static void count(struct perfetto *perfetto, const struct vts_event *event, enum counter counter,
		  uint64_t more)
{
	uint64_t *value = &perfetto->counter[event->vm][counter];

	*value += more;
	perfetto_counter(&perfetto->writer, event->tsc,
			 track_uuid(SORT_COUNTER, event->vm, counter), *value);
}

/** An exit's slice begins, with all that is known of the exit. */
static void begin_exit(struct perfetto *perfetto, const struct exit_group *group, uint64_t track)
{
	struct perfetto_writer *writer = &perfetto->writer;
	const struct vts_event *exit = group->exit;
	char text[DIMENSION_LABEL_MAX], number[12];

	perfetto_event(writer, exit->exit_tsc, track, PERFETTO_BEGIN, "exit",
		       describe_reason(exit, number));
	perfetto_note(writer, "how", describe_how(exit, number));
	perfetto_note(writer, "resolution", export_resolution(perfetto->view, group, text));
	perfetto_note(writer, "function", export_function(perfetto->view, exit, text));
	perfetto_note(writer, "process", export_process(perfetto->view, exit, text));
	perfetto_note(writer, "phase", export_phase(perfetto->view, text));
	perfetto_note_address(writer, "rip", exit->exit.rip);
	perfetto_note_address(writer, "cr3", exit->exit.cr3);
	perfetto_note_address(writer, "qualification", exit->exit.qualification);
	if (exit->flags & VTS_FLAG_GPA_VALID)
		perfetto_note_address(writer, "gpa", exit->exit.gpa);
	if (exit->flags & VTS_FLAG_GLA_VALID)
		perfetto_note_address(writer, "gla", exit->exit.gla);
	perfetto_event_end(writer);
}

/** A detail, as an instant with the fields that say something. */
static void write_detail(struct perfetto *perfetto, const struct vts_event *detail)
{
	struct perfetto_writer *writer = &perfetto->writer;
	const struct vts_field *fields = vts_fields(detail->kind);
	char name[64], kind[12], number[12];

	snprintf(name, sizeof(name), "%s: %s", describe_kind(detail, kind),
		 describe_how(detail, number));
	perfetto_event(writer, detail->tsc, track_uuid(SORT_VCPU, detail->vm, detail->vcpu),
		       PERFETTO_INSTANT, describe_kind(detail, kind), name);
	perfetto_note(writer, "reason", describe_reason(detail, number));
	for (unsigned i = 0; fields && i < 5; i++) {
		if (detail->word[i] && fields[i].format == VTS_FORMAT_HEX)
			perfetto_note_address(writer, fields[i].name, detail->word[i]);
		else if (detail->word[i])
			perfetto_note_count(writer, fields[i].name, detail->word[i]);
	}
	perfetto_event_end(writer);
}

static void write_details(struct perfetto *perfetto, const struct exit_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];
		struct lane *lane = lane_of(perfetto, detail);

		write_detail(perfetto, detail);
		if (detail->kind == VTS_KIND_TLB_FLUSH)
			count(perfetto, detail, COUNTER_FLUSHES, 1);
		else if (detail->kind == VTS_KIND_IO_REQUEST)
			count(perfetto, detail, COUNTER_IO_BYTES, detail->io_request.bytes);
		else if (detail->kind == VTS_KIND_LOST) /* who knows where the guest was */
			lane->entered = false;
		else if (detail->kind == VTS_KIND_VM_START)
			*lane = (struct lane){true, true, detail->tsc};
	}
}

/** Phases that begin or end within a group: where it has no exit, at the mark's own time. */
static void write_phases(struct perfetto *perfetto, const struct exit_group *group)
{
	char name[17] = {0};

	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *mark = &group->details[i];

		if (mark->kind != VTS_KIND_MARK)
			continue;
		memcpy(name, mark->mark.name, 16);
		if (mark->how == VTS_MARK_BEGIN)
			write_plain(perfetto, group->exit ? group->exit->tsc : mark->tsc,
				    phase_track(perfetto, mark), PERFETTO_BEGIN, "phase",
				    text_clean(name));
		else if (mark->how == VTS_MARK_END)
			write_plain(perfetto, mark->exit_tsc, phase_track(perfetto, mark),
				    PERFETTO_END, NULL, NULL);
	}
}

static void perfetto_take(void *context, const struct exit_group *group)
{
	struct perfetto *perfetto = context;
	const struct vts_event *exit = group->exit;
	struct lane *lane;
	uint64_t track;

	if (!exit) {
		write_details(perfetto, group);
		write_phases(perfetto, group);
		return;
	}
	lane = lane_of(perfetto, exit);
	track = track_uuid(SORT_VCPU, exit->vm, exit->vcpu);
	if (lane->entered && !perfetto->view->guest.partial) {
		write_plain(perfetto, lane->entry, track, PERFETTO_BEGIN, "guest", "guest");
		write_plain(perfetto, exit->exit_tsc, track, PERFETTO_END, NULL, NULL);
	}
	begin_exit(perfetto, group, track);
	write_details(perfetto, group);
	write_plain(perfetto, exit->tsc, track, PERFETTO_END, NULL, NULL);
	write_phases(perfetto, group);
	perfetto_counter(&perfetto->writer, exit->tsc,
			 track_uuid(SORT_LATENCY, exit->vm, exit->vcpu), exit_latency(exit));
	count(perfetto, exit, COUNTER_EXITS, 1);
}

/** Exits that are left out end the guest's time too. */
static void perfetto_every(void *context, const struct exit_group *group)
{
	struct perfetto *perfetto = context;
	struct lane *lane;

	if (!group->exit)
		return;
	lane = &perfetto->lane[group->exit->vm][group->exit->vcpu];
	lane->entered = true;
	lane->entry = group->exit->tsc;
}

static void *perfetto_open(const struct export_to *to)
{
	struct perfetto *perfetto = calloc(1, sizeof(*perfetto));

	if (!perfetto)
		die_of_memory();
	perfetto->view = to->view;
	perfetto->writer.file = to->file;
	return perfetto;
}

static bool perfetto_finish(void *context)
{
	struct perfetto *perfetto = context;

	for (size_t i = 0; i < 256; i++)
		free(perfetto->phase_known[i]);
	free(perfetto);
	return true;
}

const struct export_format export_perfetto = {
    .name = "perfetto",
    .binary = true,
    .open = perfetto_open,
    .take = perfetto_take,
    .every = perfetto_every,
    .finish = perfetto_finish,
};
