/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of recorded traces against damage: it says what is wrong, and gives the rest. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/checksum.h"
#include "trace_fixture.h"

#define PACKET_BYTES 1024u /* 15 records */
#define PER_PACKET   15u
#define RECORDS	     40u

struct outcome {
	bool opened;
	size_t records;
	size_t wrong; /* records that nobody recorded */
	uint64_t lost;
	unsigned problems;
	char first[512];
};

/* Read all of it; every record must be one of the fixture's, in order. */
static struct outcome read_all(const char *path)
{
	struct vts_error error = {""};
	struct vts_source *source = vts_source_open_dir(path, &error);
	struct outcome outcome = {.opened = source};
	struct vts_event events[9];
	uint64_t number = 0;
	const char *first;
	size_t count;

	if (!source) {
		snprintf(outcome.first, sizeof(outcome.first), "%s", error.text);
		return outcome;
	}
	while ((count = vts_source_read(source, events, 9))) {
		for (size_t i = 0; i < count; i++) {
			struct vts_event stop = fixture_stop(RECORDS - 1);
			bool is_stop = !memcmp(&events[i], &stop, sizeof(stop));

			while (number < RECORDS && !is_stop && !fixture_is(&events[i], number))
				number++;
			outcome.wrong += number == RECORDS;
		}
		outcome.records += count;
	}
	cr_assert(vts_source_ended(source));
	outcome.lost = vts_source_lost(source);
	outcome.problems = vts_source_problems(source, &first);
	snprintf(outcome.first, sizeof(outcome.first), "%s", first);
	vts_source_close(source);
	return outcome;
}

static char *path;

static void remove_file(const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "%s/%s", path, name);
	cr_assert(!unlink(full), "%s", full);
}

static char *stream, *metadata;
static size_t stream_bytes, metadata_bytes;

static void setup(void)
{
	path = fixture_path();
	fixture_record(path, RECORDS, PACKET_BYTES);
	stream = fixture_load(path, "vcpu0", &stream_bytes);
	metadata = fixture_load(path, "metadata", &metadata_bytes);
}

static void teardown(void)
{
	free(stream);
	free(metadata);
	fixture_remove(path);
}

TestSuite(source_dir, .init = setup, .fini = teardown);

Test(source_dir, an_intact_trace)
{
	struct outcome outcome = read_all(path);

	cr_assert_eq(outcome.records, RECORDS);
	cr_assert_eq(outcome.wrong, 0);
	cr_assert_eq(outcome.lost, 0);
	cr_assert_eq(outcome.problems, 0, "%s", outcome.first);
}

Test(source_dir, the_env_is_what_was_written)
{
	struct vts_error error;
	struct vts_source *source = vts_source_open_dir(path, &error);
	size_t count;

	cr_assert(source, "%s", error.text);
	cr_assert_str_eq(vts_source_env(source, "guest"), "fixture.elf");
	cr_assert_str_eq(vts_source_env(source, "engine"), "bochs");
	cr_assert(!vts_source_env(source, "nothing"));
	cr_assert_str_eq(vts_source_unit(source), "instr");
	cr_assert_str_eq(vts_source_env_all(source, &count)[0].key, "tracer_name");
	cr_assert_eq(count, 7);
	cr_assert_geq(vts_source_total(source), RECORDS);
	vts_source_close(source);
}

Test(source_dir, runs_without_a_copy)
{
	struct vts_error error;
	struct vts_source *source = vts_source_open_dir(path, &error);
	const struct vts_event *events;
	uint64_t number = 0;
	size_t count;

	while ((count = vts_source_next(source, &events))) {
		for (size_t i = 0; i < count && number < RECORDS - 1; i++)
			cr_assert(fixture_is(&events[i], number++));
	}
	cr_assert_eq(number, RECORDS - 1);
	cr_assert(vts_source_ended(source));
	vts_source_close(source);
}

/* Whichever byte of the stream is hit, it is said, and at most one record is not shown. */
Test(source_dir, one_byte_flipped_anywhere_in_the_stream, .timeout = 100)
{
	for (size_t i = 0; i < stream_bytes; i++) {
		struct outcome outcome;

		stream[i] ^= (char)(1u << i % 8);
		fixture_store(path, "vcpu0", stream, stream_bytes);
		stream[i] ^= (char)(1u << i % 8);
		outcome = read_all(path);
		cr_assert(outcome.opened, "byte %zu: %s", i, outcome.first);
		cr_assert_gt(outcome.problems, 0, "byte %zu", i);
		cr_assert_eq(outcome.wrong, 0, "byte %zu: %s", i, outcome.first);
		cr_assert_geq(outcome.records, RECORDS - 1, "byte %zu: %s", i, outcome.first);
		cr_assert_eq(outcome.records + outcome.lost, RECORDS, "byte %zu: %s", i,
			     outcome.first);
	}
}

