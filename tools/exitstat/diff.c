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

static const char help[] =
    "usage: exitstat diff A B [OPTIONS]\n"
    "       exitstat diff [OPTIONS] A1 A2 ... -- B1 B2 ...\n"
    "       exitstat diff A --source kvm [--pid P | --vm NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Compare two recorded traces exactly, event for event, and show every figure that\n"
    "differs. The same guest and configuration on the Bochs engine give the same trace; what\n"
    "differs was changed by the VMM or the tools.\n"
    "\n"
    "Where runs vary (cycles, ns), several traces a side are compared by a test that assumes\n"
    "nothing of how they vary: what changed, by how much, and what is uncertain.\n"
    "\n"
    "Or two results of vtbench, figure by figure: DIR, or a file such as a stored baseline.\n"
    "\n"
    "Or a trace of KVM with what a VM does now. Such runs do not repeat: the figures tell.\n"
    "\n"
    "  --phase NAME  compare only the figures of the phases of this name, not each event\n"
    "  --guest ELF   by guest function too, with symbols from this file\n"
    "  --margin P    several traces a side: a change of less than P % is none (1)\n"
    "  --all         show the equal figures too\n"
    "  --force       compare although events were lost, a trace is damaged, or the\n"
    "                configurations differ; never across units of time\n"
    "  --json        print JSON\n" SOURCE_HELP
    "  --for SECONDS        with --source kvm: stop after so long\n"
    "  -h, --help    print this\n"
    "\n"
    "Exit status: 0 they are equal; 1 they differ; 2 cannot judge, or all is uncertain.\n";

enum { OPT_PHASE = 256, OPT_ALL, OPT_FORCE, OPT_JSON, OPT_GUEST, OPT_MARGIN };

static const struct option long_options[] = {
    {"phase", required_argument, NULL, OPT_PHASE},
    {"guest", required_argument, NULL, OPT_GUEST},
    {"margin", required_argument, NULL, OPT_MARGIN},
    {"all", no_argument, NULL, OPT_ALL},
    {"force", no_argument, NULL, OPT_FORCE},
    {"json", no_argument, NULL, OPT_JSON},
    {"for", required_argument, NULL, OPTION_FOR},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"pid", required_argument, NULL, OPTION_PID},
    {"vm", required_argument, NULL, OPTION_VM},
    {"exits-only", no_argument, NULL, OPTION_EXITS_ONLY},
    {"help", no_argument, NULL, 'h'},
    {0},
};

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

/** The tally as figures, for what they are compared by: exits by reason, device and function, and
 *  the phases' sums. */
static void measure(struct diff_side *side)
{
	const struct tally *tally = &side->tally;
	struct measured *measured = &side->measured;

	*measured = (struct measured){.title = side->dir, .count = 1};
	measured->runs = calloc(1, sizeof(*measured->runs));
	if (!measured->runs)
		die_of_memory();
	measured->about = json_new_object();
	json_put_text(measured->about, "unit", vts_source_unit(side->source));
	figures_add(measured->runs, tally, tally);
	if (!tally->phase)
		figures_add_phases(measured->runs, tally);
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
	measure(&diff->side[0]);
	measure(&diff->side[1]);
	equal = !any_row_differs(&rows) && (diff->side[0].tally.phase || !diff->differ);
	if (diff->json)
		diff_print_json(diff, &rows, equal);
	else
		diff_print_text(diff, &rows, equal);
	free(rows.list);
	measured_free(&diff->side[0].measured);
	measured_free(&diff->side[1].measured);
	return equal ? STATUS_OK : STATUS_NO;
}

