// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/vtrun/verdict.h"

#define POLL_MSEC     10	   /* readers and people see things this soon */
#define CONSOLE_LIMIT (256u << 10) /* of pending output; then the engine is held */

enum { FD_SIGNALS, FD_SINK, FD_INPUT, FD_OUTPUT, FD_ENGINE, FD_COUNT = FD_ENGINE + ENGINE_FDS_MAX };

/** Why the loop ended, when it was not the guest. */
struct ending {
	bool over;
	unsigned cause;	      /* VTS_VM_STOP_* */
	int status;	      /* -1: the guest's */
	struct vts_error why; /* said on standard error, unless empty */
};

int run_signals(struct vts_error *error)
{
	static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCONT};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		error_set(error, "signals: %s: close some files", strerror(errno));
	return fd;
}

static void end(struct ending *ending, unsigned cause, int status)
{
	if (ending->over)
		return;
	ending->over = true;
	ending->cause = cause;
	ending->status = status;
}

/** The signal that ends vtrun, or 0. */
static int signals_take(struct run *run)
{
	struct signalfd_siginfo info;
	int ends = 0;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCONT)
			ends = (int)info.ssi_signo;
		else if (run->interactive)
			console_raw(run->console); /* the shell had the terminal meanwhile */
	}
	return ends;
}

static void input_take(struct run *run)
{
	ssize_t got = read(STDIN_FILENO, run->typed, sizeof(run->typed));

	if (got > 0)
		run->typed_bytes = (size_t)got;
	else if (got == 0 || errno != EINTR)
		run->interactive = false; /* the terminal has hung up: no more input */
}

/** Typed bytes that the guest's port has no room for wait, and so does the terminal. */
static void input_give(struct run *run)
{
	size_t given = run->ops->input(run->engine, run->typed, run->typed_bytes);

	run->typed_bytes -= given;
	memmove(run->typed, run->typed + given, run->typed_bytes);
}

static void output_check(struct run *run, struct ending *ending)
{
	int failure = console_failure(run->console);

	if (failure == EPIPE) {
		end(ending, VTS_VM_STOP_INTERRUPTED, 128 + SIGPIPE);
		error_set(&ending->why, "standard output: nobody reads it any more: ended %s",
			  run->options->guest);
	}
}

static void interrupt(struct run *run, struct ending *ending, int signal_number)
{
	if (!signal_number)
		return;
	end(ending, VTS_VM_STOP_INTERRUPTED, 128 + signal_number);
	error_set(&ending->why, "%s: ended by signal %d (%s)", run->options->guest, signal_number,
		  strsignal(signal_number));
}

static void wait_some(struct run *run, struct ending *ending)
{
	bool held = console_pending(run->console) > CONSOLE_LIMIT;
	struct pollfd fds[FD_COUNT] = {
	    [FD_SIGNALS] = {.fd = run->signals, .events = POLLIN},
	    [FD_SINK] = {.fd = sink_fd(run->sink), .events = POLLIN},
	    [FD_INPUT] = {.fd = run->interactive && !run->typed_bytes ? STDIN_FILENO : -1,
			  .events = POLLIN},
	    [FD_OUTPUT] = {.fd = console_pending(run->console) ? STDOUT_FILENO : -1,
			   .events = POLLOUT},
	};
	size_t count = FD_ENGINE + (held ? 0 : run->ops->fds(run->engine, fds + FD_ENGINE));

	poll(fds, count, POLL_MSEC);
	if (fds[FD_SIGNALS].revents)
		interrupt(run, ending, signals_take(run));
	if (fds[FD_SINK].revents)
		sink_accept(run->sink);
	if (fds[FD_INPUT].revents)
		input_take(run);
	if (run->typed_bytes)
		input_give(run);
}

static void engine_serve(struct run *run, struct ending *ending)
{
	if (console_pending(run->console) > CONSOLE_LIMIT)
		return; /* held */
	switch (run->ops->service(run->engine, &ending->why)) {
	case ENGINE_RUNNING:
		break;
	case ENGINE_ENDED:
		end(ending, 0, -1);
		break;
	case ENGINE_FAILED:
		end(ending, VTS_VM_STOP_ENGINE_DIED, STATUS_FAILED);
		break;
	case ENGINE_FAULT:
		end(ending, VTS_VM_STOP_VMM_FAULT, STATUS_FAILED);
		break;
	}
}

/** Output that is left when the guest has ended; a signal still ends the wait for a slow reader. */
static void output_finish(struct run *run, struct ending *ending)
{
	while (ending->status < 0 && console_pending(run->console)) {
		struct pollfd fds[] = {{.fd = run->signals, .events = POLLIN},
				       {.fd = STDOUT_FILENO, .events = POLLOUT}};
		int signal_number;

		poll(fds, 2, -1);
		signal_number = signals_take(run);
		if (signal_number) {
			error_set(
			    &ending->why,
			    "standard output: ended by signal %d (%s) before all of the guest's "
			    "output was read",
			    signal_number, strsignal(signal_number));
			ending->status = 128 + signal_number;
		}
		console_flush(run->console);
	}
}

static int status_decide(struct run *run, const struct ending *ending)
{
	const struct vts_event *stop = sink_stop(run->sink);
	int failure = console_failure(run->console), status = ending->status;

	console_new_line(run->console);
	if (*ending->why.text)
		fprintf(stderr, "vtrun: %s\n", ending->why.text);
	if (status < 0)
		status = verdict(stop, run->options->guest, run->options->paging == PAGING_NATIVE);
	if (failure && failure != EPIPE) {
		fprintf(stderr,
			"vtrun: standard output: %s: not all of the guest's output was written\n",
			strerror(failure));
		if (!status)
			status = STATUS_FAILED;
	}
	return status;
}

int run_vm(struct run *run)
{
	double limit = run->options->timeout ? clock_now() + run->options->timeout : 0;
	struct ending ending = {.status = -1};

	while (!ending.over) {
		wait_some(run, &ending);
		if (!ending.over)
			engine_serve(run, &ending);
		console_flush(run->console);
		output_check(run, &ending);
		if (!ending.over && limit && clock_now() > limit) {
			end(&ending, VTS_VM_STOP_TIMEOUT, STATUS_TIMEOUT);
			error_set(&ending.why, "%s: time-out: not ended after %g s; ended it",
				  run->options->guest, run->options->timeout);
		}
	}
	run->ops->stop(run->engine);
	if (sink_stop(run->sink)) /* the VMM's own: nothing follows it */
		disk_file_trim(run->disk);
	sink_end(run->sink, ending.cause);
	console_flush(run->console);
	output_finish(run, &ending);
	return status_decide(run, &ending);
}
