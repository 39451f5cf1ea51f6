/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer and AFL++: a recorded trace of any bytes. Input: a little-endian 16-bit length, that many bytes
 * of metadata, and the rest is vcpu0, or vcpu0.zst if it begins as that does. Reading must end, report no more records than a plain stream
 * has lines, and leave no error of memory; damaged numbers go through the statistics too.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/source.h"
#include "trace/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A trace: one whose stream is plain, and one whose stream is compressed. */
struct place {
	char directory[128];
	const char *stream;
	int metadata_fd, stream_fd;
};

static struct place places[] = {{"", "vcpu0", -1, -1}, {"", "vcpu0.zst", -1, -1}};

static void remove_file(const struct place *place, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", place->directory, name);
	unlink(path);
}

static void remove_directories(void)
{
	for (size_t i = 0; i < 2; i++) {
		remove_file(&places[i], "metadata");
		remove_file(&places[i], places[i].stream);
		rmdir(places[i].directory);
	}
}

/** In VTS_FUZZ_DIR, for who must clean up after a process that is killed, or in memory. */
static void make_directories(void)
{
	const char *const parents[] = {getenv("VTS_FUZZ_DIR"), "/dev/shm", "/tmp"};

	for (size_t i = 0; i < 2; i++) {
		char *directory = places[i].directory;
		bool made = false;

		for (size_t p = 0; p < 3 && !made; p++) {
			if (!parents[p])
				continue;
			snprintf(directory, sizeof(places[i].directory), "%s/vts-fuzz-XXXXXX",
				 parents[p]);
			made = mkdtemp(directory) != NULL;
		}
		if (!made)
			abort();
	}
	atexit(remove_directories);
}

/* The file stays open: making it anew would take longer than reading it. */
static void store(const struct place *place, int *fd, const char *name, const uint8_t *data,
		  size_t bytes)
{
	char path[160];

	if (*fd < 0) {
		snprintf(path, sizeof(path), "%s/%s", place->directory, name);
		*fd = open(path, O_WRONLY | O_CREAT, 0600);
	}
	if (*fd < 0 || pwrite(*fd, data, bytes, 0) != (ssize_t)bytes ||
	    ftruncate(*fd, (off_t)bytes))
		abort();
}

static void read_all(struct vts_source *source, size_t most)
{
	static struct vts_stats stats;
	const struct vts_event *events;
	size_t count, records = 0;
	const char *first;

	vts_stats_init(&stats);
	while ((count = vts_source_next(source, &events))) {
		records += count;
		if (vts_stats_add(&stats, events, count))
			abort();
	}
	if (!vts_source_ended(source) || records > most || stats.total.events != records)
		abort();
	if (vts_source_problems(source, &first) && !*first)
		abort();
	vts_stats_free(&stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	struct vts_error error = {""};
	struct vts_source *source;
	const uint8_t *stream;
	struct place *place;
	size_t metadata, bytes;
	bool zipped;

	if (!*places[0].directory)
		make_directories();
	if (size < 2)
		return 0;
	metadata = data[0] | (size_t)data[1] << 8;
	if (metadata > size - 2)
		metadata = size - 2;
	stream = data + 2 + metadata;
	bytes = size - 2 - metadata;
	zipped = bytes >= sizeof(magic) && !memcmp(stream, magic, sizeof(magic));
	place = &places[zipped];
	store(place, &place->metadata_fd, "metadata", data + 2, metadata);
	store(place, &place->stream_fd, place->stream, stream, bytes);
	source = vts_source_open_dir(place->directory, &error);
	if (source) {
		read_all(source, zipped ? SIZE_MAX : bytes / sizeof(struct vts_event));
		vts_source_close(source);
	} else if (!*error.text) {
		abort();
	}
	return 0;
}