static int run(struct diff *diff, const char *guest)
{
	struct symbols *symbols = NULL;
	struct vts_error error;
	int status = STATUS_FAILED;

	if (guest && !(symbols = symbols_open(guest, &error))) {
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
	samples->measured.force = diff->force;
	samples->all = diff->all;
	samples->json = diff->json;
	status = diff_samples(samples, &exact);
	if (!exact)
		return status;
	for (size_t i = 0; i < 2; i++)
		diff->side[i].dir = diff->side[i].args.dir = samples->dirs[i][0];
	return run(diff, samples->measured.guest);
}

/** A1 A2 ... -- B1 B2 ...; @after: how many stood behind the "--". */
static int parse_samples(struct diff_samples *samples, const struct options *options, size_t after)
{
	size_t count = (size_t)(options->argc - optind);

	if (!after || after >= count)
		return usage_error(options, "name recorded traces on both sides of --");
	for (size_t i = 1; i <= after; i++)
		if (*options->argv[(size_t)options->argc - i] == '-')
			return usage_error(options, "%s: options stand before --",
					   options->argv[(size_t)options->argc - i]);
	samples->dirs[0] = (const char *const *)options->argv + optind;
	samples->count[0] = count - after;
	samples->dirs[1] = samples->dirs[0] + samples->count[0];
	samples->count[1] = after;
	return -1;
}

/** The operands: A, and B unless that is what goes on. */
static int parse_sides(struct diff *diff, const struct options *options)
{
	struct source_args *live = &diff->side[1].args;
	bool is_live =
	    live->kvm || live->kvm_pid || live->kvm_vm || live->kvm_exits_only || live->seconds;

	if (options->argc - optind < 1 || (!is_live && options->argc - optind != 2))
		return usage_error(options,
				   "name two recorded traces, or two results of vtbench, or "
				   "several traces a side, with -- between");
	diff->side[0].dir = diff->side[0].args.dir = options->argv[optind++];
	if (!is_live)
		live->dir = options->argv[optind++];
	else if (source_operand(live, options) < 0)
		return STATUS_FAILED;
	else if (!live->kvm)
		return usage_error(options, "--for: only with --source kvm");
	else
		interrupt_catch();
	diff->side[1].dir = source_title(live);
	return -1;
}

/** How many operands stand behind "--"; getopt_long moves it. */
static size_t count_after(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return (size_t)(argc - i - 1);
	return 0;
}

static int take_option(struct diff *diff, struct diff_samples *samples,
		       const struct options *options, int option)
{
	uint64_t percent;

	switch (option) {
	case OPT_PHASE:
		diff->side[0].tally.phase = diff->side[1].tally.phase = optarg;
		figure_phase(optarg, diff->phase);
		return 0;
	case OPT_ALL:
		diff->all = true;
		return 0;
	case OPT_FORCE:
		diff->force = true;
		return 0;
	case OPT_JSON:
		diff->json = true;
		return 0;
	case OPT_GUEST:
		samples->measured.guest = optarg;
		return 0;
	case OPT_MARGIN:
		if (!parse_number(optarg, 0, 1000, &percent)) {
			usage_error(options, "--margin %s: not a number of percent", optarg);
			return -1;
		}
		samples->margin = (double)percent / 100;
		return 0;
	default:
		return source_option(&diff->side[1].args, options, option);
	}
}

static int parse(struct diff *diff, struct diff_samples *samples, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	size_t after = count_after(argc, argv);
	int option;

	while ((option = option_next(&options)) != -1)
		if (take_option(diff, samples, &options, option) < 0)
			return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	return after ? parse_samples(samples, &options, after) : parse_sides(diff, &options);
}

int diff_main(int argc, char **argv)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	struct diff_samples samples = {.margin = 0.01};
	int status;

	if (!diff)
		die_of_memory();
	status = parse(diff, &samples, argc, argv);
	if (status < 0 && samples.count[0])
		status = run_samples(diff, &samples);
	else if (status < 0)
		status = !diff->side[1].args.kvm && results_named(diff->side[0].dir)
			     ? diff_results(diff)
			     : run(diff, samples.measured.guest);
	free(diff);
	return status;
}
