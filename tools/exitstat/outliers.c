// SPDX-License-Identifier: GPL-2.0-only
/* exitstat outliers: the slowest exits, with what surrounds them. */
#include <stdlib.h>

#include "slowest.h"
#include "text.h"
#include "view.h"

static const char help[] =
    "usage: exitstat outliers DIR [-n N] [OPTIONS]\n"
    "       exitstat outliers --attach [NAME] [--for SECONDS] [-n N] [OPTIONS]\n"
    "\n"
    "Show the slowest VM exits, each with where in the guest it happened, what was recorded\n"
    "within it, and which exits of its vCPU came before.\n"
    "\n"
    "  -n N                 so many (10; at most 1000)\n" VIEW_HELP
    "  --json               print JSON\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0; 1 if there was no such exit; 2 if nothing could be read.\n";

static const struct option long_options[] = {
    VIEW_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct outliers {
	struct view view;
	struct slowest slowest;
	uint64_t exits, vmm; /* all that were looked at, and the sum of their latencies */
};

static int parse(struct outliers *outliers, int argc, char **argv)
{
	struct options options = {help, "n:", long_options, argc, argv, 0};
	uint64_t wanted = 10;
	int option;

	while ((option = option_next(&options)) != -1) {
		if (option != 'n') {
			if (view_option(&outliers->view, &options, option) < 0)
				return STATUS_FAILED;
		} else if (!parse_number(optarg, 1, SLOWEST_MAX, &wanted)) {
			return usage_error(&options, "-n %s: not a number of exits, 1 to %d",
					   optarg, SLOWEST_MAX);
		}
	}
	outliers->slowest.wanted = wanted;
	if (options.status >= 0)
		return options.status;
	return source_operand(&outliers->view.source, &options) < 0 ? STATUS_FAILED : -1;
}

static void take(void *context, const struct exit_group *group)
{
	struct outliers *outliers = context;

	if (!group->exit)
		return;
	outliers->exits++;
	outliers->vmm += exit_latency(group->exit);
	slowest_add(&outliers->slowest, group, &outliers->view.guest);
}

static void remember(void *context, const struct exit_group *group)
{
	struct outliers *outliers = context;

	if (group->exit)
		slowest_remember(&outliers->slowest, group->exit);
}

/** Of all latencies, that of those shown. */
static uint64_t shown_sum(const struct slowest *slowest)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < slowest->count; i++)
		sum += slowest->list[i]->latency;
	return sum;
}

static void print_text(const struct outliers *outliers, const struct slowest_view *shown)
{
	char all[TEXT_NUMBER_MAX], share[TEXT_NUMBER_MAX], lost[TEXT_NUMBER_MAX];

	printf("%s: the slowest %zu of %s exits, in %s: %s of their time; %s events lost\n",
	       source_title(&outliers->view.source), outliers->slowest.count,
	       text_count(all, outliers->exits), shown->unit,
	       text_share(share, shown_sum(&outliers->slowest), outliers->vmm),
	       text_count(lost, vts_source_lost(outliers->view.reader)));
	slowest_text(shown);
}

static void print_json(const struct outliers *outliers, const struct slowest_view *shown)
{
	json_t *root = json_new_object();

	json_put_text(root, "unit", shown->unit);
	json_put_count(root, "lost", vts_source_lost(outliers->view.reader));
	json_put_count(root, "exits", outliers->exits);
	json_put_count(root, "sum", outliers->vmm);
	json_put_count(root, "first_tsc", shown->first);
	json_put(root, "slowest", slowest_json(shown));
	json_print(root);
}

static int run(struct outliers *outliers)
{
	struct slowest_view shown = {&outliers->slowest, &outliers->view.guest, NULL, 0};

	outliers->view.every = remember;
	if (!view_read(&outliers->view, take, outliers))
		return STATUS_FAILED;
	shown.unit = vts_source_unit(outliers->view.reader);
	shown.first = outliers->view.first_tsc;
	if (outliers->view.json)
		print_json(outliers, &shown);
	else
		print_text(outliers, &shown);
	return outliers->slowest.count ? STATUS_OK : STATUS_NO;
}

int outliers_main(int argc, char **argv)
{
	struct outliers *outliers = calloc(1, sizeof(*outliers));
	int status;

	if (!outliers)
		die_of_memory();
	status = parse(outliers, argc, argv);
	if (status < 0 && !view_open(&outliers->view))
		status = STATUS_FAILED;
	if (status < 0) {
		slowest_init(&outliers->slowest);
		status = run(outliers);
		slowest_free(&outliers->slowest);
		view_close(&outliers->view);
	}
	free(outliers);
	return status;
}
