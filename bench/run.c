// SPDX-License-Identifier: GPL-2.0-only
#include "bench/run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/check.h"
#include "bench/child.h"
#include "bench/command.h"
#include "bench/disk.h"
#include "bench/measure.h"
#include "bench/progress.h"
#include "bench/store.h"

#define PATIENCE_MS 5000 /* for children that were told to end */

enum state { WAITING, RUNNING, DONE, ABANDONED };

struct slot {
	struct vtb_child child;
	size_t index; /* of the cell */
	double started;
	char *record; /* directory of its trace */
};

struct run {
	const struct vtb_run_options *options;
	struct vtb_run_outcome *outcome;
	struct vtb_store store;
	struct vtb_progress progress;
	struct vtb_result *results;
	enum state *state;
	size_t count, next, written;
	struct slot *slots;
	char vtrun[PATH_MAX], linux_dir[PATH_MAX];
	char *disk; /* of the guests that need one */
	int signals;
	bool stopping;
};

static char *join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int start_cell(struct run *run, struct slot *slot, struct vts_error *error)
{
	struct vtb_result *result = &run->results[run->next];
	char name[128], path[160], live[64];
	struct vtb_command command;
	int status;

	vtb_cell_name(&result->cell, '-', name, sizeof(name));
	snprintf(path, sizeof(path), "traces/%s", name);
	snprintf(live, sizeof(live), "vtbench-%d-%zu", (int)getpid(), run->next);
	slot->record = join(run->options->out, path);
	if (!slot->record ||
	    vtb_command_make(&command, &result->cell, run->vtrun, slot->record, live,
			     vtb_disk_needed(result->cell.workload) ? run->disk : NULL,
			     run->linux_dir, run->options->timeout)) {
		snprintf(error->text, sizeof(error->text), "out of memory");
		free(slot->record);
		return -1;
	}
	vtb_remove_tree(slot->record);
	result->command = vtb_command_text(&command);
	status = vtb_child_start(&slot->child, command.argv, error);
	vtb_command_free(&command);
	if (status) {
		free(slot->record);
		return -1;
	}
	slot->index = run->next;
	slot->started = vtb_now();
	run->state[run->next++] = RUNNING;
	return 0;
}

/* The last line of what vtrun said: the reason, as it ends with it. */
static const char *last_line(char *text)
{
	size_t length = strlen(text);
	char *start;

	while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		text[--length] = '\0';
	start = strrchr(text, '\n');
	return start ? start + 1 : text;
}

static void check_status(struct vtb_result *result, int status, char *errors)
{
	const char *said = last_line(errors);

	if (WIFSIGNALED(status))
		vtb_result_fail(result, "vtrun was killed by signal %d (%s)", WTERMSIG(status),
				strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		vtb_result_fail(result, "vtrun ended with status %d: %s", WEXITSTATUS(status),
				*said ? said : "it said nothing");
}

static void finish_cell(struct run *run, struct slot *slot, int status)
{
	struct vtb_result *result = &run->results[slot->index];

	result->host_seconds = vtb_now() - slot->started;
	if (run->stopping) {
		run->state[slot->index] = ABANDONED;
	} else {
		check_status(result, status, slot->child.errors.text);
		vtb_measure_trace(result, slot->record);
		vtb_measure_console(result, slot->child.output.text);
		run->state[slot->index] = DONE;
	}
	if (!run->options->keep_traces)
		vtb_remove_tree(slot->record);
	free(slot->record);
	slot->record = NULL;
}

/* Cells are judged and written in the matrix's order, so that the file of a run is the same every
 * time, and what a cell is compared with comes before it. */
static int write_done(struct run *run, struct vts_error *error)
{
	for (; run->written < run->count; run->written++) {
		struct vtb_result *result = &run->results[run->written];
		enum state state = run->state[run->written];

		if (state == ABANDONED || (state == WAITING && run->stopping))
			continue;
		if (state != DONE)
			break;
		vtb_check(run->results, run->written);
		if (vtb_store_add(&run->store, result, error))
			return -1;
		run->outcome->done++;
		run->outcome->failed += !result->ok;
		vtb_progress_cell(&run->progress, result);
	}
	return 0;
}

static void draw(struct run *run)
{
	char text[256] = "";
	size_t used = 0;

	for (unsigned i = 0; i < run->options->jobs && used < sizeof(text); i++) {
		char name[128];

		if (run->slots[i].child.pidfd < 0)
			continue;
		vtb_cell_name(&run->results[run->slots[i].index].cell, ' ', name, sizeof(name));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "",
					 name);
	}
	vtb_progress_draw(&run->progress, text);
}

static void signal_children(const struct run *run, int signal)
{
	for (unsigned i = 0; i < run->options->jobs; i++)
		vtb_child_signal(&run->slots[i].child, signal);
}

static void serve_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		/* The second one does not wait for children to end well. */
		signal_children(run, run->stopping ? SIGKILL : SIGINT);
		run->stopping = true;
		run->outcome->signal = (int)info.ssi_signo;
	}
}

static unsigned running(const struct run *run)
{
	unsigned count = 0;

	for (unsigned i = 0; i < run->options->jobs; i++)
		count += run->slots[i].child.pidfd >= 0;
	return count;
}