Test(source_dir, one_byte_of_the_metadata_flipped, .timeout = 100)
{
	for (size_t i = 0; i < metadata_bytes; i += 7) {
		struct outcome outcome;

		metadata[i] ^= (char)(1u << i % 8);
		fixture_store(path, "metadata", metadata, metadata_bytes);
		metadata[i] ^= (char)(1u << i % 8);
		outcome = read_all(path);
		cr_assert(outcome.opened, "byte %zu: %s", i, outcome.first);
		cr_assert_gt(outcome.problems, 0, "byte %zu", i);
		cr_assert_eq(outcome.records, RECORDS, "byte %zu: %s", i, outcome.first);
	}
}

Test(source_dir, the_tail_cut_anywhere, .timeout = 100)
{
	for (size_t bytes = 0; bytes < stream_bytes; bytes += 5) {
		struct outcome outcome;
		/* Whole records that are still there. */
		size_t packet = bytes / (PACKET_BYTES + 64),
		       rest = bytes % (PACKET_BYTES + 64) / 64;
		size_t there = packet * PER_PACKET +
			       (rest > 1 ? rest - 1 < PER_PACKET ? rest - 1 : PER_PACKET : 0);

		fixture_store(path, "vcpu0", stream, bytes);
		outcome = read_all(path);
		cr_assert(outcome.opened, "%zu bytes: %s", bytes, outcome.first);
		cr_assert_gt(outcome.problems, 0, "%zu bytes", bytes);
		cr_assert_eq(outcome.wrong, 0, "%zu bytes", bytes);
		cr_assert_eq(outcome.records, there < RECORDS ? there : RECORDS, "%zu bytes: %s",
			     bytes, outcome.first);
	}
}

Test(source_dir, a_cut_at_the_end_of_a_packet_is_seen_too)
{
	struct outcome outcome;

	fixture_store(path, "vcpu0", stream, 2 * (PACKET_BYTES + 64));
	outcome = read_all(path);
	cr_assert_eq(outcome.records, 2 * PER_PACKET);
	cr_assert_eq(outcome.problems, 1);
	cr_assert(strstr(outcome.first, "tail"), "%s", outcome.first);
}

Test(source_dir, bytes_removed_from_within)
{
	for (size_t at = 0; at + 100 < stream_bytes; at += 61) {
		struct outcome outcome;
		char *rest = malloc(stream_bytes);

		memcpy(rest, stream, at);
		memcpy(rest + at, stream + at + 100, stream_bytes - at - 100);
		fixture_store(path, "vcpu0", rest, stream_bytes - 100);
		free(rest);
		outcome = read_all(path);
		cr_assert_gt(outcome.problems, 0, "at %zu", at);
		/* All but the two packets that may have been hit. */
		cr_assert_geq(outcome.records, RECORDS - 2 * PER_PACKET, "at %zu: %s", at,
			      outcome.first);
	}
}

Test(source_dir, a_packet_cut_out_counts_as_lost)
{
	size_t packet = PACKET_BYTES + 64;
	struct outcome outcome;

	memmove(stream + packet, stream + 2 * packet, stream_bytes - 2 * packet);
	fixture_store(path, "vcpu0", stream, stream_bytes - packet);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS - PER_PACKET);
	cr_assert_eq(outcome.lost, PER_PACKET);
	cr_assert(strstr(outcome.first, "missing before packet 2"), "%s", outcome.first);
}

Test(source_dir, what_the_producer_discarded_counts_as_lost)
{
	size_t bytes;
	struct vts_packet_header *packets = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	struct outcome outcome;

	/* Cumulative; and without check sums, as a ring has it. */
	for (size_t i = 0; i * PACKET_BYTES < bytes; i++)
		packets[i * PACKET_BYTES / 64].events_discarded = i * 10;
	fixture_store(path, "vcpu0", packets, bytes);
	free(packets);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	cr_assert_eq(outcome.lost, 20);
	cr_assert_eq(outcome.problems, 0, "%s", outcome.first);
}

Test(source_dir, lost_records_count_as_lost)
{
	struct vts_event *records;
	struct outcome outcome;
	size_t bytes;

	records = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	records[3] = (struct vts_event){.kind = VTS_KIND_LOST, .lost.count = 1234};
	fixture_store(path, "vcpu0", records, bytes);
	free(records);
	outcome = read_all(path);
	cr_assert_eq(outcome.lost, 1234);
}

