// SPDX-License-Identifier: GPL-2.0-only
/* Results: to JSON and back, to CSV, compared with each other, judged. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/check.h"
#include "bench/result.h"

static struct vtb_result make(const char *workload, enum vtb_paging paging, const char *digest)
{
	struct vtb_cell cell = {
	    .workload = vtb_workload_find(workload), .paging = paging, .vpid = true, .seed = 1};
	struct vtb_result result;

	cell.pages = cell.workload->pages;
	vtb_result_init(&result, &cell);
	strcpy(result.engine, "bochs");
	strcpy(result.unit, "instr");
	strcpy(result.digest, digest);
	result.ops = 1000;
	result.total = 200000;
	result.exits = paging == VTB_NATIVE ? 0 : 1000;
	result.exits_by_reason = json_pack("{s:i}", "cpuid", 1000);
	result.tlb_flushes = json_object();
	result.command = strdup("vtrun --paging ept cpuid -- 'ops=1, or \"2\"'");
	return result;
}

Test(bench_result, json_and_back_is_the_same)
{
	struct vtb_result result = make("cpuid", VTB_EPT, "abc"), copy;
	json_t *json, *again;
	struct vts_error error;

	vtb_result_fail(&result, "first reason %d", 1);
	vtb_result_fail(&result, "second reason");
	json = vtb_result_to_json(&result);
	cr_assert_eq(vtb_result_from_json(&copy, json, &error), 0);
	again = vtb_result_to_json(&copy);
	cr_assert(json_equal(json, again));
	cr_assert_str_eq(copy.error, "first reason 1");
	cr_assert_null(vtb_result_difference(&result, &copy));
	cr_assert(json_is_null(json_object_get(json, "measured")), "what is unknown is null");
	cr_assert(json_is_null(json_object_get(json, "shadow_faults")));
	json_decref(json);
	json_decref(again);
	vtb_result_free(&result);
	vtb_result_free(&copy);
}

Test(bench_result, the_interface_has_its_fields)
{
	static const char *const fields[] = {"workload",
					     "paging",
					     "io",
					     "vpid",
					     "ept_pages",
					     "rep",
					     "engine",
					     "unit",
					     "ops",
					     "total",
					     "guest",
					     "vmm",
					     "idle",
					     "wait",
					     "exits",
					     "exits_by_reason",
					     "tlb_flushes",
					     "ept_violations",
					     "shadow_faults",
					     "io_requests",
					     "lost",
					     "digest",
					     "ok",
					     "clear",
					     "measured",
					     "versions",
					     "command",
					     "error"};
	struct vtb_result result = make("cpuid", VTB_EPT, "abc");
	json_t *json = vtb_result_to_json(&result);

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		cr_assert(json_object_get(json, fields[i]), "no %s", fields[i]);
	json_decref(json);
	vtb_result_free(&result);
}

Test(bench_result, unknown_names_are_refused)
{
	static const char *const keys[] = {"workload", "paging", "io", "ept_pages", "vmm_build"};
	struct vtb_result result = make("cpuid", VTB_EPT, "abc"), copy;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *json = vtb_result_to_json(&result);
		struct vts_error error;

		json_object_set_new(json, keys[i], json_string("strange"));
		cr_assert_eq(vtb_result_from_json(&copy, json, &error), -1, "%s", keys[i]);
		cr_assert(strstr(error.text, "'strange' is not known"));
		json_decref(json);
	}
	vtb_result_free(&result);
}

Test(bench_result, an_ok_without_its_figures_is_refused)
{
	static const char *const keys[] = {"ops", "total", "vmm", "exits", "clear"};
	struct vtb_result result = make("cpuid", VTB_EPT, "abc"), copy;
	struct vts_error error;

	result.ok = true;
#define NUMBER(name)                                                                               \
	if (result.name == VTB_UNKNOWN)                                                            \
		result.name = 1;
#include "bench/fields.def"
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *json = vtb_result_to_json(&result);

		cr_assert_eq(vtb_result_from_json(&copy, json, &error), 0, "%s", error.text);
		vtb_result_free(&copy);
		json_object_set_new(json, keys[i], json_integer(-1));
		cr_assert_eq(vtb_result_from_json(&copy, json, &error), -1, "%s", keys[i]);
		cr_assert(strstr(error.text, keys[i]));
		json_decref(json);
	}
	vtb_result_free(&result);
}

Test(bench_result, nothing_reaches_the_terminal_but_text)
{
	struct vtb_result result = make("cpuid", VTB_EPT, "abc"), copy;
	struct vts_error error;
	json_t *json;

	vtb_result_fail(&result, "a guest said \033[2J%c", 7);
	cr_assert_str_eq(result.error, "a guest said ?[2J?");
	json = vtb_result_to_json(&result);
	json_object_set_new(json, "error", json_string("x\033]0;title\n"));
	cr_assert_eq(vtb_result_from_json(&copy, json, &error), 0);
	cr_assert_str_eq(copy.error, "x?]0;title?");
	json_decref(json);
	vtb_result_free(&result);
	vtb_result_free(&copy);
}

Test(bench_result, differences_are_named)
{
	struct vtb_result a = make("cpuid", VTB_EPT, "abc"), b = make("cpuid", VTB_EPT, "abc");

	cr_assert_null(vtb_result_difference(&a, &b));
	b.host_seconds = 5;
	b.cell.rep = 1;
	cr_assert_null(vtb_result_difference(&a, &b));
	b.total++;
	cr_assert_str_eq(vtb_result_difference(&a, &b), "total");
	b.total--;
	json_object_set_new(b.exits_by_reason, "hlt", json_integer(1));
	cr_assert_str_eq(vtb_result_difference(&a, &b), "exits_by_reason");
	json_object_del(b.exits_by_reason, "hlt");
	strcpy(b.trace_hash, "1");
	cr_assert_str_eq(vtb_result_difference(&a, &b), "trace_hash");
	vtb_result_free(&a);
	vtb_result_free(&b);
}

/* Fields of a CSV line, counted as RFC 4180 has it. */
static unsigned csv_fields(const char *line)
{
	unsigned fields = 1;
	bool quoted = false;

	for (; *line; line++) {
		quoted ^= *line == '"';
		fields += *line == ',' && !quoted;
	}
	cr_assert(!quoted);
	return fields;
}