static int start_cells(struct run *run, struct vts_error *error)
{
	for (unsigned i = 0; i < run->options->jobs; i++) {
		if (run->stopping || run->next == run->count)
			break;
		if (run->slots[i].child.pidfd < 0 && start_cell(run, &run->slots[i], error))
			return -1;
	}
	return 0;
}

/* Wait for something to happen, and take it in. */
static void serve(struct run *run)
{
	unsigned jobs = run->options->jobs;
	struct pollfd fds[1 + jobs * VTB_CHILD_POLLFDS];

	fds[0] = (struct pollfd){.fd = run->signals, .events = POLLIN};
	for (unsigned i = 0; i < jobs; i++)
		vtb_child_poll(&run->slots[i].child, &fds[1 + i * VTB_CHILD_POLLFDS]);
	if (!poll(fds, 1 + jobs * VTB_CHILD_POLLFDS, run->stopping ? PATIENCE_MS : 1000) &&
	    run->stopping)
		signal_children(run, SIGKILL);
	serve_signals(run);
	for (unsigned i = 0; i < jobs; i++) {
		struct slot *slot = &run->slots[i];
		int status;

		if (slot->child.pidfd >= 0 && vtb_child_serve(&slot->child, &status))
			finish_cell(run, slot, status);
	}
}

static int run_cells(struct run *run, struct vts_error *error)
{
	int status = 0;

	do {
		if (!status && start_cells(run, error))
			status = -1;
		if (status && !run->stopping) {
			run->stopping = true;
			signal_children(run, SIGINT);
		}
		draw(run);
		if (running(run))
			serve(run);
		if (!status)
			status = write_done(run, error);
	} while (running(run) || (!run->stopping && run->next < run->count));
	vtb_progress_clear(&run->progress);
	return status;
}

/* Signals come as a descriptor, so that poll(2) is the only place that waits. */
static int open_signals(sigset_t *previous)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, previous);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void remove_leftovers(const struct run *run)
{
	char *traces = join(run->options->out, "traces");

	if (traces && !run->options->keep_traces)
		vtb_remove_tree(traces);
	if (run->disk && !run->options->keep_traces)
		unlink(run->disk);
	free(traces);
}

static int prepare_disk(struct run *run, struct vts_error *error)
{
	size_t i = 0;

	while (i < run->count && !vtb_disk_needed(run->results[i].cell.workload))
		i++;
	if (i == run->count)
		return 0;
	run->disk = join(run->options->out, "disk.img");
	if (run->disk)
		return vtb_disk_make(run->disk, error);
	snprintf(error->text, sizeof(error->text), "out of memory");
	return -1;
}

static int prepare(struct run *run, const struct vtb_cell *cells, struct vts_error *error)
{
	char *traces = join(run->options->out, "traces");
	int status = -1;

	run->results = calloc(run->count, sizeof(*run->results));
	run->state = calloc(run->count, sizeof(*run->state));
	run->slots = calloc(run->options->jobs, sizeof(*run->slots));
	if (!traces || !run->results || !run->state || !run->slots) {
		snprintf(error->text, sizeof(error->text), "out of memory");
	} else {
		status = vtb_make_dirs(traces);
		if (status)
			snprintf(error->text, sizeof(error->text), "%.300s: %s", traces,
				 strerror(errno));
	}
	for (unsigned i = 0; run->slots && i < run->options->jobs; i++)
		run->slots[i].child.pidfd = -1;
	for (size_t i = 0; !status && i < run->count; i++) {
		struct vtb_result *result = &run->results[i];

		vtb_result_init(result, &cells[i]);
		snprintf(result->vtscope_version, sizeof(result->vtscope_version), "%s",
			 VTS_VERSION);
		snprintf(result->compiler, sizeof(result->compiler), "%s", VTB_COMPILER);
	}
	free(traces);
	return status ? status : prepare_disk(run, error);
}

int vtb_run(const struct vtb_run_options *options, struct vtb_run_outcome *outcome,
	    struct vts_error *error)
{
	struct run run = {.options = options, .outcome = outcome};
	struct vtb_cell *cells;
	sigset_t previous;
	int status;

	memset(outcome, 0, sizeof(*outcome));
	cells = vtb_matrix(&options->selection, &run.count);
	if (!cells) {
		snprintf(error->text, sizeof(error->text), "%s",
			 run.count ? "out of memory" : "this selection holds no cell");
		return -1;
	}
	outcome->cells = run.count;
	if ((cells[0].workload->linux &&
	     vtb_linux_find(run.linux_dir, sizeof(run.linux_dir), error)) ||
	    vtb_store_open(&run.store, options->out, options->replace, error)) {
		free(cells);
		return -1;
	}
	vtb_vtrun_path(run.vtrun, sizeof(run.vtrun));
	run.signals = open_signals(&previous);
	status = prepare(&run, cells, error);
	if (!status) {
		vtb_progress_start(&run.progress, run.count);
		status = run_cells(&run, error);
	}
	remove_leftovers(&run);
	vtb_store_close(&run.store);
	if (run.results)
		for (size_t i = 0; i < run.count; i++)
			vtb_result_free(&run.results[i]);
	free(run.results);
	free(run.disk);
	free(run.state);
	free(run.slots);
	free(cells);
	close(run.signals);
	sigprocmask(SIG_SETMASK, &previous, NULL);
	return status;
}
