// SPDX-License-Identifier: GPL-2.0-only
/* exitstat history: at which commit did a figure change? */
#include "history.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: exitstat history add FILE --commit ID [--title TEXT] TRACE...\n"
    "       exitstat history show FILE [OPTIONS]\n"
    "\n"
    "Keep the figures of many commits in one file, and find those at which a figure changed and\n"
    "stayed so: exactly where runs repeat, else by E-divisive means with a permutation test.\n"
    "TRACE is a recorded trace, or results of vtbench: each cell is then a phase.\n"
    "\n"
    "  --commit ID         add: what was measured\n"
    "  --title TEXT      add: its first line\n"
    "  --symbols FILE      add: figures by guest function too\n"
    "  --rules FILE        show: which figures, and how large a change must be: as in\n"
    "  --rule RULE         exitstat gate, with the same defaults\n"
    "  --significance P    show: the probability of a change by chance, at most (0.01)\n"
    "  --json              show: print JSON\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 added, or nothing changed; 1 something changed; 2 could not do it.\n";

enum { OPT_COMMIT = 256, OPT_TITLE, OPT_SYMBOLS, OPT_RULES, OPT_RULE, OPT_SIGNIFICANCE, OPT_JSON };

static const struct option long_options[] = {
    {"commit", required_argument, NULL, OPT_COMMIT},
    {"title", required_argument, NULL, OPT_TITLE},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"rules", required_argument, NULL, OPT_RULES},
    {"rule", required_argument, NULL, OPT_RULE},
    {"significance", required_argument, NULL, OPT_SIGNIFICANCE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct request {
	const char *commit, *title, *path;
	struct measured_options measured;
	struct rules rules;
	struct edivisive_options edivisive;
	bool json, finds; /* finds: an option of show was given */
	const char *const *traces;
	size_t count;
};

static int complain_of(const struct vts_error *error)
{
	complain("%s", error->text);
	return STATUS_FAILED;
}

/** One measurement of a commit is enough, and two would be taken for two commits. */
static bool has_commit(const struct history *history, const struct request *request,
		       const struct measured *measured)
{
	struct vts_error error;

	for (size_t i = 0; i < history->count; i++)
		if (!strcmp(history->list[i].commit, request->commit) &&
		    measured_match(&history->list[i].measured, measured, false, &error))
			return true;
	return false;
}

static int add_measured(const struct request *request, const struct measured *measured)
{
	struct history history;
	struct vts_error error;
	int status = STATUS_OK;

	if (history_load(&history, request->path, true, &error) < 0)
		return complain_of(&error);
	if (has_commit(&history, request, measured)) {
		complain("%s: commit %s is in it already, with this workload and configuration: "
			 "remove that line to measure it again",
			 request->path, request->commit);
		status = STATUS_FAILED;
	} else if (history_append(request->path, measured, request->commit, request->title,
				  &error) < 0) {
		status = complain_of(&error);
	}
	history_free(&history);
	return status;
}

static int add(const struct request *request)
{
	struct measured measured;
	struct vts_error error;
	int status;

	if (measured_read(&measured, request->traces, request->count, &request->measured, &error) <
	    0)
		return complain_of(&error);
	status = add_measured(request, &measured);
	measured_free(&measured);
	return status;
}

static int show(struct request *request)
{
	struct history_changes changes;
	struct history history;
	struct vts_error error;
	int status;

	if (history_load(&history, request->path, false, &error) < 0)
		return complain_of(&error);
	if (!history.count) {
		complain("%s: no measurement in it: add one with exitstat history add",
			 request->path);
		return STATUS_FAILED;
	}
	if (!request->rules.count)
		rules_default(&request->rules);
	history_find(&history, &request->rules, &request->edivisive, &changes);
	if (request->json)
		history_print_json(&history, &changes, request->path);
	else
		history_print_text(&history, &changes, request->path);
	status = changes.count ? STATUS_NO : STATUS_OK;
	free(changes.list);
	history_free(&history);
	return status;
}

/** Below 0: go on; else leave with it. */
static int take_option(struct request *request, const struct options *options, int option)
{
	struct vts_error error;
	char *end;

	request->finds |= option >= OPT_RULES;
	switch (option) {
	case OPT_COMMIT:
		request->commit = optarg;
		break;
	case OPT_TITLE:
		request->title = optarg;
		break;
	case OPT_SYMBOLS:
		request->measured.symbols = optarg;
		break;
	case OPT_RULES:
		if (rules_load(&request->rules, optarg, &error) < 0)
			return complain_of(&error);
		break;
	case OPT_RULE:
		if (rules_add(&request->rules, optarg, "--rule", &error) < 0)
			return complain_of(&error);
		break;
	case OPT_SIGNIFICANCE:
		request->edivisive.significance = strtod(optarg, &end);
		if (*end || end == optarg || !(request->edivisive.significance >= 0.002) ||
		    request->edivisive.significance > 0.5)
			return usage_error(options, "--significance %s: not from 0.002 to 0.5",
					   optarg);
		break;
	default:
		request->json = true;
	}
	return -1;
}

static int dispatch(struct request *request, const struct options *options)
{
	static const char *const verbs[] = {"add", "show", NULL};
	int left = options->argc - optind;
	const char *word = left > 0 ? options->argv[optind] : "", *near;

	request->path = left > 1 ? options->argv[optind + 1] : NULL;
	if (!strcmp(word, "show")) {
		if (left != 2)
			return usage_error(options, "show: name one history");
		if (request->commit || request->title || request->measured.symbols)
			return usage_error(options, "--commit, --title, --symbols: only with add");
		return show(request);
	}
	if (!strcmp(word, "add")) {
		if (left < 3)
			return usage_error(options, "add: name a history and recorded traces");
		if (!request->commit || !*request->commit)
			return usage_error(options, "add: name the commit: --commit ID");
		if (request->finds)
			return usage_error(options, "add takes no rules, and prints nothing");
		request->traces = (const char *const *)options->argv + optind + 2;
		request->count = (size_t)left - 2;
		return add(request);
	}
	near = nearest_name(word, verbs);
	if (near)
		return usage_error(options, "%s: unknown; did you mean %s?", word, near);
	return usage_error(options, "say what to do: add or show");
}

int history_main(int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	struct request request = {.edivisive = EDIVISIVE_DEFAULTS};
	int option, status = -1;

	while (status < 0 && (option = option_next(&options)) != -1)
		status = take_option(&request, &options, option);
	if (status < 0)
		status = options.status >= 0 ? options.status : dispatch(&request, &options);
	rules_free(&request.rules);
	return status;
}
