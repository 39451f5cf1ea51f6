/* SPDX-License-Identifier: GPL-2.0-only */
/* The writer, and its traces as babeltrace2 reads them. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/names.h"
#include "trace_fixture.h"

#define PACKET_BYTES 4096u
#define RECORDS	     500u

static char *path;

static void setup(void)
{
	path = fixture_path();
}

static void teardown(void)
{
	fixture_remove(path);
}

TestSuite(ctf, .init = setup, .fini = teardown);

/* What babeltrace2 prints, one event a line; malloc'd. Its complaints are in it too. */
static char *babeltrace(void)
{
	char *command, *text = NULL;
	size_t bytes = 0;
	FILE *pipe, *out = open_memstream(&text, &bytes);
	int c;

	if (system("babeltrace2 --version >/dev/null 2>&1"))
		cr_skip_test("babeltrace2 is not installed");
	cr_assert(asprintf(&command, "babeltrace2 --clock-cycles --names=payload %s 2>&1", path) >
		  0);
	pipe = popen(command, "r");
	cr_assert(pipe);
	while ((c = fgetc(pipe)) != EOF)
		fputc(c, out);
	cr_assert_eq(pclose(pipe), 0, "%s", command);
	fclose(out);
	free(command);
	return text;
}

/* `field = ( "name" : container = number )`, or with <unknown> for the name, or the number alone. */
static void expect_enum(const char *line, const char *field, bool plain, const char *name,
			unsigned number)
{
	char expected[128];

	if (plain)
		snprintf(expected, sizeof(expected), " %s = %u,", field, number);
	else if (name)
		snprintf(expected, sizeof(expected), " %s = ( \"%s\" : container = %u )", field,
			 name, number);
	else
		snprintf(expected, sizeof(expected), " %s = ( <unknown> : container = %u )", field,
			 number);
	cr_assert(strstr(line, expected), "no '%s' in: %s", expected, line);
}

static void expect_flags(const char *line, unsigned flags)
{
	size_t count;
	const struct vts_name *names = vts_flags(&count);
	char expected[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(expected, sizeof(expected), " %s = %u,", names[i].name,
			 flags >> names[i].number & 1);
		cr_assert(strstr(line, expected), "no '%s' in: %s", expected, line);
	}
}

static void expect_words(const char *line, const struct vts_event *event)
{
	const struct vts_field *fields = vts_fields(event->kind);
	char expected[64];

	for (unsigned word = 0; word < 5; word++) {
		if (fields[word].format == VTS_FORMAT_TEXT)
			snprintf(expected, sizeof(expected), " %s = \"", fields[word].name);
		else
			snprintf(expected, sizeof(expected),
				 fields[word].format == VTS_FORMAT_HEX ? " %s = 0x%lX"
								       : " %s = %lu",
				 fields[word].name, event->word[word]);
		cr_assert(strstr(line, expected), "no '%s' in: %s", expected, line);
	}
}

static void expect_event(const char *line, const struct vts_event *event)
{
	size_t count;
	char expected[64];

	snprintf(expected, sizeof(expected), "[%020lu]", event->tsc);
	cr_assert(!strncmp(line, expected, strlen(expected)), "no '%s' in: %s", expected, line);
	/* Nothing between the time since the last event and the name. */
	snprintf(expected, sizeof(expected), ") %s: ", vts_kind_name(event->kind));
	cr_assert(strstr(line, expected) == strchr(line, ')'), "no '%s' in: %s", expected, line);
	vts_hows(event->kind, &count);
	expect_enum(line, "how", !count, vts_how_name(event->kind, event->how), event->how);
	vts_reasons(event->kind, &count);
	expect_enum(line, "reason", !count, vts_reason_name(event->kind, event->reason),
		    event->reason);
	snprintf(expected, sizeof(expected), " exit_tsc = %lu,", event->exit_tsc);
	cr_assert(strstr(line, expected), "no '%s' in: %s", expected, line);
	expect_flags(line, event->flags);
	expect_words(line, event);
}

/* Every record, by name and value, known numbers and unknown ones. */
Test(ctf, babeltrace_prints_every_record, .timeout = 60)
{
	char *text, *line, *rest;
	uint64_t number = 0;

	fixture_record(path, RECORDS, PACKET_BYTES);
	text = babeltrace();
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct vts_event event =
		    number == RECORDS - 1 ? fixture_stop(number) : fixture_event(number);

		expect_event(line, &event);
		number++;
	}
	cr_assert_eq(number, RECORDS);
	free(text);
}

/* Babeltrace cannot read a kind that the metadata does not declare. */
Test(ctf, an_unknown_kind_is_recorded_as_a_lost_record, .timeout = 60)
{
	struct vts_error error = {""};
	char *metadata = fixture_metadata(), *text;
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, &error);
	size_t bytes;
	struct vts_event *records = fixture_packets(0, 20, PACKET_BYTES, true, &bytes);
	struct vts_event before;

	records[5].kind = 77;
	before = records[5];
	cr_assert(!vts_ctf_write(writer, 0, records, bytes, &error), "%s", error.text);
	cr_assert_arr_eq(&before, &records[5], sizeof(before));
	cr_assert(!vts_ctf_close(writer, &error));
	text = babeltrace();
	cr_assert(strstr(text, " lost: ") && strstr(text, "reason = 77,"), "%s", text);
	cr_assert(strstr(text, "count = 1,"));
	free(text);
	free(metadata);
	free(records);
}

