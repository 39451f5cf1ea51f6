/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_SECONDS 5

/** The path of the vtrun beside our own executable. 0, or -1. */
static int find_vtrun(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (length < 0)
		return -1;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash + 1 - path) + sizeof("vtrun") > size)
		return -1;
	strcpy(slash + 1, "vtrun");
	return access(path, X_OK);
}

/** The name that the user gave to vtrun (before its own --), or NULL. */
static const char *given_name(char **args)
{
	for (; *args && strcmp(*args, "--") != 0; args++) {
		if (strncmp(*args, "--name=", 7) == 0)
			return *args + 7;
		if (strcmp(*args, "--name") == 0)
			return args[1];
	}
	return NULL;
}

/** vtrun's argument vector: malloc'd, NULL when out of memory. */
static char **make_arguments(struct child *child, char *path, char **args)
{
	size_t count = 0, next = 0;
	const char *name = given_name(args);
	char **vector;

	while (args[count])
		count++;
	vector = calloc(count + 4, sizeof(*vector));
	if (!vector)
		return NULL;
	vector[next++] = path;
	if (name) {
		snprintf(child->name, sizeof(child->name), "%s", name);
	} else {
		snprintf(child->name, sizeof(child->name), "vmtop-%d", (int)getpid());
		vector[next++] = "--name";
		vector[next++] = child->name;
	}
	memcpy(vector + next, args, count * sizeof(*vector));
	return vector;
}

/** In the child. Its own process group: a Ctrl-C is for vmtop, which then ends it in good order. */
static void run(char **vector, int output, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || null < 0)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execv(vector[0], vector);
	dprintf(STDERR_FILENO, "vmtop: %s: %s\n", vector[0], strerror(errno));
	_exit(127);
}

static int fail(struct vts_error *error, const char *what, const char *why, const char *todo)
{
	snprintf(error->text, sizeof(error->text), "%.200s: %s: %s", what, why, todo);
	return -1;
}

static int spawn(struct child *child, char **vector, bool pass_through, struct vts_error *error)
{
	pid_t parent = getpid();
	int ends[2] = {-1, -1};

	if (!pass_through && pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail(error, "pipe", strerror(errno), "close other programs and try again");
	if (!pass_through)
		fcntl(ends[1], F_SETFL, 0); /* vtrun's end blocks, as it expects */
	child->pid = fork();
	if (child->pid == 0)
		run(vector, pass_through ? STDERR_FILENO : ends[1], parent);
	if (ends[1] >= 0)
		close(ends[1]);
	child->output = ends[0];
	if (child->pid > 0)
		return 0;
	child->pid = 0;
	return fail(error, "fork", strerror(errno), "end other programs and try again");
}

int child_start(struct child *child, char **args, bool pass_through, struct vts_error *error)
{
	char path[4096] = "vtrun";
	char **vector;
	int result;

	memset(child, 0, sizeof(*child));
	child->output = -1;
	if (find_vtrun(path, sizeof(path)) < 0)
		return fail(error, path, "not there, or not executable",
			    "--run needs vtrun beside vmtop: build or install it");
	vector = make_arguments(child, path, args);
	if (!vector)
		return fail(error, path, "out of memory", "end other programs and try again");
	result = spawn(child, vector, pass_through, error);
	free(vector);
	return result;
}

static void append(struct child *child, const char *text, size_t length)
{
	if (length > CHILD_TAIL) {
		text += length - CHILD_TAIL;
		length = CHILD_TAIL;
	}
	if (child->length + length > CHILD_TAIL) {
		size_t drop = child->length + length - CHILD_TAIL;

		memmove(child->tail, child->tail + drop, child->length - drop);
		child->length -= drop;
	}
	memcpy(child->tail + child->length, text, length);
	child->length += length;
	child->tail[child->length] = '\0';
}

/** No more than the pipe holds at once, so that a guest that prints without end cannot hold us. */
static void take_output(struct child *child)
{
	char buffer[65536];
	ssize_t length = child->output < 0 ? 0 : read(child->output, buffer, sizeof(buffer));

	if (length > 0)
		append(child, buffer, (size_t)length);
}

void child_poll(struct child *child)
{
	if (!child->pid)
		return;
	take_output(child);
	if (!child->ended && waitpid(child->pid, &child->status, WNOHANG) == child->pid) {
		child->ended = true;
		take_output(child);
	}
}

void child_stop(struct child *child)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	bool asked = child->pid && !child->ended;

	if (asked)
		kill(child->pid, SIGTERM);
	for (int i = 0; child->pid && !child->ended; i++) {
		if (i == STOP_SECONDS * 100)
			kill(child->pid, SIGKILL);
		nanosleep(&nap, NULL);
		child_poll(child);
	}
	if (child->output >= 0)
		close(child->output);
	child->output = -1;
}

const char *child_describe(const struct child *child, char text[80])
{
	if (!child->ended)
		snprintf(text, 80, "vtrun runs as process %d", (int)child->pid);
	else if (WIFEXITED(child->status))
		snprintf(text, 80, "vtrun ended with status %d", WEXITSTATUS(child->status));
	else
		snprintf(text, 80, "vtrun was killed by signal %d", WTERMSIG(child->status));
	return text;
}

/** Start of the line that ends before @end, which is moved back over the line's end. */
static const char *previous_line(const struct child *child, const char **end)
{
	const char *start;

	while (*end > child->tail && ((*end)[-1] == '\n' || (*end)[-1] == '\r'))
		--*end;
	for (start = *end; start > child->tail && start[-1] != '\n';)
		start--;
	return start;
}

const char *child_tail_line(const struct child *child, unsigned back, char line[256])
{
	const char *end = child->tail + child->length;
	const char *start = previous_line(child, &end);
	size_t i;

	while (back-- > 0) {
		end = start;
		start = previous_line(child, &end);
	}
	for (i = 0; start + i < end && i < 255; i++)
		line[i] = start[i] >= ' ' && start[i] <= '~' ? start[i] : '?';
	line[i] = '\0';
	return line;
}
