// SPDX-License-Identifier: GPL-2.0-only
#include "bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: never returns. A failed exec says so on standard error, which is a pipe to us. */
static void run_child(char *const *argv, int output, int errors, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(125);
	/* A group of its own: Ctrl-C on the terminal reaches it through us, once. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(125);
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static int start_fail(struct vts_error *error, const char *what)
{
	snprintf(error->text, sizeof(error->text),
		 "cannot start a child: %s: %s; try fewer at a time (--jobs)", what,
		 strerror(errno));
	return -1;
}

int vtb_child_start(struct vtb_child *child, char *const *argv, struct vts_error *error)
{
	pid_t parent = getpid();
	int output[2], errors[2];

	if (pipe2(output, O_CLOEXEC))
		return start_fail(error, "pipe");
	if (pipe2(errors, O_CLOEXEC)) {
		close_pair(output);
		return start_fail(error, "pipe");
	}
	child->pid = fork();
	if (child->pid < 0) {
		close_pair(output);
		close_pair(errors);
		return start_fail(error, "fork");
	}
	if (!child->pid)
		run_child(argv, output[1], errors[1], parent);
	close(output[1]);
	close(errors[1]);
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	fcntl(errors[0], F_SETFL, O_NONBLOCK);
	child->output = (struct vtb_tail){.fd = output[0]};
	child->errors = (struct vtb_tail){.fd = errors[0]};
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd >= 0)
		return 0;
	start_fail(error, "pidfd_open");
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(output[0]);
	close(errors[0]);
	return -1;
}

static void close_tail(struct vtb_tail *tail)
{
	if (tail->fd >= 0)
		close(tail->fd);
	tail->fd = -1;
}

static void read_tail(struct vtb_tail *tail)
{
	while (tail->fd >= 0) {
		size_t room = VTB_TAIL_BYTES - tail->used;
		ssize_t count;

		if (room < VTB_TAIL_BYTES / 2) { /* forget the older half */
			tail->used -= VTB_TAIL_BYTES / 2;
			memmove(tail->text, tail->text + VTB_TAIL_BYTES / 2, tail->used);
			room = VTB_TAIL_BYTES - tail->used;
		}
		count = read(tail->fd, tail->text + tail->used, room);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			return;
		if (count <= 0) {
			close_tail(tail);
			return;
		}
		tail->used += (size_t)count;
		tail->text[tail->used] = '\0';
	}
}

void vtb_child_poll(const struct vtb_child *child, struct pollfd *fds)
{
	fds[0] = (struct pollfd){.fd = child->pidfd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = child->output.fd, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = child->errors.fd, .events = POLLIN};
}

bool vtb_child_serve(struct vtb_child *child, int *status)
{
	/* Asked first and read after: what it wrote before its end is then all there. */
	bool ended = waitpid(child->pid, status, WNOHANG) == child->pid;

	read_tail(&child->output);
	read_tail(&child->errors);
	if (!ended)
		return false;
	close_tail(&child->output);
	close_tail(&child->errors);
	close(child->pidfd);
	child->pidfd = -1;
	return true;
}

void vtb_child_signal(const struct vtb_child *child, int signal)
{
	if (child->pidfd >= 0)
		pidfd_send_signal(child->pidfd, signal, NULL, 0);
}
