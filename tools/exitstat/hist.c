// SPDX-License-Identifier: GPL-2.0-only
/* exitstat hist: the latencies of one exit reason, or of all exits. */
#include <inttypes.h>
#include <stdlib.h>

#include "tally.h"
#include "text.h"
#include "tools/lib/bars.h"
#include "trace/names.h"

#define LINES_MOST 40
#define BAR_WIDTH  40

static const char help[] =
    "usage: exitstat hist DIR [OPTIONS]\n"
    "       exitstat hist --attach [NAME] [--for SECONDS] [OPTIONS]\n"
    "       exitstat hist --source kvm [--pid P | --vm NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Draw the latencies of VM exits as a log-linear histogram, with percentiles. Buckets are\n"
    "at most 1/64 of their values wide, so a percentile is at most that much too high.\n"
    "\n"
    "  --reason R        only exits of this reason: a name, or a number\n"
    "  --phase NAME      count only within the workload's phases of this name\n"
    "  --attach [NAME]   a running VM, until it ends, or Ctrl-C\n"
    "  --for SECONDS     with --attach: stop after so long\n" SOURCE_HELP
    "  --json            print JSON: every bucket that is not empty\n"
    "  -h, --help        print this\n"
    "\n"
    "Exit status: 0; 1 if there was no such exit; 2 if nothing could be read.\n";

enum { OPT_REASON = 256, OPT_PHASE, OPT_JSON };

