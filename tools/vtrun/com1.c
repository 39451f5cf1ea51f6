// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/com1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void com1_none(struct com1 *com1)
{
	*com1 = (struct com1){.ours = -1, .theirs = -1};
}

static int pair_open(struct com1 *com1)
{
	struct termios raw;

	com1->ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (com1->ours < 0 || grantpt(com1->ours) < 0 || unlockpt(com1->ours) < 0 ||
	    ptsname_r(com1->ours, com1->terminal, sizeof(com1->terminal)) != 0)
		return -1;
	com1->theirs = open(com1->terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (com1->theirs < 0 || tcgetattr(com1->theirs, &raw) < 0)
		return -1;
	cfmakeraw(&raw);
	return tcsetattr(com1->theirs, TCSANOW, &raw);
}

static int pipe_open(struct com1 *com1)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	com1->ours = ends[0];
	com1->theirs = ends[1];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return fcntl(ends[1], F_SETFD, 0); /* Bochs opens it again by number */
}

int com1_open(struct com1 *com1, bool reads, struct vts_error *error)
{
	com1_none(com1);
	if ((reads ? pair_open(com1) : pipe_open(com1)) == 0)
		return 0;
	error_set(error, "serial port: cannot open a %s: %s; close some files",
		  reads ? "terminal" : "pipe", strerror(errno));
	com1_close(com1);
	return -1;
}

void com1_drain(struct com1 *com1, struct console *console,
		void (*give)(struct console *console, const void *data, size_t bytes))
{
	char text[4096];
	ssize_t got;

	if (com1->ours < 0 || com1->ended)
		return;
	while ((got = read(com1->ours, text, sizeof(text))) > 0)
		give(console, text, (size_t)got);
	/* A terminal whose other side is closed answers EIO. */
	com1->ended = got == 0 || (errno != EAGAIN && errno != EINTR);
}

void com1_hang_up(struct com1 *com1)
{
	if (com1->theirs >= 0)
		close(com1->theirs);
	com1->theirs = -1;
}

size_t com1_send(struct com1 *com1, const void *data, size_t bytes)
{
	ssize_t sent = com1->ours < 0 || !bytes ? 0 : write(com1->ours, data, bytes);

	return sent > 0 ? (size_t)sent : 0;
}

void com1_close(struct com1 *com1)
{
	com1_hang_up(com1);
	if (com1->ours >= 0)
		close(com1->ours);
	com1->ours = -1;
}
