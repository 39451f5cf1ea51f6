// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vtrun/names.h"

#define MEMORY_STEP    (2ull << 20)
#define MEMORY_MIN     (32ull << 20)
#define MEMORY_MAX     (3ull << 30)
#define NAME_MAX_BYTES 63
#define RING_MIN       (1ull << 20)
#define RING_MAX       (1ull << 30)
#define RING_DEFAULT   (32ull << 20)

const char *const paging_names[] = {"ept", "shadow", "native", NULL};
static const char *const engine_names[] = {"auto", "bochs", NULL};
static const char *const io_names[] = {"trapped", "pv", NULL};
static const char *const ept_pages_names[] = {"4k", "2m", "1g", NULL};
static const char *const track_names[] = {"none", "writes", "accesses", NULL};
static const char *const intercept_names[] = {"rdtsc", "pause", "dr", "descriptors", NULL};
static const char *const idle_names[] = {"", "warp", "realtime", NULL};

static const char help[] =
    "Usage: vtrun [OPTIONS] GUEST [-- ARGS]\n"
    "Run a guest on vtscope's VT-x machine monitor; every VM exit becomes an event.\n"
    "\n"
    "  --engine E        auto or bochs: what executes the VMM (default auto)\n"
    "  --paging P        ept, shadow, or native: no VMM, the baseline (default ept)\n"
    "  --io I            trapped or pv: which devices the guest is offered (default trapped)\n"
    "  --no-vpid         do without VPID: every transition flushes the guest's translations\n"
    "  --no-ept-ad       do without accessed and dirty bits in EPT entries\n"
    "  --no-apicv        do without the processor's virtual APIC: interrupts are injected, "
    "accesses exit\n"
    "  --ept-pages S     4k, 2m or 1g: size of the pages that back the guest (default 2m)\n"
    "  --mem SIZE        guest memory, 32M to 3G in steps of 2M (default 64M, for\n"
    "                    a Linux kernel 256M)\n"
    "  --record DIR      record every event: a CTF 1.8 trace\n"
    "  --zstd            compress it: its stream is vcpu0.zst; every view reads it\n"
    "  --name N          the name by which vmtop and exitstat find this VM\n"
    "  --idle I          warp: skip idle time; realtime: wait (default: warp, realtime when typed "
    "at)\n"
    "  --timeout S       end the VM after S seconds (status 124)\n"
    "  --seed N          the guest's seed (default 0)\n"
    "  --tick N          force an exit every N time units (default 0: none)\n"
    "  --count-flushes   intercept the guest's own TLB flushes under EPT, to count them\n"
    "  --intercept LIST  make these exit, to count them: rdtsc, pause, dr, descriptors\n"
    "  --stacks LIST     at exits of these reasons record the guest kernel's stack as well, for\n"
    "                    exitstat flame: io_instruction,ept_violation,...\n"
    "  --reasons LIST    record only exits of these reasons, with what happens within them; marks\n"
    "                    always; what is left out never leaves the VMM\n"
    "  --kinds LIST      of details record only these kinds: tlb_flush,ept_violation,...\n"
    "  --ring SIZE       of the ring that readers of the running VM see, 1M to 1G (default 32M)\n"
    "  --track T         under EPT record the first access to each page in each marked phase:\n"
    "                    none, writes or accesses (default none)\n"
    "  --disk FILE[,ro][,snapshot]\n"
    "                    the guest's disk, a raw image; ro: not to be written; snapshot: what is "
    "written is\n"
    "                    dropped at the end\n"
    "  --initrd FILE     a Linux kernel's initial file system; a Multiboot image's modules:\n"
    "                    FILE[ TEXT][,FILE[ TEXT]...]\n"
    "  --append TEXT     a kernel's command line\n"
    "  --cpu MODEL       processor model of Bochs (default corei7_skylake_x)\n"
    "  --vmm FILE        another VMM image: a path, or a name in the library directory\n"
    "  --keep DIR        keep the engine's working files there\n"
    "  --help, --version\n"
    "\n"
    "Exit status: the guest's; 124 time-out, 125 vtrun or the engine failed, 126 the VMM ended "
    "the\n"
    "guest, 128 + N ended by signal N. Environment: BOCHS names the Bochs to use.\n";

