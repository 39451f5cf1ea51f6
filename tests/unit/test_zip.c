/* SPDX-License-Identifier: GPL-2.0-only */
/* Compressed traces: what is read is what was written, also going back, and of damaged files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/unzip.h"
#include "trace/zip.h"
#include "trace_fixture.h"

#define RECORDS	     40000u /* some frames */
#define PACKET_BYTES 65536u

/** A run of RECORDS records at @path, its stream compressed. */
static void record_zipped(const char *path)
{
	size_t bytes;
	struct vts_error error;
	char *metadata = fixture_metadata(), *packets;
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, &error);

	packets = fixture_packets(0, RECORDS, PACKET_BYTES, true, &bytes);
	cr_assert(writer, "%s", error.text);
	cr_assert_eq(vts_ctf_compress(writer, &error), 0, "%s", error.text);
	cr_assert_eq(vts_ctf_write(writer, 0, packets, bytes, &error), 0, "%s", error.text);
	cr_assert_eq(vts_ctf_close(writer, &error), 0, "%s", error.text);
	free(packets);
	free(metadata);
}

struct outcome {
	uint64_t records, lost;
	unsigned problems;
	bool in_order;
};

/** Read all of @path: each record is one of the run's, and they come in its order. */
static struct outcome read_all(const char *path)
{
	struct outcome outcome = {.in_order = true};
	struct vts_error error;
	struct vts_source *source = vts_source_open_dir(path, &error);
	const struct vts_event *events;
	const char *first;
	uint64_t number = 0;
	size_t count;

	cr_assert(source, "%s", error.text);
	while ((count = vts_source_next(source, &events))) {
		for (size_t i = 0; i < count; i++) {
			while (number < RECORDS - 1 && !fixture_is(&events[i], number))
				number++;
			if (number == RECORDS - 1)
				outcome.in_order &= events[i].kind == VTS_KIND_VM_STOP;
		}
		outcome.records += count;
	}
	outcome.lost = vts_source_lost(source);
	outcome.problems = vts_source_problems(source, &first);
	vts_source_close(source);
	return outcome;
}

Test(zip, what_is_read_is_what_was_written)
{
	char *path = fixture_path();
	struct outcome outcome;
	size_t bytes;
	char *data;

	record_zipped(path);
	data = fixture_load(path, "vcpu0.zst", &bytes);
	cr_assert_lt(bytes, RECORDS * VTS_RECORD_BYTES / 2, "%zu", bytes);
	outcome = read_all(path);
	cr_assert_eq(outcome.records, RECORDS);
	cr_assert_eq(outcome.problems, 0);
	cr_assert(outcome.in_order);
	free(data);
	fixture_remove(path);
}

Test(zip, damage_costs_what_it_hit, .timeout = 120)
{
	char *path = fixture_path();
	size_t bytes;
	char *data;

	record_zipped(path);
	data = fixture_load(path, "vcpu0.zst", &bytes);
	for (size_t at = 0; at < bytes; at += bytes / 23) {
		struct outcome outcome;

		data[at] ^= 0x10;
		fixture_store(path, "vcpu0.zst", data, bytes);
		outcome = read_all(path);
		cr_expect(outcome.in_order, "byte %zu", at);
		cr_expect(outcome.problems || outcome.records == RECORDS, "byte %zu", at);
		/* A frame holds some 16,000 records; what is lost is told where it can be. */
		cr_expect_geq(outcome.records, RECORDS - 17000, "byte %zu: %zu", at,
			      (size_t)outcome.records);
		data[at] ^= 0x10;
	}
	for (size_t kept = 0; kept < bytes; kept += bytes / 11) {
		struct outcome outcome;

		fixture_store(path, "vcpu0.zst", data, kept);
		outcome = read_all(path);
		cr_expect(outcome.in_order && outcome.problems, "cut at %zu", kept);
	}
	free(data);
	fixture_remove(path);
}

/** A file of @count frames of pseudorandom bytes; @plain gets them. */
static int random_file(char *plain, size_t count)
{
	char path[] = "/tmp/vtscope-zip.XXXXXX";
	int fd = mkstemp(path);
	struct zip *zip = zip_new();
	uint64_t state = 1;

	cr_assert_geq(fd, 0);
	unlink(path);
	for (size_t frame = 0; frame < count; frame++) {
		char *at = plain + frame * ZIP_FRAME_BYTES;
		const void *zipped;
		size_t bytes;

		for (size_t i = 0; i < ZIP_FRAME_BYTES; i++) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			at[i] = (char)(state >> 62);
		}
		zipped = zip_frame(zip, at, ZIP_FRAME_BYTES, &bytes);
		cr_assert_eq(write(fd, zipped, bytes), (ssize_t)bytes);
	}
	zip_free(zip);
	return fd;
}

Test(zip, any_offset_can_be_read, .timeout = 60)
{
	enum { FRAMES = 24 };
	static char plain[FRAMES * ZIP_FRAME_BYTES], some[100000];
	int fd = random_file(plain, FRAMES), error = 0;
	struct unzip *unzip = unzip_new(fd);
	uint64_t state = 7;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t offset;
		size_t want, got;

		state = state * 6364136223846793005ull + 1442695040888963407ull;
		offset = (state >> 20) % sizeof(plain);
		want =
		    sizeof(plain) - offset < sizeof(some) ? sizeof(plain) - offset : sizeof(some);
		got = unzip_read(unzip, offset, some, sizeof(some), &error);
		cr_assert_eq(got, want, "%zu at %zu", got, (size_t)offset);
		cr_assert_arr_eq(some, plain + offset, got);
	}
	cr_assert_eq(unzip_read(unzip, sizeof(plain), some, 1, &error), 0);
	cr_assert_eq(error, 0);
	unzip_free(unzip);
	close(fd);
}

Test(zip, a_file_that_grows_beyond_belief_ends_with_an_error, .timeout = 60)
{
	static char zeros[ZIP_FRAME_BYTES];
	char path[] = "/tmp/vtscope-zip.XXXXXX", byte;
	int fd = mkstemp(path), error = 0;
	struct zip *zip = zip_new();
	size_t bytes;
	const void *frame = zip_frame(zip, zeros, sizeof(zeros), &bytes);
	struct unzip *unzip;

	cr_assert_geq(fd, 0);
	unlink(path);
	for (unsigned i = 0; i < 100000; i++) /* 100 GiB */
		cr_assert_eq(write(fd, frame, bytes), (ssize_t)bytes);
	unzip = unzip_new(fd);
	cr_assert_eq(unzip_read(unzip, 99ull << 30, &byte, 1, &error), 0);
	cr_assert_eq(error, EFBIG);
	unzip_free(unzip);
	zip_free(zip);
	close(fd);
}
