/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: a recorded trace of any bytes. Input: a little-endian 16-bit length, that many bytes
 * of metadata, and the rest is vcpu0. Reading must end, report no more records than the stream has
 * lines, and leave no error of memory; damaged numbers go through the statistics too.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/source.h"
#include "trace/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[64];

static void remove_directory(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/metadata", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/vcpu0", directory);
	unlink(path);
	rmdir(directory);
}

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/dev/shm/vts-fuzz-XXXXXX");
	if (!mkdtemp(directory)) {
		snprintf(directory, sizeof(directory), "/tmp/vts-fuzz-XXXXXX");
		if (!mkdtemp(directory))
			abort();
	}
	atexit(remove_directory);
}

/* The file stays open: making it anew would take longer than reading it. */
static void store(int *fd, const char *name, const uint8_t *data, size_t bytes)
{
	char path[80];

	if (*fd < 0) {
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		*fd = open(path, O_WRONLY | O_CREAT, 0600);
	}
	if (*fd < 0 || pwrite(*fd, data, bytes, 0) != (ssize_t)bytes ||
	    ftruncate(*fd, (off_t)bytes))
		abort();
}

static void read_all(struct vts_source *source, size_t stream_bytes)
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
	if (!vts_source_ended(source) || records > stream_bytes / sizeof(struct vts_event) ||
	    stats.total.events != records)
		abort();
	if (vts_source_problems(source, &first) && !*first)
		abort();
	vts_stats_free(&stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int metadata_fd = -1, stream_fd = -1;
	struct vts_error error = {""};
	struct vts_source *source;
	size_t metadata;

	if (!*directory)
		make_directory();
	if (size < 2)
		return 0;
	metadata = data[0] | (size_t)data[1] << 8;
	if (metadata > size - 2)
		metadata = size - 2;
	store(&metadata_fd, "metadata", data + 2, metadata);
	store(&stream_fd, "vcpu0", data + 2 + metadata, size - 2 - metadata);
	source = vts_source_open_dir(directory, &error);
	if (source) {
		read_all(source, size - 2 - metadata);
		vts_source_close(source);
	} else if (!*error.text) {
		abort();
	}
	return 0;
}
