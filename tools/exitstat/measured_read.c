// SPDX-License-Identifier: GPL-2.0-only
/* Reading runs into figures. Of a trace: a tally of the whole run, and one for each phase as it first begins. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measured.h"
#include "results.h"

int fail(struct vts_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -1;
}

/* ---- what a trace says of itself ---------------------------------------------------------------- */

/* Where a key of the environment goes; all others are the configuration. */
static const struct {
	const char *key, *object;
} places[] = {
    {"engine", "engine"},
    {"engine_version", "engine"},
    {"cpu", "engine"},
    {"hz", "engine"},
    {"isa", "engine"},
    {"kernel", "engine"},
    {"guest", "workload"},
    {"guest_digest", "workload"},
    {"args", "workload"},
    {"input_digest", "workload"},
    {"seed", "workload"},
    {"disk", "workload"},
    {"initrd_digest", "workload"},
    {"vtscope", "subject"},
    {"vmm_digest", "subject"},
    {"boot_digest", "subject"},
    {"unit", NULL},
    {"compiler", NULL},
    {"abi", NULL},
    {"tracer_name", NULL},
};

static const char *place_of(const char *key)
{
	/* vm0, vm1, ...: the processes of VMs on a KVM host. */
	if (!strncmp(key, "vm", 2) && isdigit((unsigned char)key[2]))
		return "subject";
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!strcmp(key, places[i].key))
			return places[i].object;
	return "configuration";
}

static json_t *about_source(const struct vts_source *source)
{
	static const char *const objects[] = {"engine", "workload", "configuration", "subject"};
	json_t *about = json_new_object(), *env = json_env(source), *value;
	const char *abi = vts_source_env(source, "abi"), *key;

	json_put_count(about, "abi", abi ? strtoul(abi, NULL, 10) : VTS_ABI_VERSION);
	json_put_text(about, "unit", vts_source_unit(source));
	value = json_object_get(env, "compiler");
	json_put(about, "compiler", value ? json_incref(value) : json_null());
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		json_put(about, objects[i], json_new_object());
	json_object_foreach(env, key, value)
	{
		const char *place = place_of(key);

		if (place)
			json_put(json_object_get(about, place), key, json_incref(value));
	}
	json_decref(env);
	return about;
}

/* ---- its events --------------------------------------------------------------------------------- */

/** One trace being counted. */
struct reading {
	const struct symbols *symbols;
	struct tally *whole;
	struct tally *phase[VTS_STATS_PHASES];
	char name[VTS_STATS_PHASES][17];
	size_t phases;
	bool too_many; /* more names of phases than that */
};

static struct tally *new_tally(const struct symbols *symbols, const char *phase)
{
	struct tally *tally = calloc(1, sizeof(*tally));

	if (!tally)
		die_of_memory();
	tally->phase = phase;
	tally->symbols = symbols;
	tally->wanted[BY_RESOLUTION] = tally->wanted[BY_DEVICE] = true;
	tally->wanted[BY_FUNCTION] = symbols != NULL;
	tally_init(tally);
	return tally;
}

static void free_tally(struct tally *tally)
{
	tally_free(tally);
	free(tally);
}

/** A phase of a new name begins: count it from here on. */
static void note_phase(struct reading *reading, const struct vts_event *mark)
{
	char *name = reading->name[reading->phases];

	for (size_t i = 0; i < reading->phases; i++)
		if (!strncmp(reading->name[i], (const char *)mark->mark.name, 16))
			return;
	if (reading->phases == VTS_STATS_PHASES) {
		reading->too_many = true;
		return;
	}
	memcpy(name, mark->mark.name, 16);
	if (*name)
		reading->phase[reading->phases++] = new_tally(reading->symbols, name);
}

static int take(void *context, const struct vts_event *events, size_t count)
{
	struct reading *reading = context;

	/* Where there is no VMM, an end mark alone says it all. */
	for (size_t i = 0; i < count; i++)
		if (events[i].kind == VTS_KIND_MARK &&
		    (events[i].how == VTS_MARK_BEGIN || events[i].how == VTS_MARK_END))
			note_phase(reading, &events[i]);
	tally_add(reading->whole, events, count);
	for (size_t i = 0; i < reading->phases; i++)
		tally_add(reading->phase[i], events, count);
	return 0;
}

static void collect(struct figures *figures, struct reading *reading)
{
	tally_finish(reading->whole);
	figures_add(figures, reading->whole, reading->whole);
	for (size_t i = 0; i < reading->phases; i++) {
		tally_finish(reading->phase[i]);
		if (reading->phase[i]->phase_runs)
			figures_add(figures, reading->phase[i], reading->whole);
	}
}

/** Can figures be trusted that come from this source, now read? */
static int judge(const struct vts_source *source, const char *dir, const struct tally *whole,
		 const struct measured_options *options, struct vts_error *error)
{
	const char *first, *repeatable = vts_source_env(source, "repeatable");
	const char *filter = vts_source_env(source, "filter");
	bool exact = !strcmp(vts_source_unit(source), "instr");

	if (!whole->seen)
		return fail(error, "%s: no events in it: record the run again", dir);
	if (options->force)
		return 0;
	if (vts_source_problems(source, &first))
		return fail(error, "%s: damaged: %s: record the run again", dir, first);
	if (vts_source_lost(source))
		return fail(error, "%s: %" PRIu64 " events were lost: record the run again", dir,
			    vts_source_lost(source));
	if (filter)
		return fail(error, "%s: not all was recorded (%s): record the run again", dir,
			    filter);
	if (exact && !whole->started)
		return fail(
		    error,
		    "%s: a part of a run: the VM's start is not in it: record all of it, with "
		    "vtrun --record",
		    dir);
	if (exact && repeatable && !strcmp(repeatable, "no"))
		return fail(
		    error,
		    "%s: the run took typed input, so it does not repeat: run it with input "
		    "from a file",
		    dir);
	return 0;
}

