/* SPDX-License-Identifier: GPL-2.0-only */
/* vmtop: a live view of a virtual machine's exits. */
#include <locale.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tools/vmtop/batch.h"
#include "tools/vmtop/child.h"
#include "tools/vmtop/glyphs.h"
#include "tools/vmtop/interactive.h"
#include "tools/vmtop/options.h"
#include "tools/vmtop/screen.h"
#include "tools/vmtop/stop.h"

#define EXIT_COULD_NOT 2
#define START_SECONDS  30.0

static int complain(const char *text)
{
	fprintf(stderr, "vmtop: %s\n", text);
	return -1;
}

/** Batch mode: wait until the VM of --run can be attached to. */
static int await_child(struct fleet *fleet, struct child *child, struct vts_error *error)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	double end = model_host_clock() + START_SECONDS;
	char how[80];

	while (fleet_attach(fleet, child->name, error) < 0) {
		child_poll(child);
		if (child->ended) {
			snprintf(error->text, sizeof(error->text),
				 "%s before vmtop could attach to it: its messages say why",
				 child_describe(child, how));
			return -1;
		}
		if (model_host_clock() > end || stop_requested())
			return -1;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int open_running(struct fleet *fleet, const struct options *options, struct vts_error *error)
{
	for (size_t i = 0; i < options->attached; i++)
		if (fleet_attach(fleet, options->attach[i], error) < 0)
			return -1;
	if (options->attached || fleet_discover(fleet))
		return 0;
	snprintf(error->text, sizeof(error->text),
		 "no VM is running: start one with vtrun GUEST, or with vmtop --run -- GUEST");
	return -1;
}

static int open_sources(struct fleet *fleet, struct child *child, const struct options *options,
			struct vts_error *error)
{
	bool batch = options->mode != MODE_SCREEN;

	if (options->compare[0])
		return fleet_compare(fleet, options->compare, options->interval, error);
	if (options->replay)
		return fleet_replay(fleet, options->replay, options->interval, error);
	if (options->kvm)
		return fleet_kvm(fleet, &options->kvm_options, error);
	if (!options->run)
		return open_running(fleet, options, error);
	if (child_start(child, options->run_args, batch, error) < 0)
		return -1;
	return batch ? await_child(fleet, child, error) : 0;
}

static int watch(struct fleet *fleet, struct child *child, const struct options *options)
{
	if (options->mode == MODE_SCREEN) {
		struct vts_error error = {""};
		int result = interactive_run(fleet, options->run ? child : NULL, options, &error);

		screen_close();
		if (error.text[0])
			complain(error.text);
		return result < 0 ? complain("no VM to watch: vtrun says why:") : 0;
	}
	if (batch_run(fleet, options) == 0)
		return 0;
	return complain(
	    "standard output: cannot be written: look for a full disk or a closed pipe");
}

static void report_problems(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		const struct model *model = fleet->member[i].model;
		const char *first;
		unsigned problems = vts_source_problems(model->source, &first);

		if (problems)
			fprintf(
			    stderr, "vmtop: %s: %s (%u %s in all): shown is what could be read\n",
			    model->name, first, problems, problems == 1 ? "problem" : "problems");
		if (model->out_of_memory)
			fprintf(
			    stderr,
			    "vmtop: %s: out of memory: some records were not counted; end other "
			    "programs and try again\n",
			    model->name);
	}
}

/** Once, since every VM has the same kernel. */
static void report_absent(const struct fleet *fleet)
{
	const char *absent =
	    fleet->count ? vts_source_env(fleet->member[0].model->source, "absent") : NULL;

	if (absent)
		fprintf(
		    stderr,
		    "vmtop: KVM: this kernel has no tracepoints %s: what they tell is left out\n",
		    absent);
}

/** vtrun's end is the user's to know, and its last words if it failed by itself. */
static void report_child(struct child *child, const struct options *options)
{
	bool by_itself = child->ended;
	char line[256];

	if (!child->pid)
		return;
	child_stop(child);
	if (by_itself && child->status && options->mode == MODE_SCREEN)
		for (unsigned i = 8; i-- > 0;)
			if (*child_tail_line(child, i, line))
				fprintf(stderr, "%s\n", line);
	fprintf(stderr, "vmtop: %s\n", child_describe(child, line));
}

int main(int argc, char **argv)
{
	static struct fleet fleet = {.view = &views[VIEW_EXITS]};
	struct symbols *symbols = NULL;
	static struct child child;
	struct options options;
	struct vts_error error = {""};
	enum options_verdict verdict = options_parse(&options, argc, argv);
	int result;

	if (verdict != OPTIONS_GO)
		return verdict == OPTIONS_DONE ? 0 : EXIT_COULD_NOT;
	if (options.guest && !(symbols = symbols_open(options.guest, &error))) {
		complain(error.text);
		return EXIT_COULD_NOT;
	}
	fleet.symbols = symbols;
	fleet.view = &views[options.view->number];
	setlocale(LC_CTYPE, "");
	glyphs_init(options.ascii);
	stop_install();
	if (options.mode == MODE_SCREEN && screen_open(&error) < 0) {
		complain(error.text);
		return EXIT_COULD_NOT;
	}
	if (open_sources(&fleet, &child, &options, &error) < 0) {
		screen_close();
		result = stop_requested() ? 0 : complain(error.text);
	} else {
		if (options.kvm && options.mode != MODE_SCREEN)
			report_absent(&fleet);
		result = watch(&fleet, &child, &options);
		if (options.kvm && options.mode == MODE_SCREEN) /* which is gone now */
			report_absent(&fleet);
	}
	report_child(&child, &options);
	report_problems(&fleet);
	fleet_close(&fleet);
	symbols_close(symbols);
	stop_obey();
	return result < 0 ? EXIT_COULD_NOT : 0;
}
