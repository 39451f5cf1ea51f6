/* SPDX-License-Identifier: GPL-2.0-only */
/* A recorded trace: a directory with metadata and stream files, any of which may be damaged or
 * missing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream.h"

#define VCPUS	       256
#define METADATA_BYTES (4u << 20) /* a hundred times what a writer makes */

enum { FILE_ABSENT, FILE_ZIPPED, FILE_PLAIN }; /* plain is read where there are both */

struct source_dir {
	struct vts_source source;
	int directory;
	unsigned char present[VCPUS]; /* FILE_*: there is a file vcpu<i>, or vcpu<i>.zst */
	unsigned vcpu;		      /* being read; VCPUS when all are */
	struct stream stream;	      /* of vcpu; fd -1 if none is open */
	bool stopped;		      /* some stream ended with a vm_stop record */
	bool any;
};

/* 0 to 255, as a writer puts it into a file's name, and FILE_*; -1 otherwise. */
static int vcpu_of(const char *name, unsigned char *file)
{
	char plain[16], zipped[16];
	int vcpu;

	if (strncmp(name, "vcpu", 4) || strlen(name) > 11)
		return -1;
	vcpu = atoi(name + 4);
	snprintf(plain, sizeof(plain), "vcpu%d", vcpu);
	snprintf(zipped, sizeof(zipped), "vcpu%d.zst", vcpu);
	*file = !strcmp(plain, name)	? FILE_PLAIN
		: !strcmp(zipped, name) ? FILE_ZIPPED
					: FILE_ABSENT;
	return vcpu >= 0 && vcpu < VCPUS && *file ? vcpu : -1;
}