Test(bench_result, csv_has_a_field_for_each_head)
{
	struct vtb_result result = make("cpuid", VTB_EPT, "abc");
	char *text = NULL, *line;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);

	strcpy(result.error, "a \"quoted\", odd\nreason");
	vtb_csv_header(memory);
	vtb_csv_line(memory, &result);
	fclose(memory);
	line = strchr(text, '\n') + 1;
	cr_assert(strstr(line, "\"a \"\"quoted\"\", odd\nreason\""));
	cr_assert(strstr(line, "\"vtrun --paging ept cpuid -- 'ops=1, or \"\"2\"\"'\""));
	line[-1] = '\0';
	cr_assert_eq(csv_fields(text), csv_fields(line));
	free(text);
	vtb_result_free(&result);
}

static void judge(struct vtb_result *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		vtb_check(results, i);
}

static void free_all(struct vtb_result *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		vtb_result_free(&results[i]);
}

Test(bench_check, digests_are_compared_with_native)
{
	struct vtb_result results[] = {
	    make("cpuid", VTB_NATIVE, "abc"),
	    make("cpuid", VTB_EPT, "abc"),
	    make("cpuid", VTB_SHADOW, "abd"),
	    make("syscall", VTB_EPT, "abc"),
	};

	judge(results, 4);
	cr_assert(results[0].ok);
	cr_assert(results[1].ok);
	cr_assert(!results[2].ok);
	cr_assert(strstr(results[2].error, "digest abd, where native has abc"));
	cr_assert(!results[3].ok, "another workload's digest is none");
	free_all(results, 4);
}

Test(bench_check, a_failed_native_is_no_measure)
{
	struct vtb_result results[] = {make("cpuid", VTB_NATIVE, "abc"),
				       make("cpuid", VTB_EPT, "abc")};

	vtb_result_fail(&results[0], "it crashed");
	judge(results, 2);
	cr_assert(!results[0].ok && !results[1].ok);
	free_all(results, 2);
}

Test(bench_check, other_operations_are_not_the_same_run)
{
	struct vtb_result results[] = {make("cpuid", VTB_NATIVE, "abc"),
				       make("cpuid", VTB_EPT, "abc")};

	results[1].ops = 999;
	judge(results, 2);
	cr_assert(!results[1].ok);
	free_all(results, 2);
}

Test(bench_check, repetitions_must_be_the_same)
{
	struct vtb_result results[] = {make("cpuid", VTB_NATIVE, "abc"),
				       make("cpuid", VTB_EPT, "abc"), make("cpuid", VTB_EPT, "abc"),
				       make("cpuid", VTB_EPT, "abc")};

	results[2].cell.rep = 1;
	results[3].cell.rep = 2;
	results[3].vmm = 17;
	judge(results, 4);
	cr_assert(results[2].ok);
	cr_assert(!results[3].ok);
	cr_assert_str_eq(results[3].error, "not repeatable: vmm differs from repetition 1");
	free_all(results, 4);
}

/* A file results.jsonl with that text, read back. */
static struct vtb_result *load(const char *text, size_t *count, struct vts_error *error)
{
	char dir[] = "/tmp/vtscope-bench-XXXXXX", path[64];
	struct vtb_result *results;
	FILE *file;

	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/results.jsonl", dir);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	results = vtb_results_load(dir, count, error);
	unlink(path);
	rmdir(dir);
	return results;
}

Test(bench_result, a_cut_tail_is_left_out)
{
	struct vtb_result result = make("cpuid", VTB_EPT, "abc"), *results;
	json_t *json = vtb_result_to_json(&result);
	char *line = json_dumps(json, JSON_COMPACT), *text;
	struct vts_error error;
	size_t count;

	cr_assert_gt(asprintf(&text, "%s\n%s\n%.50s", line, line, line), 0);
	results = load(text, &count, &error);
	cr_assert(results, "%s", error.text);
	cr_assert_eq(count, 2);
	vtb_results_free(results, count);
	free(text);
	free(line);
	json_decref(json);
	vtb_result_free(&result);
}

Test(bench_result, other_damage_is_named_with_its_line)
{
	static const char *const bad[] = {"{}\n", "[1]\n", "nonsense\n", "{\"workload\": 7}\n", ""};
	struct vts_error error;
	size_t count;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cr_assert_null(load(bad[i], &count, &error));
		cr_assert(
		    strstr(error.text, *bad[i] ? "results.jsonl: line 1: " : "holds no result"),
		    "%s", error.text);
	}
	cr_assert_null(vtb_results_load("/nonexistent", &count, &error));
	cr_assert(strstr(error.text, "No such file"));
}
