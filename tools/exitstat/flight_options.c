// SPDX-License-Identifier: GPL-2.0-only
/* Limits of a recording, and the flight recorder: options. */
#include <string.h>

#include "flight.h"

/** A trigger as --trigger has it. 0, or -1 after a complaint. */
static int parse_trigger(struct flight *flight, const struct options *options, const char *word)
{
	struct trigger *trigger = &flight->trigger[flight->triggers];

	if (flight->triggers == FLIGHT_TRIGGERS_MAX) {
		usage_error(options, "--trigger %s: more than %d", word, FLIGHT_TRIGGERS_MAX);
		return -1;
	}
	*trigger = (struct trigger){.text = word};
	if (!strncmp(word, "latency=", 8)) {
		trigger->kind = TRIGGER_LATENCY;
		if (!parse_number(word + 8, 0, UINT64_MAX, &trigger->number)) {
			usage_error(options, "--trigger %s: not a latency", word);
			return -1;
		}
	} else if (!strncmp(word, "reason=", 7)) {
		trigger->kind = TRIGGER_REASON;
		if (option_reason(options, word + 7, &trigger->number) < 0)
			return -1;
	} else if (!strncmp(word, "mark=", 5) && word[5] && strlen(word + 5) <= 16) {
		trigger->kind = TRIGGER_MARK;
		trigger->name = word + 5;
	} else if (!strcmp(word, "signal") || !strcmp(word, "end")) {
		trigger->kind = *word == 's' ? TRIGGER_SIGNAL : TRIGGER_END;
	} else {
		usage_error(options,
			    "--trigger %s: not latency=X, reason=R, mark=NAME, signal or end",
			    word);
		return -1;
	}
	flight->triggers++;
	return 0;
}

static int parse_count(const struct options *options, const char *name, uint64_t least,
		       uint64_t most, uint64_t *number)
{
	if (parse_number(optarg, least, most, number))
		return 0;
	usage_error(options, "--%s %s: not a number from %llu to %llu", name, optarg,
		    (unsigned long long)least, (unsigned long long)most);
	return -1;
}

bool flight_option(struct flight *flight, const struct options *options, int option, int *status)
{
	switch (option) {
	case OPTION_EVENTS:
		*status = parse_count(options, "events", 1, UINT64_MAX, &flight->events);
		return true;
	case OPTION_SPAN:
		*status = parse_count(options, "span", 1, INT64_MAX, &flight->span);
		return true;
	case OPTION_LAST:
		*status = parse_count(options, "last", 1, FLIGHT_LAST_MAX, &flight->last);
		return true;
	case OPTION_AFTER:
		*status = parse_count(options, "after", 0, UINT64_MAX, &flight->after);
		return true;
	case OPTION_TRIGGER:
		*status = parse_trigger(flight, options, optarg);
		return true;
	default:
		return false;
	}
}

int flight_check(struct flight *flight, const struct options *options)
{
	static const struct trigger usual[] = {{.kind = TRIGGER_SIGNAL, .text = "signal"},
					       {.kind = TRIGGER_END, .text = "end"}};

	if (!flight->last && (flight->triggers || flight->after)) {
		usage_error(options, "%s: only with --last",
			    flight->triggers ? "--trigger" : "--after");
		return -1;
	}
	if (flight->last && (flight->events || flight->span)) {
		usage_error(options, "--last and %s: give one of them",
			    flight->events ? "--events" : "--span");
		return -1;
	}
	if (flight->last && !flight->triggers) {
		memcpy(flight->trigger, usual, sizeof(usual));
		flight->triggers = 2;
	}
	return 0;
}