static const struct option long_options[] = {
    {"reason", required_argument, NULL, OPT_REASON},
    {"phase", required_argument, NULL, OPT_PHASE},
    {"json", no_argument, NULL, OPT_JSON},
    SOURCE_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct hist_args {
	struct source_args source;
	bool one; /* only this reason: */
	uint64_t reason;
	bool json;
};

static int take_option(struct hist_args *args, struct tally *tally, const struct options *options,
		       int option)
{
	switch (option) {
	case OPT_REASON:
		args->one = true;
		return option_reason(options, optarg, &args->reason);
	case OPT_PHASE:
		tally->phase = optarg;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	default:
		return source_option(&args->source, options, option);
	}
}

static int parse(struct hist_args *args, struct tally *tally, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option;

	while ((option = option_next(&options)) != -1)
		if (take_option(args, tally, &options, option) < 0)
			return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	return source_operand(&args->source, &options) < 0 ? STATUS_FAILED : -1;
}

/** The wanted latencies, into @hist. */
static void pick(const struct hist_args *args, const struct tally *tally, struct vts_hist *hist)
{
	size_t count;
	struct reason_row *rows = tally_reasons(tally, &count);

	vts_hist_init(hist);
	for (size_t i = 0; i < count; i++)
		if (!args->one || rows[i].number == args->reason)
			vts_hist_merge(hist, &rows[i].hist);
	free(rows);
}

static void print_bars(const struct vts_hist *hist)
{
	static const char *const columns[] = {">from",	     ">to", ">count", ">share",
					      ">up to here", "<",   NULL};
	struct table *table = table_new(columns);
	char line[BAR_WIDTH + 1];
	uint64_t largest = 0, seen = 0;
	struct bar *bars;
	unsigned count = bars_make(hist, LINES_MOST, &bars);

	if (!bars)
		die_of_memory();
	for (unsigned i = 0; i < count; i++)
		if (bars[i].count > largest)
			largest = bars[i].count;
	for (unsigned i = 0; i < count; i++) {
		if (!bars[i].count) {
			table_cell(table, "...");
			table_skip_row(table);
			continue;
		}
		seen += bars[i].count;
		table_count(table, bars[i].low);
		table_count(table, bars[i].high);
		table_count(table, bars[i].count);
		table_share(table, bars[i].count, hist->count);
		table_share(table, seen, hist->count);
		table_cell(table, "%s", bars_line(line, BAR_WIDTH, bars[i].count, largest));
	}
	table_print(table, stdout);
	free(bars);
}

static void print_percentiles(const struct vts_hist *hist)
{
	static const char *const columns[] = {">min", ">mean",	">p50", ">p90",
					      ">p99", ">p99.9", ">max", NULL};
	struct table *table = table_new(columns);

	table_count(table, hist->min);
	table_mean(table, vts_hist_mean(hist));
	table_count(table, vts_hist_percentile(hist, 500));
	table_count(table, vts_hist_percentile(hist, 900));
	table_count(table, vts_hist_percentile(hist, 990));
	table_count(table, vts_hist_percentile(hist, 999));
	table_count(table, hist->max);
	table_print(table, stdout);
}

/** Where the time of the wanted exits went on the host; false: nothing tells. */
static bool pick_host(const struct hist_args *args, const struct tally *tally,
		      uint64_t part[VTS_HOST_PARTS])
{
	for (unsigned row = 0; row < VTS_STATS_REASONS; row++)
		for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
			if (!args->one || row == vts_stats_reason_row((unsigned)args->reason))
				part[i] += tally->host.row[row].part[i];
	return tally->host.any;
}

static void print_host(const struct vts_hist *hist, const uint64_t part[VTS_HOST_PARTS])
{
	static const char *const columns[] = {">hypervisor", ">off CPU", ">hard irq", ">soft irq",
					      ">user space", "<why",	 NULL};
	struct table *table = table_new(columns);

	puts("\nWhere their time went on the host, in all:");
	table_count(table, vts_host_rest(hist->sum, part));
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		table_count(table, part[i]);
	table_cell(table, "%s", vts_host_why(hist->sum, part));
	table_print(table, stdout);
}

static void put_host_json(json_t *root, const struct vts_hist *hist,
			  const uint64_t part[VTS_HOST_PARTS])
{
	json_t *object = json_new_object();

	json_put_count(object, "hypervisor", vts_host_rest(hist->sum, part));
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		json_put_count(object, vts_host_part_names[i], part[i]);
	json_put_text(object, "why", vts_host_why(hist->sum, part));
	json_put(root, "host_time", object);
}

static void print_text(const struct vts_source *source, const char *title, const char *what,
		       const struct vts_hist *hist, const uint64_t *host)
{
	char count[TEXT_NUMBER_MAX], lost[TEXT_NUMBER_MAX];

	printf("%s: latency of %s exits, in %s: %s exits, %s events lost\n\n", title, what,
	       vts_source_unit(source), text_count(count, hist->count),
	       text_count(lost, vts_source_lost(source)));
	if (!hist->count)
		return;
	print_bars(hist);
	putchar('\n');
	print_percentiles(hist);
	puts("Percentiles are at most 1/64 (1.6 %) too high; min, mean and max are exact.");
	if (host)
		print_host(hist, host);
}

static void print_json(const struct vts_source *source, const struct hist_args *args,
		       const char *what, const struct vts_hist *hist, const uint64_t *host)
{
	json_t *root = json_new_object(), *buckets = json_new_array();

	json_put_text(root, "unit", vts_source_unit(source));
	json_put_text(root, "reason", what);
	if (args->one)
		json_put_count(root, "number", args->reason);
	json_put_count(root, "lost", vts_source_lost(source));
	json_put_hist(root, hist);
	if (host)
		put_host_json(root, hist, host);
	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++) {
		json_t *bucket;

		if (!hist->bucket[i])
			continue;
		bucket = json_new_object();
		json_put_count(bucket, "low", vts_hist_low(i));
		json_put_count(bucket, "high", vts_hist_high(i));
		json_put_count(bucket, "count", hist->bucket[i]);
		json_add(buckets, bucket);
	}
	json_put(root, "buckets", buckets);
	json_print(root);
}

static int run(struct hist_args *args, struct tally *tally)
{
	struct vts_source *source = source_open(&args->source);
	struct vts_hist hist;
	char number[12];
	uint64_t part[VTS_HOST_PARTS] = {0}, *host;
	const char *what = "all";
	bool readable;

	if (!source)
		return STATUS_FAILED;
	if (args->one)
		what = vts_name_or_number(vts_exit_reason_name(args->reason), args->reason, number);
	if (args->source.attaching || args->source.kvm)
		interrupt_catch();
	tally_init(tally);
	tally_source(tally, source, args->source.seconds);
	readable = source_check(&args->source, source, tally->seen);
	pick(args, tally, &hist);
	host = pick_host(args, tally, part) ? part : NULL;
	if (readable && args->json)
		print_json(source, args, what, &hist, host);
	else if (readable)
		print_text(source, source_title(&args->source), what, &hist, host);
	tally_free(tally);
	vts_source_close(source);
	if (!readable)
		return STATUS_FAILED;
	return hist.count ? STATUS_OK : STATUS_NO;
}

int hist_main(int argc, char **argv)
{
	struct hist_args args = {0};
	struct tally *tally = calloc(1, sizeof(*tally));
	int status;

	if (!tally)
		die_of_memory();
	status = parse(&args, tally, argc, argv);
	if (status < 0)
		status = run(&args, tally);
	free(tally);
	return status;
}
