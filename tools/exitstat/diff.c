// SPDX-License-Identifier: GPL-2.0-only
/* exitstat diff: are two traces of the deterministic engine the same, event for event, and if
 * not, where? */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diff.h"
#include "diff_results.h"
#include "diff_samples.h"
#include "results.h"

const char *const diff_subjects[] = {"vtscope", "vmm_digest", "boot_digest", NULL};

const char *diff_value(const struct vts_source *source, const char *key)
{
	const char *value = vts_source_env(source, key);

	return value ? value : "nothing";
}

static bool is_subject(const char *key)
{
	/* vm0, vm1, ...: the processes of VMs on a KVM host. */
	if (!strncmp(key, "vm", 2) && isdigit((unsigned char)key[2]))
		return true;
	for (size_t i = 0; diff_subjects[i]; i++)
		if (!strcmp(key, diff_subjects[i]))
			return true;
	return false;
}

/** Time to stop reading what goes on? */
static bool is_over(const struct diff_side *side)
{
	return interrupted() || vts_source_ended(side->source) ||
	       (side->args.seconds && time(NULL) >= side->end);
}

/** More records; 0: no more will come. */
static size_t read_more(struct diff_side *side)
{
	static const struct timespec pause = {.tv_nsec = 2000000};
	size_t count;

	while (!(count = vts_source_next(side->source, &side->events)) && side->args.kvm &&
	       !is_over(side))
		nanosleep(&pause, NULL);
	return count;
}

/** The trace's next record, or NULL; each is also counted. */
static const struct vts_event *next(struct diff_side *side)
{
	if (side->at == side->count) {
		side->at = 0;
		side->count = side->args.kvm && is_over(side) ? 0 : read_more(side);
		tally_add(&side->tally, side->events, side->count);
		if (!side->count)
			return NULL;
	}
	return &side->events[side->at++];
}

/** Same record? The configuration's hash is left out: it is judged by its parts. */
static bool same(const struct vts_event *a, const struct vts_event *b)
{
	struct vts_event x = *a, y = *b;

	if (x.kind == VTS_KIND_VM_START && y.kind == VTS_KIND_VM_START)
		x.vm_start.hash = y.vm_start.hash = 0;
	return !memcmp(&x, &y, sizeof(x));
}

static void read_both(struct diff *diff)
{
	for (uint64_t index = 0;; index++) {
		const struct vts_event *a = next(&diff->side[0]), *b = next(&diff->side[1]);

		if (!a && !b)
			break;
		if (diff->differ || (a && b && same(a, b)))
			continue;
		diff->differ = true;
		diff->index = index;
		diff->has[0] = a;
		diff->has[1] = b;
		if (a)
			diff->event[0] = *a;
		if (b)
			diff->event[1] = *b;
	}
	tally_finish(&diff->side[0].tally);
	tally_finish(&diff->side[1].tally);
}

/** The first key of @a's configuration, subjects aside, whose value differs in @b; NULL if none
 *  does. */
static const char *other_configuration(const struct vts_source *a, const struct vts_source *b)
{
	size_t count;
	const struct vts_env *env = vts_source_env_all(a, &count);

	for (size_t i = 0; i < count; i++)
		if (!is_subject(env[i].key) && strcmp(env[i].value, diff_value(b, env[i].key)))
			return env[i].key;
	return NULL;
}

/** Can a verdict be given from their configurations? */
static bool comparable(const struct diff *diff)
{
	const struct vts_source *a = diff->side[0].source, *b = diff->side[1].source;
	const char *key = other_configuration(a, b);

	if (!key)
		key = other_configuration(b, a);
	if (strcmp(vts_source_unit(a), vts_source_unit(b))) {
		complain("diff: %s counts %s, %s counts %s: they cannot be compared",
			 diff->side[0].dir, vts_source_unit(a), diff->side[1].dir,
			 vts_source_unit(b));
		return false;
	}
	if (diff->force)
		return true;
	if (key) {
		complain("diff: the configurations differ: %s is %s in %s, %s in %s: "
			 "compare like with like, or add --force",
			 key, diff_value(a, key), diff->side[0].dir, diff_value(b, key),
			 diff->side[1].dir);
		return false;
	}
	if (!strcmp(diff_value(a, "repeatable"), "no")) {
		complain(
		    "diff: the runs took typed input, so they do not repeat: run them with input "
		    "from a file, or add --force");
		return false;
	}
	return true;
}

