/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer and AFL++: rules and a stored measurement (a baseline, a line of a history) of any bytes. Input: the
 * rules up to the first NUL, then JSON. What is taken must be stored and read again as the same, and,
 * compared with itself, be no regression under any rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/baseline.h"
#include "tools/exitstat/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_rules(struct rules *rules, const uint8_t *data, size_t size)
{
	struct vts_error error;
	char *text = strndup((const char *)data, size), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t before = rules->count;

		if (rules_add(rules, line, "fuzz", &error) < 0)
			rules->count = before;
	}
	free(text);
}

/** Stored and read again, it is the same. */
static void check_again(const struct measured *measured)
{
	json_t *stored = measured_json(measured);
	struct figure_change *changes;
	struct measured again;
	struct vts_error error;
	size_t count;

	if (measured_parse(&again, stored, "baseline", "again", &error) < 0)
		abort();
	changes = figure_changes(measured, &again, &count);
	if (count || !measured_match(measured, &again, true, &error))
		abort();
	free(changes);
	measured_free(&again);
	json_decref(stored);
}

/** In every form: nothing but memory can go wrong there. */
static void print_all(const struct gate *gate)
{
	static FILE *null;

	if (!null && !(null = fopen("/dev/null", "we")))
		abort();
	gate_print_text(gate, null);
	gate_print_markdown(gate, null);
	gate_print_junit(gate, null);
	gate_print_github(gate, null);
	gate_print_json(gate, null);
}

static void check_gate(const json_t *stored, const struct rules *rules)
{
	struct gate gate = {.baseline = "before", .trace = "now", .rules = *rules};
	struct vts_error error;

	if (measured_parse(&gate.before, stored, "baseline", "before", &error) < 0 ||
	    measured_parse(&gate.now, stored, "baseline", "now", &error) < 0)
		abort();
	gate_judge(&gate);
	if (gate_status(&gate) == STATUS_NO)
		abort();
	print_all(&gate);
	free(gate.list);
	free(gate.changed);
	measured_free(&gate.before);
	measured_free(&gate.now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);
	size_t rules_size = end ? (size_t)(end - data) : 0;
	size_t skip = end ? rules_size + 1 : 0;
	struct measured measured;
	struct rules rules = {0};
	struct vts_error error;
	json_t *stored =
	    json_loadb((const char *)data + skip, size - skip, JSON_REJECT_DUPLICATES, NULL);

	add_rules(&rules, data, rules_size);
	if (!rules.count)
		rules_default(&rules);
	if (stored && measured_parse(&measured, stored, "baseline", "fuzz", &error) == 0) {
		check_again(&measured);
		check_gate(stored, &rules);
		measured_free(&measured);
	}
	rules_free(&rules);
	json_decref(stored);
	return 0;
}
