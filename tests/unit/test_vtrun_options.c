// SPDX-License-Identifier: GPL-2.0-only
/* vtrun's command line, and the configuration that is made of it. */
#include <criterion/criterion.h>
#include <getopt.h>
#include <string.h>

#include "tools/vtrun/config.h"
#include "tools/vtrun/options.h"

#define WORDS_MAX 32

/** Parse @line, words separated by single spaces. */
static int parse(const char *line, struct options *options, struct vts_error *error)
{
	static char copy[512];
	static char *argv[WORDS_MAX + 1];
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = "vtrun";

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 0; /* getopt(3): start anew */
	return options_parse(options, argc, argv, error);
}

Test(options, defaults)
{
	struct options options;
	struct vts_error error;

	cr_assert_eq(parse("guest", &options, &error), 0);
	cr_assert_str_eq(options.guest, "guest");
	cr_assert_eq(options.paging, PAGING_EPT);
	cr_assert(options.vpid && options.ept_ad && !options.pv && !options.count_flushes);
	cr_assert_eq(options.memory, 0, "as the guest is");
	cr_assert_str_eq(options.ept_pages, "2m");
	cr_assert_null(options.args[0]);
	cr_assert_null(options.record);
}

Test(options, all_of_them)
{
	struct options options;
	struct vts_error error;

	cr_assert_eq(
	    parse(
		"--paging shadow --io pv --no-vpid --no-ept-ad --ept-pages 4k --mem 1G g --timeout "
		"2.5 --tick 0x10 "
		"--seed 18446744073709551615 --idle warp",
		&options, &error),
	    0, "%s", error.text);
	cr_assert_eq(options.paging, PAGING_SHADOW);
	cr_assert(options.pv && !options.vpid && !options.ept_ad);
	cr_assert_str_eq(options.ept_pages, "4k");
	cr_assert_eq(options.memory, 1ull << 30);
	cr_assert_eq(options.timeout, 2.5);
	cr_assert_eq(options.tick, 16);
	cr_assert_eq(options.seed, UINT64_MAX);
	cr_assert_eq(options.idle, IDLE_WARP);
}

Test(options, what_follows_two_dashes_is_the_guests)
{
	struct options options;
	struct vts_error error;

	cr_assert_eq(parse("guest --mem 32M -- --mem 64M --", &options, &error), 0);
	cr_assert_eq(options.memory, 32ull << 20);
	cr_assert_str_eq(options.args[0], "--mem");
	cr_assert_str_eq(options.args[1], "64M");
	cr_assert_str_eq(options.args[2], "--");
	cr_assert_null(options.args[3]);
}

Test(options, refusals_name_the_word)
{
	static const char *const lines[][2] = {
	    {"", "no guest"},
	    {"-- guest", "no guest"},
	    {"a b", "b: one guest"},
	    {"--nonsense g", "--nonsense: unknown"},
	    {"-x g", "-x: unknown"},
	    {"g --mem", "--mem: no value"},
	    {"--mem 0 g", "--mem 0: out of range"},
	    {"--mem -64M g", "--mem -64M: not a size"},
	    {"--mem 64MB g", "--mem 64MB: not a size"},
	    {"--mem 18446744073709551615G g", "out of range"},
	    {"--mem 33M g", "out of range"},
	    {"--mem 3073M g", "out of range"},
	    {"--seed -1 g", "--seed -1: not a number"},
	    {"--seed 1x g", "--seed 1x: not a number"},
	    {"--tick 18446744073709551616 g", "not a number"},
	    {"--timeout nan g", "not a time"},
	    {"--timeout inf g", "not a time"},
	    {"--timeout -1 g", "not a time"},
	    {"--paging EPT g", "--paging EPT: unknown value: choose one of ept, shadow, native"},
	    {"--track writes --paging shadow g", "only under EPT"},
	    {"--track x g", "choose one of none, writes, accesses"},
	    {"--intercept rdtsc,cpuid g", "--intercept cpuid: unknown value"},
	    {"--intercept rdtsc, g", "unknown value"},
	    {"--idle x g", "choose one of warp, realtime"},
	    {"--name .. --cpu a;b g", "--cpu 'a;b': not a name"},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct options options;
		struct vts_error error = {""};

		cr_expect_eq(parse(lines[i][0], &options, &error), -1, "'%s' was taken",
			     lines[i][0]);
		cr_expect_not_null(strstr(error.text, lines[i][1]), "'%s' says: %s", lines[i][0],
				   error.text);
	}
}