static int read_run(struct figures *figures, json_t **about, const char *dir,
		    const struct symbols *symbols, const struct measured_options *options,
		    struct vts_error *error)
{
	struct vts_source *source = vts_source_open_dir(dir, error);
	struct reading reading = {.symbols = symbols};
	int status;

	if (!source)
		return -1;
	reading.whole = new_tally(symbols, NULL);
	source_drain(source, 0, take, &reading);
	status = judge(source, dir, reading.whole, options, error);
	if (!status && reading.too_many)
		status = fail(error, "%s: more than %d names of phases: mark fewer", dir,
			      VTS_STATS_PHASES);
	if (!status) {
		collect(figures, &reading);
		if (!figures_sort(figures))
			status = fail(error,
				      "%s: two phases have names that differ in blanks alone: "
				      "rename one",
				      dir);
	}
	if (!status)
		*about = about_source(source);
	free_tally(reading.whole);
	for (size_t i = 0; i < reading.phases; i++)
		free_tally(reading.phase[i]);
	vts_source_close(source);
	return status;
}

/* ---- several runs ------------------------------------------------------------------------------- */

/** The first figure in which two runs differ; false if there is none. */
static bool find_difference(const struct figures *a, const struct figures *b, char *text,
			    size_t size)
{
	for (size_t i = 0; i < a->count || i < b->count; i++) {
		const struct figure_row *x = i < a->count ? &a->rows[i] : NULL;
		const struct figure_row *y = i < b->count ? &b->rows[i] : NULL;
		char title[160];

		if (x && y && !figure_row_compare(x, y)) {
			for (int m = 0; m < METRICS; m++) {
				if (x->value[m] == y->value[m])
					continue;
				snprintf(text, size, "%s: %s is %.15g and %.15g",
					 figure_title(x, title, sizeof(title)), metrics[m].name,
					 x->value[m], y->value[m]);
				return true;
			}
			continue;
		}
		snprintf(text, size, "%s is in one of them only",
			 figure_title(!y || (x && figure_row_compare(x, y) < 0) ? x : y, title,
				      sizeof(title)));
		return true;
	}
	return false;
}

/** Make room for one more run. */
static int reserve_run(struct measured *measured, struct vts_error *error)
{
	void *runs;

	if (measured->count == MEASURED_RUNS_MAX)
		return fail(error, "%s and others: at most %d runs are compared", measured->title,
			    MEASURED_RUNS_MAX);
	runs = realloc(measured->runs, (measured->count + 1) * sizeof(*measured->runs));
	if (!runs)
		die_of_memory();
	measured->runs = runs;
	return 0;
}

/** Whether @one, of one run, is what those before it are: with runs that are exact, equal. */
static bool fits(const struct measured *measured, const struct measured *one,
		 struct vts_error *error)
{
	char text[256];

	if (!measured_match(measured, one, true, error))
		return false;
	if (!measured->exact ||
	    !find_difference(&measured->runs[0], &one->runs[0], text, sizeof(text)))
		return true;
	fail(error,
	     "%s and %s: two runs of one configuration must be equal on this engine, but %s: find "
	     "out with exitstat diff what does not repeat",
	     measured->title, one->title, text);
	return false;
}

int measured_add(struct measured *measured, const char *title, json_t *about,
		 struct figures *figures, struct vts_error *error)
{
	struct measured one = {.title = title, .about = about, .runs = figures, .count = 1};
	bool first = !measured->about, good = first || fits(measured, &one, error);

	if (first) {
		measured->about = json_incref(about);
		measured->exact = !strcmp(measured_unit(&one), "instr");
	}
	if (good && (first || !measured->exact)) {
		good = reserve_run(measured, error) == 0;
		if (good) {
			measured->runs[measured->count++] = *figures;
			*figures = (struct figures){0};
		}
	}
	json_decref(about);
	figures_free(figures);
	return good ? 0 : -1;
}

static int add_trace(struct measured *measured, const char *dir, const struct symbols *symbols,
		     const struct measured_options *options, struct vts_error *error)
{
	struct figures figures = {0};
	json_t *about = NULL;

	if (read_run(&figures, &about, dir, symbols, options, error) == 0)
		return measured_add(measured, dir, about, &figures, error);
	figures_free(&figures);
	return -1;
}

int measured_read(struct measured *measured, const char *const *paths, size_t count,
		  const struct measured_options *options, struct vts_error *error)
{
	struct symbols *symbols = NULL;
	int status = 0;

	*measured = (struct measured){.title = paths[0]};
	if (options->symbols && !(symbols = symbols_open(options->symbols, error)))
		return -1;
	for (size_t i = 0; i < count && !status; i++)
		status = results_named(paths[i])
			     ? measured_add_results(measured, paths[i], options, error)
			     : add_trace(measured, paths[i], symbols, options, error);
	symbols_close(symbols);
	if (status)
		measured_free(measured);
	return status;
}

void measured_free(struct measured *measured)
{
	for (size_t i = 0; i < measured->count; i++)
		figures_free(&measured->runs[i]);
	free(measured->runs);
	json_decref(measured->about);
	*measured = (struct measured){.title = measured->title};
}