/** Once read: is @side whole? */
static bool sound(const struct diff *diff, const struct diff_side *side)
{
	const char *first;
	if (!source_check(&side->args, side->source, side->tally.seen))
		return false;
	if (side->tally.phase && !side->tally.phase_runs) {
		complain("%s: no phase is named %s", side->dir, side->tally.phase);
		return false;
	}
	if (diff->force)
		return true;
	if (vts_source_lost(side->source)) {
		complain("diff: %s lost %" PRIu64 " events: record the run again, or add --force",
			 side->dir, vts_source_lost(side->source));
		return false;
	}
	if (vts_source_problems(side->source, &first)) {
		complain("diff: %s is damaged: record the run again, or add --force", side->dir);
		return false;
	}
	return true;
}

static bool any_row_differs(const struct diff_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i].a != rows->list[i].b)
			return true;
	return false;
}

/** What was counted, as figures: where it is a recorded trace, read again with each phase for itself.
 */
static void measure(const struct diff *diff, struct diff_side *side)
{
	const struct tally *tally = &side->tally;
	const struct measured_options options = {diff->symbols, true};
	struct measured *measured = &side->measured;
	struct vts_error error;

	if (!tally->phase && side->args.dir &&
	    measured_read(measured, &side->args.dir, 1, &options, &error) == 0)
		return;
	*measured = (struct measured){.title = side->dir, .count = 1};
	measured->runs = calloc(1, sizeof(*measured->runs));
	if (!measured->runs)
		die_of_memory();
	measured->about = json_new_object();
	json_put_text(measured->about, "unit", vts_source_unit(side->source));
	figures_add(measured->runs, tally, tally);
	figures_sort(measured->runs);
}

/** Compare two open traces. */
static int compare(struct diff *diff)
{
	struct diff_rows rows;
	bool equal;

	if (!comparable(diff))
		return STATUS_FAILED;
	read_both(diff);
	if (!sound(diff, &diff->side[0]) || !sound(diff, &diff->side[1]))
		return STATUS_FAILED;
	diff_rows_make(&rows, &diff->side[0].tally, &diff->side[1].tally);
	equal = !any_row_differs(&rows) && (diff->side[0].tally.phase || !diff->differ);
	measure(diff, &diff->side[0]);
	measure(diff, &diff->side[1]);
	if (diff->json)
		diff_print_json(diff, &rows, equal);
	else
		diff_print_text(diff, &rows, equal);
	free(rows.list);
	measured_free(&diff->side[0].measured);
	measured_free(&diff->side[1].measured);
	return equal ? STATUS_OK : STATUS_NO;
}

static int run(struct diff *diff)
{
	struct symbols *symbols = NULL;
	struct vts_error error;
	int status = STATUS_FAILED;

	if (diff->symbols && !(symbols = symbols_open(diff->symbols, &error))) {
		complain("%s", error.text);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < 2; i++) {
		struct tally *tally = &diff->side[i].tally;

		diff->side[i].source = source_open(&diff->side[i].args);
		diff->side[i].end = time(NULL) + (time_t)diff->side[i].args.seconds;
		tally->symbols = symbols;
		tally->wanted[BY_DEVICE] = true;
		tally->wanted[BY_FUNCTION] = symbols != NULL;
		tally_init(tally);
	}
	if (diff->side[0].source && diff->side[1].source)
		status = compare(diff);
	for (size_t i = 0; i < 2; i++) {
		tally_free(&diff->side[i].tally);
		vts_source_close(diff->side[i].source);
	}
	symbols_close(symbols);
	return status;
}

/** Several traces a side: where they repeat, one of each stands for all. */
static int run_samples(struct diff *diff, struct diff_samples *samples)
{
	bool exact;
	int status;

	if (*diff->phase)
		samples->phase = diff->phase;
	samples->measured = (struct measured_options){diff->symbols, diff->force};
	samples->all = diff->all;
	samples->json = diff->json;
	status = diff_samples(samples, &exact);
	if (!exact)
		return status;
	for (size_t i = 0; i < 2; i++)
		diff->side[i].dir = diff->side[i].args.dir = samples->dirs[i][0];
	return run(diff);
}

int diff_main(int argc, char **argv)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	struct diff_samples samples = {.margin = 0.01};
	int status;

	if (!diff)
		die_of_memory();
	status = diff_parse(diff, &samples, argc, argv);
	if (status < 0 && samples.count[0])
		status = run_samples(diff, &samples);
	else if (status < 0)
		status = !diff->side[1].args.kvm && results_named(diff->side[0].dir)
			     ? diff_results(diff)
			     : run(diff);
	free(diff);
	return status;
}