Test(source_dir, missing_files)
{
	struct outcome outcome;

	remove_file("metadata");
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	cr_assert(strstr(outcome.first, "metadata: cannot be read: No such file"), "%s",
		  outcome.first);
	remove_file("vcpu0");
	outcome = read_all(path);
	cr_assert_not(outcome.opened);
	cr_assert(strstr(outcome.first, "not a trace"), "%s", outcome.first);
	fixture_store(path, "metadata", metadata, metadata_bytes);
	outcome = read_all(path);
	cr_assert(outcome.opened);
	cr_assert_eq(outcome.records, 0);
	cr_assert(strstr(outcome.first, "vcpu0: missing"), "%s", outcome.first);
	fixture_store(path, "vcpu1", stream, stream_bytes);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	cr_assert(strstr(outcome.first, "vcpu0: missing"), "%s", outcome.first);
}

Test(source_dir, an_entry_is_added_to_the_metadata)
{
	char *text = vts_ctf_metadata_note(metadata, "filter", "only \"this\"");
	struct vts_error error;
	struct vts_source *source;
	const char *first;
	size_t before, after;

	source = vts_source_open_dir(path, &error);
	vts_source_env_all(source, &before);
	vts_source_close(source);
	fixture_store(path, "metadata", text, strlen(text));
	source = vts_source_open_dir(path, &error);
	cr_assert(source, "%s", error.text);
	cr_assert_eq(vts_source_problems(source, &first), 0, "%s", first);
	cr_assert_str_eq(vts_source_env(source, "filter"), "only \"this\"");
	vts_source_env_all(source, &after);
	cr_assert_eq(after, before + 1, "the others are still there");
	vts_source_close(source);
	free(text);
	text = vts_ctf_metadata_note("damaged", "filter", "x");
	cr_assert_str_eq(text, "damaged");
	free(text);
}

Test(source_dir, the_unit_without_metadata_is_that_of_vm_start)
{
	struct vts_event *records;
	struct vts_source *source;
	struct vts_error error;
	size_t bytes;

	records = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	records[1].vm_start.config = VTS_CONFIG_CYCLES;
	fixture_store(path, "vcpu0", records, bytes);
	free(records);
	remove_file("metadata");
	source = vts_source_open_dir(path, &error);
	cr_assert(source, "%s", error.text);
	cr_assert_str_eq(vts_source_unit(source), "cycles");
	vts_source_close(source);
}

Test(source_dir, several_vcpus_come_stream_by_stream)
{
	struct outcome outcome;

	fixture_store(path, "vcpu1", stream, stream_bytes);
	fixture_store(path, "vcpu255", stream, stream_bytes);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, 3 * RECORDS);
	cr_assert(strstr(outcome.first, "vcpu2: missing"), "%s", outcome.first);
}

Test(source_dir, a_newer_version_is_refused)
{
	struct outcome outcome;
	char *abi = strstr(metadata, "abi = 1");
	size_t bytes;
	struct vts_packet_header *packets;

	/* Newer packets, and metadata that cannot contradict. */
	packets = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	for (size_t i = 0; i * PACKET_BYTES < bytes; i++)
		packets[i * PACKET_BYTES / 64].abi = 2;
	fixture_store(path, "vcpu0", packets, bytes);
	free(packets);
	abi[6] = '2';
	fixture_store(path, "metadata", metadata, metadata_bytes);
	outcome = read_all(path);
	cr_assert_not(outcome.opened);
	cr_assert(strstr(outcome.first, "version 2 of the format"), "%s", outcome.first);
	remove_file("metadata");
	outcome = read_all(path);
	cr_assert_not(outcome.opened);
	cr_assert(strstr(outcome.first, "version 2 of the format"), "%s", outcome.first);
}

Test(source_dir, foreign_things_are_refused)
{
	static const char text[] = "/* CTF 1.8 */\nenv {\n\ttracer_name = \"lttng-modules\";\n};\n";
	struct outcome outcome;

	fixture_store(path, "metadata", text, sizeof(text) - 1);
	fixture_store(path, "vcpu0", text, sizeof(text) - 1);
	outcome = read_all(path);
	cr_assert_not(outcome.opened);
	cr_assert(strstr(outcome.first, "not a trace of vtscope"), "%s", outcome.first);
	outcome = read_all("/tmp");
	cr_assert_not(outcome.opened);
	outcome = read_all("/etc/passwd");
	cr_assert_not(outcome.opened);
	cr_assert(strstr(outcome.first, "/etc/passwd: cannot open the trace: Not a directory"),
		  "%s", outcome.first);
	outcome = read_all("/nonexistent");
	cr_assert_not(outcome.opened);
}

