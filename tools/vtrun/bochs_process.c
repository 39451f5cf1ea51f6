// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/bochs_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/hop.h"

#define BANNER		"Bochs x86 Emulator "
#define VERSION_SECONDS 10
#define PAGE_BYTES	4096

/** The names to try; $BOCHS overrides. */
static const char *const programs[] = {"bochs-bin", "bochs", NULL};

/** Replace this process by Bochs; returns only if there is none, with errno. */
static void bochs_exec(char *const arguments[])
{
	const char *named = getenv("BOCHS");

	if (named && *named) {
		execvp(named, arguments);
		return;
	}
	/* Without a default BXSHARE it would not find its BIOS. */
	for (size_t i = 0; programs[i]; i++)
		execvp(programs[i], arguments);
}

static int not_found(int reason, struct vts_error *error)
{
	const char *named = getenv("BOCHS");

	if (named && *named)
		return error_set(
		    error,
		    "%s: cannot run it as Bochs: %s; set BOCHS to Bochs's binary, or unset it",
		    named, strerror(reason));
	return error_set(error,
			 "bochs: cannot run it: %s; install the Debian package bochs, or set BOCHS "
			 "to its binary",
			 strerror(reason));
}

/** In the child: a fixed environment, and dead as soon as vtrun is. */
static void child_init(pid_t parent)
{
	struct rlimit no_core = {0, 0};
	sigset_t none;

	setpgid(0, 0); /* Ctrl-C is for vtrun, Bochs would enter its debugger */
	/* Its display would listen on a port of every interface, and many at once run out of ports. */
	if (unshare(CLONE_NEWNET) < 0)
		unshare(CLONE_NEWUSER | CLONE_NEWNET);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setrlimit(RLIMIT_CORE, &no_core);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setenv("BXSHARE", "/usr/share/bochs", 0);
	unsetenv("LTDL_LIBRARY_PATH");
}