static const struct guest_file guest = {.file = {(unsigned char *)"guest", 5}};
static const struct blob vmm = {(unsigned char *)"vmm", 3};
static const struct blob nothing = {(unsigned char *)"", 0};

static const struct disk_file no_disk = {.fd = -1};

static struct config_facts facts_make(void)
{
	return (struct config_facts){
	    .engine = "bochs",
	    .engine_version = "2.7",
	    .unit = "instr",
	    .guest = &guest,
	    .vmm = &vmm,
	    .boot = &nothing,
	    .input = &nothing,
	    .disk = &no_disk,
	    .repeatable = true,
	    .warp = true,
	    .args = "",
	};
}

static uint64_t hash_of(const char *line, const struct config_facts *facts)
{
	struct options options;
	struct config config;
	struct vts_error error;
	uint64_t hash;

	cr_assert_eq(parse(line, &options, &error), 0, "%s", error.text);
	cr_assert_eq(config_make(&config, &options, facts, &error), 0);
	cr_assert_leq(config.count, CONFIG_KEYS_MAX);
	hash = config.hash;
	config_free(&config);
	return hash;
}

Test(config, the_same_run_has_the_same_hash)
{
	struct config_facts facts = facts_make();
	uint64_t hash = hash_of("dir/guest", &facts);

	cr_assert_eq(hash, hash_of("guest", &facts));
	cr_assert_eq(hash, hash_of("/else/where/guest", &facts));
	cr_assert_eq(hash,
		     hash_of("guest --name other --record /tmp/x --timeout 3 --keep y", &facts));
}

Test(config, whatever_changes_events_changes_the_hash)
{
	static const char *const lines[] = {
	    "guest",
	    "guest2",
	    "guest --paging shadow",
	    "guest --paging native",
	    "guest --io pv",
	    "guest --no-vpid",
	    "guest --ept-pages 4k",
	    "guest --mem 128M",
	    "guest --seed 1",
	    "guest --tick 100",
	    "guest --count-flushes",
	    "guest --cpu other",
	    "guest --track writes",
	    "guest --intercept rdtsc",
	    "guest --intercept rdtsc,dr",
	};
	size_t count = sizeof(lines) / sizeof(lines[0]);
	struct config_facts facts = facts_make(), other;
	uint64_t hash = hash_of("guest", &facts);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(hash_of(lines[i], &facts), hash_of(lines[j], &facts),
				      "'%s' and '%s'", lines[i], lines[j]);
	}
	other = facts;
	other.compiler = "another";
	cr_expect_neq(hash, hash_of("guest", &other));
	other = facts;
	for (size_t i = 0; i < 4; i++) {
		const struct guest_file guests[] = {
		    {.file = vmm},
		    {.file = guest.file, .module = {{vmm, "text"}}, .modules = 1},
		    {.file = guest.file, .module = {{vmm, "other"}}, .modules = 1},
		    {.file = guest.file, .module = {{nothing, "text"}}, .modules = 1}};
		static uint64_t hashes[4];

		other.guest = &guests[i];
		hashes[i] = hash_of("guest", &other);
		cr_expect_neq(hash, hashes[i]);
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(hashes[i], hashes[j], "guests %zu and %zu", i, j);
	}
	other = facts;
	other.vmm = &guest.file;
	cr_expect_neq(hash, hash_of("guest", &other));
	other = facts;
	other.input = &guest.file;
	cr_expect_neq(hash, hash_of("guest", &other));
	other = facts;
	for (size_t i = 0; i < 4; i++) {
		static const struct disk_file disks[4] = {{.bytes = 512},
							  {.bytes = 1024},
							  {.bytes = 512, .read_only = true},
							  {.bytes = 512, .snapshot = true}};
		static uint64_t hashes[4];

		other.disk = &disks[i];
		hashes[i] = hash_of("guest", &other);
		cr_expect_neq(hash, hashes[i]);
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(hashes[i], hashes[j], "disks %zu and %zu", i, j);
	}
	other = facts;
	other.args = "ops=1";
	cr_expect_neq(hash, hash_of("guest", &other));
	other = facts;
	other.engine_version = "3.0";
	cr_expect_neq(hash, hash_of("guest", &other));
}

/* Test vectors of the reference (draft-eastlake-fnv, appendix C). */
Test(config, fnv1a)
{
	cr_assert_eq(fnv1a("", 0), 0xcbf29ce484222325ull);
	cr_assert_eq(fnv1a("a", 1), 0xaf63dc4c8601ec8cull);
	cr_assert_eq(fnv1a("foobar", 6), 0x85944171f73967e8ull);
}