enum long_option {
	OPTION_ENGINE = 256,
	OPTION_PAGING,
	OPTION_IO,
	OPTION_NO_VPID,
	OPTION_NO_EPT_AD,
	OPTION_NO_APICV,
	OPTION_EPT_PAGES,
	OPTION_MEM,
	OPTION_DISK,
	OPTION_INITRD,
	OPTION_APPEND,
	OPTION_RECORD,
	OPTION_ZSTD,
	OPTION_NAME,
	OPTION_IDLE,
	OPTION_TIMEOUT,
	OPTION_SEED,
	OPTION_TICK,
	OPTION_TRACK,
	OPTION_INTERCEPT,
	OPTION_STACKS,
	OPTION_REASONS,
	OPTION_KINDS,
	OPTION_RING,
	OPTION_COUNT_FLUSHES,
	OPTION_CPU,
	OPTION_VMM,
	OPTION_KEEP,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"paging", required_argument, NULL, OPTION_PAGING},
    {"io", required_argument, NULL, OPTION_IO},
    {"no-vpid", no_argument, NULL, OPTION_NO_VPID},
    {"no-ept-ad", no_argument, NULL, OPTION_NO_EPT_AD},
    {"no-apicv", no_argument, NULL, OPTION_NO_APICV},
    {"ept-pages", required_argument, NULL, OPTION_EPT_PAGES},
    {"mem", required_argument, NULL, OPTION_MEM},
    {"disk", required_argument, NULL, OPTION_DISK},
    {"initrd", required_argument, NULL, OPTION_INITRD},
    {"append", required_argument, NULL, OPTION_APPEND},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"zstd", no_argument, NULL, OPTION_ZSTD},
    {"name", required_argument, NULL, OPTION_NAME},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"tick", required_argument, NULL, OPTION_TICK},
    {"track", required_argument, NULL, OPTION_TRACK},
    {"intercept", required_argument, NULL, OPTION_INTERCEPT},
    {"stacks", required_argument, NULL, OPTION_STACKS},
    {"reasons", required_argument, NULL, OPTION_REASONS},
    {"kinds", required_argument, NULL, OPTION_KINDS},
    {"ring", required_argument, NULL, OPTION_RING},
    {"count-flushes", no_argument, NULL, OPTION_COUNT_FLUSHES},
    {"cpu", required_argument, NULL, OPTION_CPU},
    {"vmm", required_argument, NULL, OPTION_VMM},
    {"keep", required_argument, NULL, OPTION_KEEP},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/** Index of @text in the NULL-terminated @names, or -1 and @error, which lists them. */
static int choice_parse(const char *option, const char *text, const char *const *names,
			struct vts_error *error)
{
	char list[128] = "";

	for (int i = 0; names[i]; i++) {
		if (*names[i] && !strcmp(text, names[i]))
			return i;
		if (*names[i]) {
			strcat(list, *list ? ", " : "");
			strcat(list, names[i]);
		}
	}
	return error_set(error, "--%s %s: unknown value: choose one of %s", option, text, list);
}

static int number_parse(const char *option, const char *text, uint64_t *value,
			struct vts_error *error)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno)
		return error_set(error,
				 "--%s %s: not a number: give a whole number from 0 to 2^64-1",
				 option, text);
	return 0;
}

/** A number with K, M or G, the largest if it is larger still; false if it is none. */
static bool size_parse(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	unsigned shift = 0;
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	suffix = *end ? strchr(suffixes, *end & ~0x20) : NULL;
	if (suffix) {
		shift = 10 * (unsigned)(suffix - suffixes + 1);
		end++;
	}
	if (*text < '0' || *text > '9' || *end || errno)
		return false;
	*bytes = number > UINT64_MAX >> shift ? UINT64_MAX : number << shift;
	return true;
}