Test(ctf, babeltrace_reads_any_env, .timeout = 60)
{
	static const struct vts_env env[] = {
	    {"unit", "cycles"}, {"args", "a \"b\" \\c\\ \n\t\001\177 */ ; } env { x"},
	    {"9 odd-key", ""},	{"utf", "\303\251"},
	    {"vpid", "yes"},	{"_x", "1"},
	    {"", "2"},
	};
	static const uint8_t uuid[16] = {0};
	struct vts_error error = {""};
	char *metadata = vts_ctf_metadata(env, sizeof(env) / sizeof(env[0]), uuid, 0);
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, &error);
	struct vts_source *source;
	size_t bytes;
	void *packets = fixture_packets(0, 20, PACKET_BYTES, true, &bytes);

	cr_assert(!vts_ctf_write(writer, 0, packets, bytes, &error), "%s", error.text);
	cr_assert(!vts_ctf_close(writer, &error));
	free(babeltrace());
	source = vts_source_open_dir(path, &error);
	cr_assert(source, "%s", error.text);
	cr_assert_str_eq(vts_source_env(source, "args"), env[1].value);
	cr_assert_str_eq(vts_source_env(source, "9_odd_key"), "");
	cr_assert_str_eq(vts_source_env(source, "utf"), env[3].value);
	cr_assert_str_eq(vts_source_env(source, "vpid"), "yes");
	cr_assert_str_eq(vts_source_env(source, "_x"), "1");
	cr_assert_str_eq(vts_source_env(source, "_"), "2");
	cr_assert_str_eq(vts_source_unit(source), "cycles");
	cr_assert_str_eq(vts_source_metadata(source), metadata);
	cr_assert_eq(vts_source_problems(source, NULL), 0);
	vts_source_close(source);
	free(packets);
	free(metadata);
}

Test(ctf, twin_runs_are_equal)
{
	char *twin = fixture_path();
	char *a, *b;
	size_t a_bytes, b_bytes;

	fixture_record(path, RECORDS, PACKET_BYTES);
	fixture_record(twin, RECORDS, PACKET_BYTES);
	a = fixture_load(path, "vcpu0", &a_bytes);
	b = fixture_load(twin, "vcpu0", &b_bytes);
	cr_assert_eq(a_bytes, b_bytes);
	cr_assert_arr_eq(a, b, a_bytes);
	free(a);
	free(b);
	a = fixture_load(path, "metadata", &a_bytes);
	b = fixture_load(twin, "metadata", &b_bytes);
	cr_assert_str_eq(a, b);
	free(a);
	free(b);
	fixture_remove(twin);
}

Test(ctf, a_directory_with_something_in_it_is_left_alone)
{
	struct vts_error error = {""};

	cr_assert(!mkdir(path, 0777));
	fixture_store(path, "x", "x", 1);
	cr_assert(!vts_ctf_create(path, "", &error));
	cr_assert(strstr(error.text, "is not an empty directory"), "%s", error.text);
	cr_assert(!vts_ctf_create("/nonexistent/trace", "", &error));
	cr_assert(strstr(error.text, "No such file"), "%s", error.text);
}

Test(ctf, an_empty_directory_will_do)
{
	cr_assert(!mkdir(path, 0777));
	fixture_record(path, 10, PACKET_BYTES);
}

/* A limit on the file's size stands for a full disk. */
Test(ctf, a_full_disk_leaves_whole_packets)
{
	struct rlimit limit = {10000, 10000};
	struct vts_error error = {""};
	char *metadata = fixture_metadata();
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, &error);
	size_t bytes, left, count;
	void *packets = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	struct vts_source *source;
	struct vts_event events[RECORDS];

	signal(SIGXFSZ, SIG_IGN);
	cr_assert(!setrlimit(RLIMIT_FSIZE, &limit));
	cr_assert_eq(vts_ctf_write(writer, 0, packets, bytes, &error), -1);
	cr_assert(strstr(error.text, "vcpu0: cannot write: File too large"), "%s", error.text);
	cr_assert_eq(vts_ctf_write(writer, 0, packets, PACKET_BYTES, &error), 0);
	cr_assert_eq(vts_ctf_close(writer, &error), -1);
	cr_assert(strstr(error.text, "incomplete: 7 packets"), "%s", error.text);
	free(fixture_load(path, "vcpu0", &left));
	cr_assert_eq(left, 2 * (PACKET_BYTES + 128));
	source = vts_source_open_dir(path, &error);
	count = vts_source_read(source, events, RECORDS);
	cr_assert_eq(count, 2 * 63);
	for (size_t i = 0; i < count; i++)
		cr_assert(fixture_is(&events[i], i));
	vts_source_close(source);
	free(packets);
	free(metadata);
}

Test(ctf, what_is_no_packet_is_not_written)
{
	struct vts_error error = {""};
	struct vts_ctf_writer *writer = vts_ctf_create(path, "", &error);
	size_t bytes;
	struct vts_packet_header *packet = fixture_packets(0, 10, PACKET_BYTES, true, &bytes);

	cr_assert_eq(vts_ctf_write(writer, 0, packet, bytes - 64, &error), -1);
	cr_assert_eq(vts_ctf_write(writer, 300, packet, bytes, &error), -1);
	packet->packet_size = UINT64_MAX;
	cr_assert_eq(vts_ctf_write(writer, 0, packet, bytes, &error), -1);
	cr_assert_eq(vts_ctf_close(writer, &error), 0);
	free(fixture_load(path, "vcpu0", &bytes));
	cr_assert_eq(bytes, 0);
	free(packet);
}
