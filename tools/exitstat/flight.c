// SPDX-License-Identifier: GPL-2.0-only
/* Limits of a recording, and the flight recorder. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "flight.h"
#include "group.h"

static volatile sig_atomic_t signal_seen;

static void signal_note(int number)
{
	(void)number;
	signal_seen = 1;
}

static const struct trigger *find_trigger(const struct flight *flight, enum trigger_kind kind)
{
	for (size_t i = 0; i < flight->triggers; i++)
		if (flight->trigger[i].kind == kind)
			return &flight->trigger[i];
	return NULL;
}

void flight_start(struct flight *flight, struct vts_source *source, struct recorder *recorder)
{
	struct sigaction action = {.sa_handler = signal_note};

	flight->source = source;
	flight->recorder = recorder;
	if (!flight->last)
		return;
	flight->ring = calloc(flight->last, sizeof(*flight->ring));
	if (!flight->ring)
		die_of_memory();
	if (find_trigger(flight, TRIGGER_SIGNAL))
		sigaction(SIGUSR1, &action, NULL);
}

void flight_free(struct flight *flight)
{
	free(flight->ring);
	flight->ring = NULL;
}

static bool named(const struct vts_event *mark, const char *name)
{
	char text[17] = {0};

	memcpy(text, mark->mark.name, 16);
	return !strcmp(text, name);
}

static bool fires(const struct trigger *trigger, const struct vts_event *event)
{
	switch (trigger->kind) {
	case TRIGGER_LATENCY:
		return event->kind == VTS_KIND_EXIT && exit_latency(event) > trigger->number;
	case TRIGGER_REASON:
		return event->kind == VTS_KIND_EXIT && event->reason == trigger->number;
	case TRIGGER_MARK:
		return event->kind == VTS_KIND_MARK && named(event, trigger->name);
	case TRIGGER_END:
		return event->kind == VTS_KIND_VM_STOP;
	case TRIGGER_SIGNAL:
		return false; /* no record tells of it */
	}
	return false;
}

static const struct trigger *fired_by(const struct flight *flight, const struct vts_event *event)
{
	for (size_t i = 0; i < flight->triggers; i++)
		if (fires(&flight->trigger[i], event))
			return &flight->trigger[i];
	return NULL;
}

static void push(struct flight *flight, const struct vts_event *event)
{
	flight->ring[flight->pushed++ % flight->last] = *event;
}

/** What the source lost before these records is noted where it happened, as a record. */
static void push_loss(struct flight *flight, const struct vts_event *events, size_t count)
{
	uint64_t lost = vts_source_lost(flight->source), said = 0;
	struct vts_event event = {.kind = VTS_KIND_LOST,
				  .tsc = events[0].tsc,
				  .exit_tsc = events[0].tsc,
				  .vm = events[0].vm,
				  .vcpu = events[0].vcpu};

	for (size_t i = 0; i < count; i++)
		if (events[i].kind == VTS_KIND_LOST)
			said += events[i].lost.count;
	if (lost > flight->lost + said) {
		event.lost.count = lost - flight->lost - said;
		push(flight, &event);
	}
	flight->lost = lost;
}

/** It happened: write what is in the ring, the oldest first. -1: that failed. */
static int dump(struct flight *flight, const struct trigger *trigger)
{
	uint64_t kept = flight->pushed < flight->last ? flight->pushed : flight->last;
	size_t at = (size_t)((flight->pushed - kept) % flight->last);
	size_t first = kept < flight->last - at ? (size_t)kept : (size_t)(flight->last - at);

	flight->fired = trigger;
	recorder_assume_lost(flight->recorder, flight->lost);
	if (recorder_add(flight->recorder, flight->ring + at, first) < 0)
		return -1;
	return recorder_add(flight->recorder, flight->ring, (size_t)kept - first);
}

/** How many of these may still be written. */
static size_t allowed(const struct flight *flight, const struct vts_event *events, size_t count)
{
	uint64_t most = flight->last ? flight->after : flight->events;
	size_t fit = count;

	if ((flight->last || most) && most - flight->written < count)
		fit = (size_t)(most - flight->written);
	for (size_t i = 0; flight->span && i < fit; i++)
		if (events[i].tsc > flight->first_tsc + flight->span)
			fit = i;
	return fit;
}

/** Write on, up to the limits. */
static int write_on(struct flight *flight, const struct vts_event *events, size_t count)
{
	size_t fit = allowed(flight, events, count);

	flight->written += fit;
	if (recorder_add(flight->recorder, events, fit) < 0 || fit < count)
		return -1;
	/* The limit may be reached with nothing left over. */
	return allowed(flight, events, 1) ? 0 : -1;
}

int flight_take(void *context, const struct vts_event *events, size_t count)
{
	struct flight *flight = context;
	const struct trigger *trigger = NULL;
	size_t i = 0;

	if (!flight->begun)
		flight->first_tsc = events[0].tsc;
	flight->begun = true;
	if (!flight->last || flight->fired)
		return write_on(flight, events, count);
	push_loss(flight, events, count);
	while (i < count && !trigger) {
		trigger = fired_by(flight, &events[i]);
		push(flight, &events[i++]);
	}
	if (!trigger && signal_seen)
		trigger = find_trigger(flight, TRIGGER_SIGNAL);
	if (!trigger)
		return 0;
	if (dump(flight, trigger) < 0)
		return -1;
	return write_on(flight, events + i, count - i);
}

void flight_end(struct flight *flight)
{
	const struct trigger *trigger = NULL;

	if (!flight->last || flight->fired || !flight->pushed)
		return;
	if (signal_seen)
		trigger = find_trigger(flight, TRIGGER_SIGNAL);
	if (!trigger && vts_source_ended(flight->source))
		trigger = find_trigger(flight, TRIGGER_END);
	if (trigger)
		dump(flight, trigger);
}