static int memory_parse(const char *text, uint64_t *bytes, struct vts_error *error)
{
	if (!size_parse(text, bytes))
		return error_set(error, "--mem %s: not a size: give a number with K, M or G", text);
	if (*bytes > MEMORY_MAX || *bytes < MEMORY_MIN || *bytes % MEMORY_STEP)
		return error_set(error, "--mem %s: out of range: give 32M to 3G, a multiple of 2M",
				 text);
	return 0;
}

static int ring_parse(const char *text, uint64_t *bytes, struct vts_error *error)
{
	if (size_parse(text, bytes) && *bytes >= RING_MIN && *bytes <= RING_MAX)
		return 0;
	return error_set(error, "--ring %s: not a size for it: give 1M to 1G", text);
}

static int timeout_parse(const char *text, double *seconds, struct vts_error *error)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !(*seconds > 0) || *seconds > 1e9)
		return error_set(error, "--timeout %s: not a time: give seconds, more than 0",
				 text);
	return 0;
}

/** Words that go into file formats and socket names: letters, digits, and . _ - */
static int word_check(const char *option, const char *text, struct vts_error *error)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(text);

	if (!length || length > NAME_MAX_BYTES || strspn(text, allowed) != length)
		return error_set(
		    error, "--%s '%s': not a name: use 1 to %d letters, digits, '.', '_' or '-'",
		    option, text, NAME_MAX_BYTES);
	return 0;
}

/** A comma-separated list of names that the VMM knows. */
static int intercept_check(const char *list, struct vts_error *error)
{
	char word[16];

	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ",");

		snprintf(word, sizeof(word), "%.*s", (int)length, at);
		if (choice_parse("intercept", word, intercept_names, error) < 0)
			return -1;
		at += length;
		if (!*at)
			return 0;
	}
}

static int choices_apply(struct options *options, int option, const char *value,
			 struct vts_error *error)
{
	int choice = -1;

	switch (option) {
	case OPTION_ENGINE:
		choice = choice_parse("engine", value, engine_names, error);
		options->engine = choice < 0 ? NULL : engine_names[choice];
		break;
	case OPTION_PAGING:
		choice = choice_parse("paging", value, paging_names, error);
		options->paging = (enum paging)choice;
		break;
	case OPTION_IO:
		choice = choice_parse("io", value, io_names, error);
		options->pv = choice == 1;
		break;
	case OPTION_EPT_PAGES:
		choice = choice_parse("ept-pages", value, ept_pages_names, error);
		options->ept_pages = choice < 0 ? NULL : ept_pages_names[choice];
		break;
	case OPTION_TRACK:
		choice = choice_parse("track", value, track_names, error);
		options->track = choice < 0 ? NULL : track_names[choice];
		break;
	case OPTION_IDLE:
		choice = choice_parse("idle", value, idle_names, error);
		options->idle = (enum idle)choice;
		break;
	}
	return choice < 0 ? -1 : 0;
}

