// SPDX-License-Identifier: GPL-2.0-only
/* exitstat report: options, and what both forms share. */
#include <stdlib.h>

#include "report.h"
#include "text.h"
#include "trace/names.h"

static const char help[] =
    "usage: exitstat report DIR [OPTIONS]\n"
    "       exitstat report --attach [NAME] [--for SECONDS] [OPTIONS]\n"
    "       exitstat report --source kvm [--pid P | --vm NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Count and time the VM exits of a recorded trace (DIR), or of a running VM until it\n"
    "ends, or Ctrl-C. Times are in the trace's unit, which is always named.\n"
    "\n"
    "  --by WHAT[,WHAT...]  break the exits down instead: reason, resolution, hypercall,\n"
    "                       port, device, cpuid, msr, cr, vector, gpa, rip, function, stack,\n"
    "                       cr3, process or phase\n"
    "  --slowest N          list the N slowest exits (at most 1000), with what took their time\n"
    "  --phase NAME         count only within the workload's phases of this name\n"
    "  --symbols FILE       take names of guest addresses from this ELF file, or list as\n"
    "                       /proc/kallsyms and System.map are\n"
    "  --unwind VMLINUX     unwind stacks by this kernel's tables; else by frame pointers\n"
    "  --top N              rows of a breakdown (20; 0: all); the rest is one row `other`\n"
    "  --attach [NAME]      a running VM; without a name, the only one\n"
    "  --for SECONDS        with --attach: stop after so long\n" SOURCE_HELP
    "  --json               print JSON\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0, also for a damaged trace of which something could be read (a warning\n"
    "says so); 2 if nothing could be read.\n";

enum { OPT_BY = 256, OPT_PHASE, OPT_SYMBOLS, OPT_UNWIND, OPT_TOP, OPT_SLOWEST, OPT_JSON };

static const struct option long_options[] = {
    {"by", required_argument, NULL, OPT_BY},
    {"phase", required_argument, NULL, OPT_PHASE},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"guest", required_argument, NULL, OPT_SYMBOLS}, /* the name it had first */
    {"unwind", required_argument, NULL, OPT_UNWIND},
    {"top", required_argument, NULL, OPT_TOP},
    {"slowest", required_argument, NULL, OPT_SLOWEST},
    SOURCE_OPTIONS,
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct report_args {
	struct source_args source;
	struct guest_names names;
	uint64_t top, slowest;
	bool by;
	bool json;
};

