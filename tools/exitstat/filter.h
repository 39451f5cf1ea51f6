/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording leaves out: exits by reason, details by kind. */
#ifndef EXITSTAT_FILTER_H
#define EXITSTAT_FILTER_H

#include "exitstat.h"
#include "group.h"

struct filter {
	/* Set by the options. */
	bool by_kind, by_reason; /* some are left out */
	bool kind[256];		 /* details that are kept */
	bool reason[UINT16_MAX + 1];
	const char *kinds_text, *reasons_text; /* as they were given */
	/* Set by the caller: takes what is kept, in the order of the trace. -1: enough. */
	int (*take)(void *context, const struct vts_event *events, size_t count);
	void *context;
	/* private */
	struct grouper grouper;
	bool enough;
};

enum filter_option { OPTION_KINDS = 1300, OPTION_REASONS };
#define FILTER_OPTIONS                                                                             \
	{"kinds", required_argument, NULL, OPTION_KINDS},                                          \
	{                                                                                          \
		"reasons", required_argument, NULL, OPTION_REASONS                                 \
	}

/** Whether @option is one of these; if so it is taken, and @status becomes -1 after a complaint. */
bool filter_option(struct filter *filter, const struct options *options, int option, int *status);
/** What is kept, in words, in @text; NULL if that is all. */
const char *filter_text(const struct filter *filter, char *text, size_t size);
/** For source_drain, with a filter as the context. -1: enough. */
int filter_take(void *filter, const struct vts_event *events, size_t count);
/** No more will come. */
void filter_end(struct filter *filter);

#endif