/** Fork and run Bochs; -1 and errno when it cannot be run. */
static pid_t bochs_spawn(char *const arguments[], int output, int messages)
{
	pid_t parent = getpid(), child;
	int reason = 0, failure[2];

	if (pipe2(failure, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		child_init(parent);
		if (null >= 0 && dup2(null, 0) >= 0 && dup2(output, 1) >= 0 &&
		    dup2(messages, 2) >= 0)
			bochs_exec(arguments);
		write_all(failure[1], &errno, sizeof(errno));
		_exit(127);
	}
	close(failure[1]);
	if (child > 0 && read(failure[0], &reason, sizeof(reason)) == sizeof(reason)) {
		waitpid(child, NULL, 0);
		child = -1;
		errno = reason;
	}
	close(failure[0]);
	return child;
}

/** Read @fd to its end, at most @bytes - 1, for at most VERSION_SECONDS. */
static void banner_read(int fd, char *text, size_t bytes)
{
	double end = clock_now() + VERSION_SECONDS;
	size_t filled = 0;

	while (filled < bytes - 1) {
		struct pollfd input = {.fd = fd, .events = POLLIN};
		int left = (int)((end - clock_now()) * 1000);
		ssize_t got;

		if (left <= 0 || poll(&input, 1, left) <= 0)
			break;
		got = read(fd, text + filled, bytes - 1 - filled);
		if (got <= 0)
			break;
		filled += (size_t)got;
	}
	text[filled] = 0;
}

int bochs_version(char version[64], struct vts_error *error)
{
	char *const arguments[] = {"bochs", "--help", NULL};
	char text[8192], *at;
	int output[2];
	pid_t child;

	if (pipe2(output, O_CLOEXEC) < 0)
		return error_set(error, "bochs: cannot run it: %s; close some files",
				 strerror(errno));
	child = bochs_spawn(arguments, output[1], output[1]);
	close(output[1]);
	if (child < 0) {
		close(output[0]);
		return not_found(errno, error);
	}
	banner_read(output[0], text, sizeof(text));
	close(output[0]);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	at = strstr(text, BANNER);
	if (!at)
		return error_set(error,
				 "bochs: it does not say its version: set BOCHS to Bochs's binary");
	at += strlen(BANNER);
	snprintf(version, 64, "%.*s", (int)strcspn(at, " \r\n"), at);
	return 0;
}

int bochs_prepare(struct bochs_process *process, struct vts_error *error)
{
	*process = (struct bochs_process){
	    .hop_fd = -1,
	    .config_fd = memfd_create("vtscope-bochsrc", 0),
	    .commands_fd = memfd_create("vtscope-commands", 0),
	    .log_fd = memfd_create("vtscope-log", 0),
	    .messages_fd = memfd_create("vtscope-messages", 0),
	};
	if (process->config_fd < 0 || process->commands_fd < 0 || process->log_fd < 0 ||
	    process->messages_fd < 0)
		return error_set(error, "bochs: no space for its files: %s; free some memory",
				 strerror(errno));
	return 0;
}

/** The pipe whose slots hold the machine: exactly VTS_HOP_SLOTS writes fit. */
static int hop_pipe(int ends[2], struct vts_error *error)
{
	int wanted = VTS_HOP_SLOTS * PAGE_BYTES, given = -1;

	if (pipe2(ends, O_DIRECT | O_CLOEXEC) == 0) {
		given = fcntl(ends[1], F_SETPIPE_SZ, wanted);
		if (given == wanted && fcntl(ends[0], F_SETFL, O_DIRECT | O_NONBLOCK) == 0)
			return 0;
		close(ends[0]);
		close(ends[1]);
	}
	return error_set(
	    error, "pipe: cannot have one of %u slots: %s; see fs.pipe-user-pages-soft",
	    VTS_HOP_SLOTS, given < 0 ? strerror(errno) : "the system gives another size");
}

int bochs_start(struct bochs_process *process, const char *config, struct vts_error *error)
{
	static const char commands[] =
	    "c\nq\n"; /* continue; and leave the debugger when that ends */
	char config_path[64], commands_path[64];
	char *const arguments[] = {"bochs", "-q", "-f", config_path, "-rc", commands_path, NULL};
	int ends[2];

	snprintf(config_path, sizeof(config_path), "/proc/self/fd/%d", process->config_fd);
	snprintf(commands_path, sizeof(commands_path), "/proc/self/fd/%d", process->commands_fd);
	if (write_all(process->config_fd, config, strlen(config)) < 0 ||
	    write_all(process->commands_fd, commands, strlen(commands)) < 0)
		return error_set(error, "bochs: no space for its files: %s; free some memory",
				 strerror(errno));
	if (hop_pipe(ends, error) < 0)
		return -1;
	process->hop_fd = ends[0];
	process->pid = bochs_spawn(arguments, ends[1], process->messages_fd);
	close(ends[1]);
	if (process->pid < 0)
		return not_found(errno, error);
	process->running = true;
	return 0;
}

/** Wait for a change of its state; whether it has ended. */
static bool process_wait(struct bochs_process *process, int options)
{
	int status;

	if (process->running && waitpid(process->pid, &status, options) == process->pid &&
	    !WIFSTOPPED(status)) {
		process->running = false;
		process->status = status;
	}
	return !process->running;
}

void bochs_freeze(struct bochs_process *process)
{
	if (!process->running)
		return;
	kill(process->pid, SIGSTOP);
	process_wait(process, WUNTRACED);
}

bool bochs_wait(struct bochs_process *process, double seconds)
{
	double end = clock_now() + seconds;

	while (!process_wait(process, WNOHANG) && clock_now() < end)
		usleep(1000);
	return !process->running;
}

void bochs_kill(struct bochs_process *process)
{
	if (!process->running)
		return;
	kill(process->pid, SIGKILL);
	process_wait(process, 0);
}

void bochs_last_words(const struct bochs_process *process, char *words, size_t bytes)
{
	static const char prefix[] = "exiting with the following message:\n";
	char text[16384];
	off_t end = lseek(process->messages_fd, 0, SEEK_END);
	off_t start = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t got = pread(process->messages_fd, text, sizeof(text) - 1, start);
	const char *at;
	size_t length;

	text[got > 0 ? got : 0] = 0;
	at = strstr(text, prefix);
	if (!at) {
		if (WIFSIGNALED(process->status))
			snprintf(words, bytes, "by signal %d (%s)", WTERMSIG(process->status),
				 strsignal(WTERMSIG(process->status)));
		else
			snprintf(words, bytes, "without a word");
		return;
	}
	at += strlen(prefix);
	length = strcspn(at, "\n");
	snprintf(words, bytes, "saying \"%.*s\"", (int)length, at);
	for (char *c = words; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

void bochs_release(struct bochs_process *process)
{
	int fds[] = {process->hop_fd, process->config_fd, process->commands_fd, process->log_fd,
		     process->messages_fd};

	bochs_kill(process);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}
