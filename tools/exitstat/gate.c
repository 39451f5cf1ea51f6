// SPDX-License-Identifier: GPL-2.0-only
/* exitstat gate: is this run as good as the baseline? Options, and what is written where. */
#include "gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"

static const char help[] =
    "usage: exitstat gate TRACE... --baseline FILE [OPTIONS]\n"
    "\n"
    "Judge a run by the figures of an earlier one (exitstat baseline), for a CI job: is an exit\n"
    "slower or more frequent? Where runs vary (cycles, ns), give several of them. TRACE is a\n"
    "recorded trace, or results of vtbench: each cell is then a phase.\n"
    "\n"
    "  --baseline FILE        what to compare with\n"
    "  --rules FILE           what is allowed, a rule a line; and\n"
    "  --rule 'RULE'          a rule more, such as 'p99 reason=cpuid rel=2%'; see the man page.\n"
    "                         Without rules: counts exactly, times within 1 %;\n"
    "                         where runs vary, all within 5 %\n"
    "  --format FORMAT[=FILE] text, markdown, junit, github or json; to FILE instead of\n"
    "                         standard output; may be given several times\n"
    "  --json                 --format json\n"
    "  --symbols FILE         figures by guest function too, as in the baseline\n"
    "  -h, --help             print this\n"
    "\n"
    "Exit status: 0 pass; 1 regression; 2 cannot judge: events were lost, another workload,\n"
    "configuration, compiler, engine or ABI, or too few repetitions.\n";

enum { OPT_BASELINE = 256, OPT_RULES, OPT_RULE, OPT_FORMAT, OPT_JSON, OPT_SYMBOLS };

static const struct option long_options[] = {
    {"baseline", required_argument, NULL, OPT_BASELINE},
    {"rules", required_argument, NULL, OPT_RULES},
    {"rule", required_argument, NULL, OPT_RULE},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"json", no_argument, NULL, OPT_JSON},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"help", no_argument, NULL, 'h'},
    {0},
};

#define OUTPUTS_MAX 8

struct output {
	void (*print)(const struct gate *gate, FILE *file);
	const char *path; /* NULL: standard output */
};

static const struct {
	const char *name;
	void (*print)(const struct gate *gate, FILE *file);
} formats[] = {
    {"text", gate_print_text},	   {"markdown", gate_print_markdown}, {"junit", gate_print_junit},
    {"github", gate_print_github}, {"json", gate_print_json},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct request {
	struct gate gate;
	struct measured_options measured;
	struct output outputs[OUTPUTS_MAX];
	size_t used;
	const char *const *traces;
	size_t count;
};

static int add_output(struct request *request, const struct options *options, const char *format)
{
	const char *names[FORMATS + 1] = {0}, *path = strchr(format, '='), *near;
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(format, "="), format);
	if (request->used == OUTPUTS_MAX)
		return usage_error(options, "--format %s: one too many", format);
	for (size_t i = 0; i < FORMATS; i++) {
		names[i] = formats[i].name;
		if (strcmp(name, formats[i].name))
			continue;
		if (path && !path[1])
			return usage_error(options, "--format %s: no file is named", format);
		request->outputs[request->used++] =
		    (struct output){formats[i].print, path ? path + 1 : NULL};
		return -1;
	}
	near = nearest_name(name, names);
	if (near)
		return usage_error(options, "--format %s: no such format; did you mean %s?", name,
				   near);
	return usage_error(options,
			   "--format %s: no such format; there are text, markdown, junit, github "
			   "and json",
			   name);
}

static int complain_of(const struct vts_error *error)
{
	complain("%s", error->text);
	return STATUS_FAILED;
}

/** Below 0: go on; else leave with it. */
static int take_option(struct request *request, const struct options *options, int option)
{
	struct vts_error error;

	switch (option) {
	case OPT_BASELINE:
		request->gate.baseline = optarg;
		return -1;
	case OPT_RULES:
		return rules_load(&request->gate.rules, optarg, &error) < 0 ? complain_of(&error)
									    : -1;
	case OPT_RULE:
		return rules_add(&request->gate.rules, optarg, "--rule", &error) < 0
			   ? complain_of(&error)
			   : -1;
	case OPT_FORMAT:
		return add_output(request, options, optarg);
	case OPT_JSON:
		return add_output(request, options, "json");
	default:
		request->measured.symbols = optarg;
		return -1;
	}
}

static int parse(struct request *request, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option, status;

	while ((option = option_next(&options)) != -1) {
		status = take_option(request, &options, option);
		if (status >= 0)
			return status;
	}
	if (options.status >= 0)
		return options.status;
	if (!request->gate.baseline)
		return usage_error(&options, "name what to compare with: --baseline FILE");
	if (optind == argc)
		return usage_error(&options, "name recorded traces, or results of vtbench");
	if (!request->used)
		request->outputs[request->used++].print = gate_print_text;
	request->traces = (const char *const *)argv + optind;
	request->count = (size_t)(argc - optind);
	request->gate.trace = request->traces[0];
	return -1;
}

/** What cannot be read cannot be judged: that too is said in the form that was asked for. */
static void judge(struct request *request)
{
	struct gate *gate = &request->gate;
	struct vts_error error;

	if (baseline_load(&gate->before, gate->baseline, &error) < 0 ||
	    measured_read(&gate->now, request->traces, request->count, &request->measured, &error) <
		0)
		snprintf(gate->why, sizeof(gate->why), "%s", error.text);
	else
		gate_judge(gate);
}

static int print(const struct gate *gate, const struct output *output)
{
	FILE *file = output->path ? fopen(output->path, "we") : stdout;
	bool failed = !file;

	if (file)
		output->print(gate, file);
	if (file && output->path)
		failed = ferror(file) | fclose(file);
	if (failed)
		complain("%s: %s: the result is not in it", output->path, strerror(errno));
	return failed ? STATUS_FAILED : STATUS_OK;
}

int gate_main(int argc, char **argv)
{
	struct request request = {0};
	int status = parse(&request, argc, argv);

	if (status < 0) {
		request.gate.rules_are_default = !request.gate.rules.count;
		if (request.gate.rules_are_default)
			rules_default(&request.gate.rules);
		judge(&request);
		status = gate_status(&request.gate);
		if (*request.gate.why)
			complain("gate: %s", request.gate.why);
		for (size_t i = 0; i < request.used; i++)
			if (print(&request.gate, &request.outputs[i]) != STATUS_OK)
				status = STATUS_FAILED;
	}
	measured_free(&request.gate.before);
	measured_free(&request.gate.now);
	rules_free(&request.gate.rules);
	free(request.gate.list);
	free(request.gate.changed);
	return status;
}