Test(source_dir, a_fifo_or_directory_for_a_file_does_not_hang)
{
	struct outcome outcome;
	char name[64];

	remove_file("vcpu0");
	snprintf(name, sizeof(name), "%s/vcpu0", path);
	cr_assert(!mkfifo(name, 0666));
	outcome = read_all(path);
	cr_assert(outcome.opened);
	cr_assert_gt(outcome.problems, 0);
	unlink(name);
	cr_assert(!mkdir(name, 0777));
	outcome = read_all(path);
	cr_assert(outcome.opened);
	cr_assert_gt(outcome.problems, 0);
}

Test(source_dir, huge_claims)
{
	struct vts_packet_header *header = (struct vts_packet_header *)stream;
	struct outcome outcome;

	header->content_size = header->packet_size = UINT64_MAX / 512 * 512;
	fixture_store(path, "vcpu0", stream, stream_bytes);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	header->content_size = header->packet_size = 8ull * (1u << 30);
	fixture_store(path, "vcpu0", stream, stream_bytes);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	cr_assert_gt(outcome.problems, 0);
}

/* Files made to be read slowly: 4 MiB must not take more than moments. */
static void fill(char *data, size_t bytes, uint64_t content, uint64_t packet, bool trailers)
{
	struct vts_packet_header header = {
	    .magic = VTS_CTF_MAGIC,
	    .abi = 1,
	    .content_size = content * 8,
	    .packet_size = packet * 8,
	};
	struct check_trailer trailer = {.magic = CHECK_MAGIC};

	for (size_t line = 0; line < bytes / 64; line++) {
		memset(data + line * 64, 0, 64);
		if (trailers && line % 2)
			memcpy(data + line * 64, &trailer, sizeof(trailer));
		else
			memcpy(data + line * 64, &header, sizeof(header));
	}
}

Test(source_dir, headers_that_promise_much_do_not_take_long, .timeout = 20)
{
	const size_t bytes = 4u << 20;
	const size_t records = 15000, content = (1 + records) * 64;
	char *data = malloc(bytes);
	uint64_t sum = 0;

	fill(data, bytes, content, content + check_trailer_bytes(records), false);
	fixture_store(path, "vcpu0", data, bytes);
	sum += read_all(path).problems;
	fill(data, bytes, content + 64, content + 64 + check_trailer_bytes(records + 1), true);
	fixture_store(path, "vcpu0", data, bytes);
	sum += read_all(path).problems;
	fill(data, bytes, 64, 1u << 30, true);
	fixture_store(path, "vcpu0", data, bytes);
	sum += read_all(path).problems;
	memset(data, 0xc1, bytes);
	fixture_store(path, "vcpu0", data, bytes);
	sum += read_all(path).problems;
	cr_assert_gt(sum, 3);
	free(data);
}

Test(source_dir, any_bytes_at_all, .timeout = 100)
{
	uint64_t state = 7;

	for (unsigned round = 0; round < 200; round++) {
		char *copy = malloc(stream_bytes);

		memcpy(copy, stream, stream_bytes);
		for (unsigned i = 0; i < 1 + round; i++) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			copy[(state >> 33) % stream_bytes] = (char)(state >> 25);
		}
		fixture_store(path, "vcpu0", copy, stream_bytes);
		free(copy);
		cr_assert_leq(read_all(path).records, RECORDS);
	}
}

Test(source_dir, a_file_that_is_cut_while_it_is_read)
{
	struct vts_error error;
	struct vts_source *source;
	struct vts_event event;
	size_t bytes, count = 1;
	char *packets = fixture_packets(0, 100000, 32u << 10, true, &bytes), name[64];
	const char *first;

	fixture_store(path, "vcpu0", packets, bytes);
	free(packets);
	source = vts_source_open_dir(path, &error);
	cr_assert(source, "%s", error.text);
	cr_assert_eq(vts_source_read(source, &event, 1), 1);
	snprintf(name, sizeof(name), "%s/vcpu0", path);
	cr_assert(!truncate(name, 1000));
	while (vts_source_read(source, &event, 1))
		count++;
	cr_assert_lt(count, 100000);
	cr_assert_gt(vts_source_problems(source, &first), 0);
	vts_source_close(source);
}
