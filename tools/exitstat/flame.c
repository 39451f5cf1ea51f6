// SPDX-License-Identifier: GPL-2.0-only
/* exitstat flame: folded stacks for a flame graph. */
#include "folded.h"
#include "view.h"

static const char help[] =
    "usage: exitstat flame DIR [OPTIONS]\n"
    "       exitstat flame --attach [NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Print the VM exits as folded stacks, for flamegraph.pl and speedscope: one line a stack,\n"
    "process;function;reason;resolution, and the sum of its latencies in the trace's unit. Where\n"
    "the guest's stack was recorded (vtrun --stacks), its callers stand before the function.\n"
    "\n"
    "  --by WHAT[,WHAT...]  other frames, the outermost first: what report --by takes\n" UNWIND_HELP
    "  --count              values are numbers of exits\n" VIEW_HELP
    "  --json               print JSON: each stack with both values\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0; 2 if nothing could be read.\n";

enum { OPT_BY = 256, OPT_COUNT };

static const struct option long_options[] = {
    {"by", required_argument, NULL, OPT_BY},
    {"count", no_argument, NULL, OPT_COUNT},
    UNWIND_OPTION,
    VIEW_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct flame {
	struct view view;
	struct folded folded;
};

static int parse(struct flame *flame, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option, status = 0;

	while (status == 0 && (option = option_next(&options)) != -1) {
		if (option == OPT_BY)
			status = dimension_list(&options, optarg, flame->folded.by,
						&flame->folded.depth);
		else if (option == OPT_COUNT)
			flame->folded.counts = true;
		else
			status = view_option(&flame->view, &options, option);
	}
	if (status < 0)
		return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	if (source_operand(&flame->view.source, &options) < 0)
		return STATUS_FAILED;
	if (!flame->folded.depth)
		folded_usual(&flame->folded,
			     flame->view.names.symbols_file || flame->view.names.unwind_file);
	return -1;
}

static void take(void *context, const struct exit_group *group)
{
	struct flame *flame = context;

	if (group->exit)
		folded_add(&flame->folded, group, &flame->view.guest);
}

static void print_json(const struct flame *flame)
{
	const struct vts_source *reader = flame->view.reader;
	json_t *root = json_new_object(), *frames = json_new_array();

	for (size_t i = 0; i < flame->folded.depth; i++)
		json_add(frames, json_string(dimensions[flame->folded.by[i]].name));
	json_put_text(root, "unit", vts_source_unit(reader));
	json_put_count(root, "lost", vts_source_lost(reader));
	json_put(root, "frames", frames);
	json_put(root, "stacks", folded_json(&flame->folded, &flame->view.guest));
	json_print(root);
}

int flame_main(int argc, char **argv)
{
	struct flame flame = {0};
	int status = parse(&flame, argc, argv);

	if (status >= 0)
		return status;
	if (!view_open(&flame.view))
		return STATUS_FAILED;
	folded_init(&flame.folded);
	status = view_read(&flame.view, take, &flame) ? STATUS_OK : STATUS_FAILED;
	if (status == STATUS_OK && flame.view.json)
		print_json(&flame);
	else if (status == STATUS_OK)
		folded_text(&flame.folded, &flame.view.guest, stdout);
	if (status == STATUS_OK && vts_source_lost(flame.view.reader))
		complain("%s: events were lost: every value is too low",
			 source_title(&flame.view.source));
	folded_free(&flame.folded);
	view_close(&flame.view);
	return status;
}