/** Mark the dimensions named in @list. 0, or -1 after a complaint. */
static int want(struct tally *tally, const struct options *options, const char *list)
{
	enum dimension chosen[DIMENSIONS];
	size_t count;

	if (dimension_list(options, list, chosen, &count) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		tally->wanted[chosen[i]] = true;
	return 0;
}

static int take_option(struct report_args *args, struct tally *tally, const struct options *options,
		       int option)
{
	switch (option) {
	case OPT_BY:
		args->by = true;
		return want(tally, options, optarg);
	case OPT_PHASE:
		tally->phase = optarg;
		break;
	case OPT_SYMBOLS:
		args->names.symbols_file = optarg;
		break;
	case OPT_UNWIND:
		args->names.unwind_file = optarg;
		break;
	case OPT_TOP:
		if (parse_number(optarg, 0, SIZE_MAX, &args->top))
			break;
		usage_error(options, "--top %s: not a number of rows", optarg);
		return -1;
	case OPT_SLOWEST:
		if (parse_number(optarg, 1, SLOWEST_MAX, &args->slowest)) {
			tally->slowest.wanted = args->slowest;
			break;
		}
		usage_error(options, "--slowest %s: not a number of exits, 1 to %d", optarg,
			    SLOWEST_MAX);
		return -1;
	case OPT_JSON:
		args->json = true;
		break;
	default:
		return source_option(&args->source, options, option);
	}
	return 0;
}

static int parse(struct report_args *args, struct tally *tally, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option;

	while ((option = option_next(&options)) != -1)
		if (take_option(args, tally, &options, option) < 0)
			return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	if (source_operand(&args->source, &options) < 0)
		return STATUS_FAILED;
	if (!args->by)
		tally->wanted[BY_RESOLUTION] = true;
	if (tally->wanted[BY_FUNCTION] && !args->names.symbols_file)
		return usage_error(&options,
				   "--by function: needs the guest's symbols: add --symbols FILE");
	return -1;
}

struct slowest_view report_slowest(const struct report *report)
{
	const struct tally *tally = report->tally;

	return (struct slowest_view){&tally->slowest, &tally->where,
				     vts_source_unit(report->source), tally->stats.first_tsc};
}

void report_other(const struct breakdown_row **rows, size_t count, size_t top,
		  struct vts_hist *other)
{
	vts_hist_init(other);
	for (size_t i = top; i < count; i++)
		breakdown_merge(other, rows[i]);
}

void report_configuration(const struct vts_event *start, char *text, size_t size)
{
	uint64_t config = start->vm_start.config;
	unsigned shift = 12 + (config >> VTS_CONFIG_EPT_PAGES_SHIFT & 0x1f);
	char number[12], pages[TEXT_NUMBER_MAX], memory[TEXT_NUMBER_MAX];
	const char *paging = vts_how_name(VTS_KIND_VM_START, start->how);

	paging = vts_name_or_number(paging, start->how, number);
	if (!start->vm_start.memory) { /* a KVM host, which says no more */
		snprintf(text, size, "paging %s",
			 start->how == VTS_VM_START_UNSAID ? "not known" : paging);
		return;
	}
	if (start->how == VTS_VM_START_NATIVE) {
		snprintf(text, size, "paging %s, guest memory %s", paging,
			 text_size(memory, start->vm_start.memory));
		return;
	}
	snprintf(text, size, "paging %s, pages of %s, VPID %s%s%s, %s, guest memory %s%s%s", paging,
		 text_size(pages, 1ull << shift), config & VTS_CONFIG_VPID ? "on" : "off",
		 start->how != VTS_VM_START_EPT			 ? ""
		 : start->vm_start.features & VTS_FEATURE_EPT_AD ? ", EPT A/D on"
								 : ", EPT A/D off",
		 start->vm_start.features & VTS_FEATURE_APICV ? ", virtual APIC on"
							      : ", virtual APIC off",
		 config & VTS_CONFIG_PV ? "paravirtual I/O" : "trapped I/O",
		 text_size(memory, start->vm_start.memory),
		 config & VTS_CONFIG_COUNT_FLUSH ? ", guest flushes counted" : "",
		 config & VTS_CONFIG_INTERACTIVE ? ", typed input: not repeatable" : "");
}

static void print(const struct report *report, bool json)
{
	if (json)
		json_print(report_json(report));
	else
		report_text(report);
}

/** Read, warn, print. */
static int run(struct report_args *args, struct tally *tally)
{
	struct vts_source *source = source_open(&args->source);
	struct report report = {tally, source, source_title(&args->source), args->top, args->by};
	int status = STATUS_OK;

	if (!source)
		return STATUS_FAILED;
	if (args->source.attaching || args->source.kvm)
		interrupt_catch();
	tally_init(tally);
	tally_source(tally, source, args->source.seconds);
	if (!source_check(&args->source, source, tally->seen)) {
		status = STATUS_FAILED;
	} else if (tally->phase && !tally->phase_runs) {
		complain("%s: no phase is named %s: exitstat report lists the phases", report.title,
			 tally->phase);
		status = STATUS_FAILED;
	} else {
		print(&report, args->json);
	}
	tally_free(tally);
	vts_source_close(source);
	return status;
}

int report_main(int argc, char **argv)
{
	struct report_args args = {.top = 20};
	struct tally *tally = calloc(1, sizeof(*tally));
	int status;

	if (!tally)
		die_of_memory();
	status = parse(&args, tally, argc, argv);
	if (status < 0 && !guest_names_open(&args.names))
		status = STATUS_FAILED;
	tally->symbols = args.names.symbols;
	tally->unwind = args.names.unwind;
	if (status < 0)
		status = run(&args, tally);
	guest_names_close(&args.names);
	free(tally);
	return status;
}