static int option_apply(struct options *options, int option, const char *value,
			struct vts_error *error)
{
	switch (option) {
	case OPTION_NO_VPID:
		options->vpid = false;
		return 0;
	case OPTION_NO_EPT_AD:
		options->ept_ad = false;
		return 0;
	case OPTION_NO_APICV:
		options->apicv = false;
		return 0;
	case OPTION_COUNT_FLUSHES:
		options->count_flushes = true;
		return 0;
	case OPTION_MEM:
		return memory_parse(value, &options->memory, error);
	case OPTION_DISK:
		options->disk = value;
		return 0;
	case OPTION_INITRD:
		options->initrd = value;
		return 0;
	case OPTION_APPEND:
		options->append = value;
		return 0;
	case OPTION_RECORD:
		options->record = value;
		return 0;
	case OPTION_ZSTD:
		options->zstd = true;
		return 0;
	case OPTION_NAME:
		options->name = value;
		return word_check("name", value, error);
	case OPTION_TIMEOUT:
		return timeout_parse(value, &options->timeout, error);
	case OPTION_SEED:
		return number_parse("seed", value, &options->seed, error);
	case OPTION_TICK:
		return number_parse("tick", value, &options->tick, error);
	case OPTION_INTERCEPT:
		options->intercept = value;
		return intercept_check(value, error);
	case OPTION_STACKS:
		options->stacks = value;
		return names_check(NAMES_REASONS, "stacks", value, error);
	case OPTION_REASONS:
		options->reasons = value;
		return names_check(NAMES_REASONS, "reasons", value, error);
	case OPTION_KINDS:
		options->kinds = value;
		return names_check(NAMES_KINDS, "kinds", value, error);
	case OPTION_RING:
		return ring_parse(value, &options->ring, error);
	case OPTION_CPU:
		options->cpu = value;
		return word_check("cpu", value, error);
	case OPTION_VMM:
		options->vmm = value;
		return 0;
	case OPTION_KEEP:
		options->keep = value;
		return 0;
	default:
		return choices_apply(options, option, value, error);
	}
}

/** One operand, the guest; getopt has moved it behind the options. */
static int guest_apply(struct options *options, int argc, char **argv, struct vts_error *error)
{
	if (optind >= argc)
		return error_set(
		    error, "no guest: vtrun needs a program or a kernel: vtrun GUEST [-- ARGS]");
	if (argc - optind > 1)
		return error_set(error, "%s: one guest only: its own arguments go after --",
				 argv[optind + 1]);
	options->guest = argv[optind];
	return 0;
}

/** An option that says something of exits; NULL: none. */
static const char *exits_named(const struct options *options)
{
	return *options->stacks	   ? "stacks"
	       : *options->reasons ? "reasons"
	       : *options->kinds   ? "kinds"
				   : NULL;
}

int options_parse(struct options *options, int argc, char **argv, struct vts_error *error)
{
	int option, own = 1;

	*options = (struct options){
	    .vpid = true,
	    .ept_ad = true,
	    .apicv = true,
	    .ept_pages = "2m",
	    .track = "none",
	    .intercept = "",
	    .stacks = "",
	    .reasons = "",
	    .kinds = "",
	    .ring = RING_DEFAULT,
	    .cpu = "corei7_skylake_x",
	    .vmm = "vmm.elf",
	};
	/* What follows "--" is the guest's. */
	while (own < argc && strcmp(argv[own], "--"))
		own++;
	options->args = argv + (own < argc ? own + 1 : argc);
	opterr = 0;
	while ((option = getopt_long(own, argv, ":", long_options, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (option == OPTION_HELP || option == OPTION_VERSION) {
			fputs(option == OPTION_HELP ? help : "vtrun (vtscope) " VTS_VERSION "\n",
			      stdout);
			return 1;
		}
		if (option == ':')
			return error_set(error, "%s: no value given: see vtrun --help", word);
		if (option == '?')
			return error_set(error, "%s: unknown option: see vtrun --help", word);
		if (option_apply(options, option, optarg, error) < 0)
			return -1;
	}
	if (options->zstd && !options->record)
		return error_set(error, "--zstd: only of a recording: add --record DIR");
	if (strcmp(options->track, "none") && options->paging != PAGING_EPT)
		return error_set(error, "--track %s: only under EPT: add --paging ept",
				 options->track);
	if (options->paging == PAGING_NATIVE && exits_named(options))
		return error_set(error,
				 "--%s: no VMM runs natively, and nothing exits: use --paging ept "
				 "or shadow",
				 exits_named(options));
	return guest_apply(options, own, argv, error);
}
