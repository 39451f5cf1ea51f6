// SPDX-License-Identifier: GPL-2.0-only
/* exitstat diff: are two traces of the deterministic engine the same, event for event, and if not, where? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "text.h"
#include "trace/names.h"

static const char help[] =
    "usage: exitstat diff A B [OPTIONS]\n"
    "\n"
    "Compare two recorded traces exactly, event for event, and show every figure that\n"
    "differs. The same guest and configuration on the Bochs engine give the same trace; what\n"
    "differs was changed by the VMM or the tools.\n"
    "\n"
    "  --phase NAME  compare only the figures of the phases of this name, not each event\n"
    "  --all         show the equal figures too\n"
    "  --force       compare although events were lost, a trace is damaged, or the\n"
    "                configurations differ; never across units of time\n"
    "  --json        print JSON\n"
    "  -h, --help    print this\n"
    "\n"
    "Exit status: 0 they are equal; 1 they differ; 2 cannot judge.\n";

enum { OPT_PHASE = 256, OPT_ALL, OPT_FORCE, OPT_JSON };

static const struct option long_options[] = {
    {"phase", required_argument, NULL, OPT_PHASE},
    {"all", no_argument, NULL, OPT_ALL},
    {"force", no_argument, NULL, OPT_FORCE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/** What may differ between comparable traces: what is being compared is the VMM. */
static const char *const subject_keys[] = {"vtscope", "vmm_digest", "boot_digest"};

/** One of the two traces. */
struct side {
	const char *dir;
	struct vts_source *source;
	struct tally tally;
	const struct vts_event *events; /* read last; at is the next of count */
	size_t at, count;
};

struct diff {
	struct side side[2];
	bool all, force, json;
	bool differ;		   /* event for event */
	uint64_t index;		   /* number of the first event that differs */
	bool has[2];		   /* does either trace have one there? */
	struct vts_event event[2]; /* they */
};

static bool is_subject(const char *key)
{
	for (size_t i = 0; i < sizeof(subject_keys) / sizeof(subject_keys[0]); i++)
		if (!strcmp(key, subject_keys[i]))
			return true;
	return false;
}

/** The trace's next record, or NULL; each is also counted. */
static const struct vts_event *next(struct side *side)
{
	if (side->at == side->count) {
		side->at = 0;
		side->count = vts_source_next(side->source, &side->events);
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

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/** The first key of @a's configuration, subjects aside, whose value differs in @b; NULL if none does. */
static const char *other_configuration(const struct vts_source *a, const struct vts_source *b)
{
	size_t count;
	const struct vts_env *env = vts_source_env_all(a, &count);

	for (size_t i = 0; i < count; i++)
		if (!is_subject(env[i].key) &&
		    !same_text(env[i].value, vts_source_env(b, env[i].key)))
			return env[i].key;
	return NULL;
}

static const char *value_of(const struct vts_source *source, const char *key)
{
	const char *value = vts_source_env(source, key);

	return value ? value : "nothing";
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
			 key, value_of(a, key), diff->side[0].dir, value_of(b, key),
			 diff->side[1].dir);
		return false;
	}
	if (!strcmp(value_of(a, "repeatable"), "no")) {
		complain(
		    "diff: the runs took typed input, so they do not repeat: run them with input "
		    "from a file, or add --force");
		return false;
	}
	return true;
}

/** Once read: is @side whole? */
static bool sound(const struct diff *diff, const struct side *side)
{
	const char *first;
	struct source_args args = {.dir = side->dir};

	if (!source_check(&args, side->source, side->tally.seen))
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

/** An event in a few words. */
static void describe(char *text, size_t size, bool has, const struct vts_event *event)
{
	char kind[12], reason[12], tsc[TEXT_NUMBER_MAX];

	if (!has) {
		snprintf(text, size, "the end of the trace");
		return;
	}
	snprintf(
	    text, size, "%s, reason %s, at %s",
	    vts_name_or_number(vts_kind_name(event->kind), event->kind, kind),
	    vts_name_or_number(vts_reason_name(event->kind, event->reason), event->reason, reason),
	    text_count(tsc, event->tsc));
}

static void print_subjects(const struct diff *diff)
{
	const struct vts_source *a = diff->side[0].source, *b = diff->side[1].source;

	for (size_t i = 0; i < sizeof(subject_keys) / sizeof(subject_keys[0]); i++)
		if (!same_text(vts_source_env(a, subject_keys[i]),
			       vts_source_env(b, subject_keys[i])))
			printf("%s: %s against %s\n", subject_keys[i], value_of(a, subject_keys[i]),
			       value_of(b, subject_keys[i]));
}

/** b - a, with its sign. */
static const char *text_difference(char *text, size_t size, const struct diff_row *row)
{
	char number[TEXT_NUMBER_MAX];

	if (row->a == row->b)
		snprintf(text, size, "0");
	else
		snprintf(text, size, "%c%s", row->b > row->a ? '+' : '-',
			 text_count(number, row->b > row->a ? row->b - row->a : row->a - row->b));
	return text;
}

static void print_rows(const struct diff *diff, const struct diff_rows *rows)
{
	static const char *const columns[] = {"<what",	     "<key",  "<figure", ">A", ">B",
					      ">difference", ">of A", "<",	 NULL};
	struct table *table = table_new(columns);
	char text[TEXT_NUMBER_MAX + 1];

	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->list[i];
		double change = row->a ? ((double)row->b - (double)row->a) / (double)row->a : 0;

		if (row->a == row->b && !diff->all)
			continue;
		table_cell(table, "%s", row->table);
		table_cell(table, "%s", row->key);
		table_cell(table, "%s", row->measure);
		table_count(table, row->a);
		table_count(table, row->b);
		table_cell(table, "%s", text_difference(text, sizeof(text), row));
		if (row->a)
			table_cell(table, "%+.2f %%", 100 * change);
		else
			table_cell(table, "new");
		table_cell(table, "%s", row->time ? vts_source_unit(diff->side[0].source) : "");
	}
	table_print(table, stdout);
}

