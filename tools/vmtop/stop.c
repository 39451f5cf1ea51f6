/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested;
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void note(int number)
{
	requested = number;
}

void stop_install(void)
{
	struct sigaction action = {.sa_handler = note}; /* no SA_RESTART: waits shall end */

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

int stop_requested(void)
{
	return requested;
}

void stop_obey(void)
{
	if (!requested)
		return;
	signal(requested, SIG_DFL);
	raise(requested);
}