static void find_streams(struct source_dir *dir, const char *path)
{
	int fd = openat(dir->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat status;
	bool zipped = false;
	int highest = 0;

	while (list && (entry = readdir(list))) {
		unsigned char file;
		int vcpu = vcpu_of(entry->d_name, &file);

		if (vcpu < 0)
			continue;
		if (file > dir->present[vcpu])
			dir->present[vcpu] = file;
		if (vcpu > highest)
			highest = vcpu;
		zipped |= file == FILE_ZIPPED;
		if (!fstatat(dir->directory, entry->d_name, &status, 0) && status.st_size > 0)
			dir->source.total += (uint64_t)status.st_size / VTS_RECORD_BYTES;
	}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	if (zipped) /* nobody knows how many records that is */
		dir->source.total = 0;
	for (int vcpu = 0; vcpu <= highest; vcpu++) {
		dir->any |= dir->present[vcpu] != FILE_ABSENT;
		if (!dir->present[vcpu])
			source_problem(&dir->source, "%s/vcpu%d: missing: its events are not shown",
				       path, vcpu);
	}
}

/* The metadata's bytes, malloc'd; NULL: errno says why. */
static char *read_metadata(int directory, size_t *bytes)
{
	int fd = openat(directory, "metadata", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	struct stat status;
	ssize_t got = -1;
	size_t size;

	*bytes = 0;
	if (fd < 0)
		return NULL;
	errno = 0;
	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size > METADATA_BYTES)
		goto out;
	size = (size_t)status.st_size;
	text = malloc(size + 1);
	got = 0;
	while (text && *bytes < size) {
		got = pread(fd, text + *bytes, size - *bytes, (off_t)*bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*bytes += (size_t)got;
	}
	if (got < 0) {
		free(text);
		text = NULL;
	}
out:
	if (!text && !errno)
		errno = ENOTSUP;
	close(fd);
	return text;
}

static int out_of_memory(const char *path, struct vts_error *error)
{
	error_set(error, "%s: out of memory: free some and try again", path);
	return -1;
}

/* 0, or -1 and @error: nothing here is ours. */
static int load_metadata(struct source_dir *dir, const char *path, struct vts_error *error)
{
	struct metadata *metadata = &dir->source.metadata;
	size_t bytes;
	char *text = read_metadata(dir->directory, &bytes);
	const char *why = strerror(errno);
	int status;

	if (!text && !dir->any) {
		error_set(error,
			  "%s: not a trace: it has no metadata (%s) and no vcpu0: name a directory "
			  "that --record made",
			  path, why);
		return -1;
	}
	if (!text) {
		source_problem(&dir->source,
			       "%s/metadata: cannot be read: %s: what the run was is not known",
			       path, why);
		return 0;
	}
	status = metadata_parse(metadata, text, bytes);
	free(text);
	if (status)
		return out_of_memory(path, error);
	if (!metadata->complete)
		source_problem(&dir->source,
			       "%s/metadata: damaged or cut: its sum is not right: what it says "
			       "of the run may be wrong",
			       path);
	if (!dir->any)
		source_problem(&dir->source, "%s/vcpu0: missing: there are no events to show",
			       path);
	return 0;
}

static int refuse_newer(const char *path, unsigned abi, struct vts_error *error)
{
	error_set(error,
		  "%s: recorded with version %u of the format, and this program reads up to "
		  "version %d: read it with a newer vtscope",
		  path, abi, VTS_ABI_VERSION);
	return -1;
}

static bool open_stream(struct source_dir *dir)
{
	char name[16];

	bool zipped = dir->present[dir->vcpu] == FILE_ZIPPED;

	snprintf(name, sizeof(name), "vcpu%u%s", dir->vcpu, zipped ? ".zst" : "");
	if (!stream_open(&dir->stream, &dir->source, dir->directory, name))
		return true;
	source_problem(&dir->source, "%s: cannot be read: %s: its events are not shown", name,
		       zipped && errno == ENOTSUP ? "this program was built without zstd"
						  : strerror(errno));
	return false;
}

static void close_stream(struct source_dir *dir)
{
	const struct stream *stream = &dir->stream;

	if (!stream->position)
		source_problem(&dir->source, "%s: empty: the recorder wrote no packet to it",
			       stream->name);
	dir->stopped |= stream->stopped;
	stream_close(&dir->stream);
}

/* Open the next stream file that is there and can be read. */
static bool next_stream(struct source_dir *dir)
{
	for (; dir->vcpu < VCPUS; dir->vcpu++) {
		if (dir->present[dir->vcpu] && open_stream(dir))
			return true;
	}
	return false;
}

static bool dir_fill(struct vts_source *source)
{
	struct source_dir *dir = (struct source_dir *)source;

	if (source->ended)
		return false;
	while (dir->stream.fd >= 0 || next_stream(dir)) {
		if (stream_next(&dir->stream, &source->run, &source->run_left))
			return true;
		close_stream(dir);
		dir->vcpu++;
	}
	source->ended = true;
	if (!dir->stopped)
		source_problem(source,
			       "the trace does not end with the VM's end: its tail was cut, or "
			       "the recorder was killed: later events are not in it");
	return false;
}

static void dir_close(struct vts_source *source)
{
	struct source_dir *dir = (struct source_dir *)source;

	stream_close(&dir->stream);
	if (dir->directory >= 0)
		close(dir->directory);
	metadata_free(&source->metadata);
	free(dir);
}

static const struct source_ops dir_ops = {dir_fill, dir_close};

/* Whether to read it: a trace of ours, and of a version that we know. */
static int judge(struct source_dir *dir, const char *path, struct vts_error *error)
{
	const struct metadata *metadata = &dir->source.metadata;
	bool ours = metadata->ours;

	/* Damaged metadata is no witness. */
	if (metadata->complete && metadata->abi > VTS_ABI_VERSION)
		return refuse_newer(path, metadata->abi, error);
	if (!metadata->complete && next_stream(dir)) {
		uint32_t abi = stream_abi(&dir->stream);

		if (abi > VTS_ABI_VERSION)
			return refuse_newer(path, abi, error);
		ours |= abi;
	}
	if (ours)
		return 0;
	error_set(error,
		  "%s: not a trace of vtscope: neither its metadata nor its streams are: name a "
		  "directory that --record made",
		  path);
	return -1;
}

struct vts_source *vts_source_open_dir(const char *path, struct vts_error *error)
{
	struct source_dir *dir = calloc(1, sizeof(*dir));

	if (!dir) {
		out_of_memory(path, error);
		return NULL;
	}
	dir->source.ops = &dir_ops;
	dir->stream.fd = -1;
	dir->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir->directory < 0) {
		error_set(error,
			  "%s: cannot open the trace: %s: name a directory that --record made",
			  path, strerror(errno));
		goto fail;
	}
	find_streams(dir, path);
	if (load_metadata(dir, path, error) || judge(dir, path, error))
		goto fail;
	source_find_unit(&dir->source);
	return &dir->source;
fail:
	dir_close(&dir->source);
	return NULL;
}