static void print_text(const struct diff *diff, const struct diff_rows *rows, bool equal)
{
	char a[128], b[128], number[TEXT_NUMBER_MAX];
	const struct tally *tally = &diff->side[0].tally;

	printf("A: %s\nB: %s\n", diff->side[0].dir, diff->side[1].dir);
	print_subjects(diff);
	if (vts_source_lost(diff->side[0].source) || vts_source_lost(diff->side[1].source))
		puts("events were LOST: this compares only what was recorded");
	print_rows(diff, rows);
	if (diff->differ && !tally->phase) {
		describe(a, sizeof(a), diff->has[0], &diff->event[0]);
		describe(b, sizeof(b), diff->has[1], &diff->event[1]);
		printf("first difference: event %s: %s, against %s\n",
		       text_count(number, diff->index), a, b);
	}
	if (equal)
		printf("equal: %s events%s\n", text_count(number, tally->stats.total.events),
		       tally->phase ? " in the phase, by their figures" : ", each with its time");
	else
		puts("different");
}

static json_t *event_json(bool has, const struct vts_event *event)
{
	char text[12];
	json_t *object;

	if (!has)
		return json_null();
	object = json_new_object();
	json_put_text(object, "kind",
		      vts_name_or_number(vts_kind_name(event->kind), event->kind, text));
	json_put_text(
	    object, "reason",
	    vts_name_or_number(vts_reason_name(event->kind, event->reason), event->reason, text));
	json_put_count(object, "tsc", event->tsc);
	json_put_count(object, "exit_tsc", event->exit_tsc);
	return object;
}

static json_t *rows_json(const struct diff *diff, const struct diff_rows *rows)
{
	json_t *array = json_new_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->list[i];
		json_t *object;

		if (row->a == row->b && !diff->all)
			continue;
		object = json_new_object();
		json_put_text(object, "table", row->table);
		json_put_text(object, "key", row->key);
		json_put_text(object, "figure", row->measure);
		json_put_text(object, "unit",
			      row->time ? vts_source_unit(diff->side[0].source) : NULL);
		json_put_count(object, "a", row->a);
		json_put_count(object, "b", row->b);
		json_add(array, object);
	}
	return array;
}

static void print_json(const struct diff *diff, const struct diff_rows *rows, bool equal)
{
	json_t *root = json_new_object(), *first;

	json_put_text(root, "a", diff->side[0].dir);
	json_put_text(root, "b", diff->side[1].dir);
	json_put_text(root, "unit", vts_source_unit(diff->side[0].source));
	json_put_bool(root, "equal", equal);
	json_put_count(root, "lost_a", vts_source_lost(diff->side[0].source));
	json_put_count(root, "lost_b", vts_source_lost(diff->side[1].source));
	json_put(root, "env_a", json_env(diff->side[0].source));
	json_put(root, "env_b", json_env(diff->side[1].source));
	if (diff->differ) {
		first = json_new_object();
		json_put_count(first, "index", diff->index);
		json_put(first, "a", event_json(diff->has[0], &diff->event[0]));
		json_put(first, "b", event_json(diff->has[1], &diff->event[1]));
		json_put(root, "first_difference", first);
	} else {
		json_put(root, "first_difference", json_null());
	}
	json_put(root, "rows", rows_json(diff, rows));
	json_print(root);
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
	if (diff->json)
		print_json(diff, &rows, equal);
	else
		print_text(diff, &rows, equal);
	free(rows.list);
	return equal ? STATUS_OK : STATUS_NO;
}

static int run(struct diff *diff)
{
	int status = STATUS_FAILED;

	for (size_t i = 0; i < 2; i++) {
		struct source_args args = {.dir = diff->side[i].dir};

		diff->side[i].source = source_open(&args);
		tally_init(&diff->side[i].tally);
	}
	if (diff->side[0].source && diff->side[1].source)
		status = compare(diff);
	for (size_t i = 0; i < 2; i++) {
		tally_free(&diff->side[i].tally);
		vts_source_close(diff->side[i].source);
	}
	return status;
}

static int parse(struct diff *diff, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option;

	while ((option = option_next(&options)) != -1) {
		if (option == OPT_PHASE)
			diff->side[0].tally.phase = diff->side[1].tally.phase = optarg;
		else if (option == OPT_ALL)
			diff->all = true;
		else if (option == OPT_FORCE)
			diff->force = true;
		else
			diff->json = true;
	}
	if (options.status >= 0)
		return options.status;
	if (argc - optind != 2)
		return usage_error(&options, "name two recorded traces");
	diff->side[0].dir = argv[optind];
	diff->side[1].dir = argv[optind + 1];
	return -1;
}

int diff_main(int argc, char **argv)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	int status;

	if (!diff)
		die_of_memory();
	status = parse(diff, argc, argv);
	if (status < 0)
		status = run(diff);
	free(diff);
	return status;
}
