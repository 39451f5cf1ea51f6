/* SPDX-License-Identifier: GPL-2.0-only */
/* The writer of trace directories: metadata, and one stream file a vCPU. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "checksum.h"
#include "ctf.h"
#include "error.h"
#include "names.h"
#include "zip.h"

#define VCPUS 256

struct vts_ctf_writer {
	char *path;
	int directory;
	int stream[VCPUS];     /* -1 until the first packet */
	uint64_t bytes[VCPUS]; /* in the file */
	struct zip *zip;       /* NULL: they are not compressed */
	struct held {
		char *bytes; /* ZIP_FRAME_BYTES: the next frame */
		size_t used;
	} held[VCPUS];
	bool failed;
	uint64_t dropped; /* packets, after a failure */
	struct check_trailer *trailer;
	size_t trailer_bytes;
};

/* A partial write goes on where it stopped, so that the next one says why. */
static int write_all(int fd, struct iovec *part, int parts)
{
	while (parts) {
		ssize_t done = writev(fd, part, parts);

		if (done < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		while (parts && (size_t)done >= part->iov_len) {
			done -= part->iov_len;
			part++;
			parts--;
		}
		if (parts) {
			part->iov_base = (char *)part->iov_base + done;
			part->iov_len -= done;
		}
	}
	return 0;
}

static void error_errno(struct vts_error *error, const char *path, const char *file,
			const char *what)
{
	const char *advice = errno == ENOSPC || errno == EDQUOT
				 ? "make room, or record elsewhere"
				 : "record to a place that can be written";

	error_set(error, "%s/%s: %s: %s: %s", path, file, what, strerror(errno), advice);
}

static bool directory_is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = directory;

	while (directory && (entry = readdir(directory)))
		empty &= !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	if (directory)
		closedir(directory);
	return empty;
}

static int make_directory(const char *path, struct vts_error *error)
{
	if (!mkdir(path, 0777))
		return 0;
	if (errno != EEXIST) {
		error_set(error,
			  "%s: cannot make the directory: %s: name a place that can be written",
			  path, strerror(errno));
		return -1;
	}
	if (directory_is_empty(path))
		return 0;
	error_set(error, "%s: exists and is not an empty directory: name a new one, or remove it",
		  path);
	return -1;
}

static int write_metadata(struct vts_ctf_writer *writer, const char *text, struct vts_error *error)
{
	struct iovec part = {(void *)text, strlen(text)};
	int fd =
	    openat(writer->directory, "metadata", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int status = fd < 0 ? -1 : write_all(fd, &part, 1);

	if (fd >= 0 && close(fd))
		status = -1;
	if (status)
		error_errno(error, writer->path, "metadata", "cannot write");
	return status;
}

static void stream_name(const struct vts_ctf_writer *writer, unsigned vcpu, char name[16])
{
	snprintf(name, 16, "vcpu%u%s", vcpu, writer->zip ? ".zst" : "");
}

static int open_stream(struct vts_ctf_writer *writer, unsigned vcpu, struct vts_error *error)
{
	char name[16];

	stream_name(writer, vcpu, name);
	writer->stream[vcpu] =
	    openat(writer->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (writer->stream[vcpu] >= 0)
		return 0;
	error_errno(error, writer->path, name, "cannot make it");
	return -1;
}

static void writer_free(struct vts_ctf_writer *writer)
{
	for (unsigned i = 0; i < VCPUS; i++) {
		if (writer->stream[i] >= 0)
			close(writer->stream[i]);
		free(writer->held[i].bytes);
	}
	zip_free(writer->zip);
	if (writer->directory >= 0)
		close(writer->directory);
	free(writer->trailer);
	free(writer->path);
	free(writer);
}

struct vts_ctf_writer *vts_ctf_create(const char *path, const char *metadata,
				      struct vts_error *error)
{
	struct vts_ctf_writer *writer = calloc(1, sizeof(*writer));

	if (!writer || !(writer->path = strdup(path))) {
		error_set(error, "%s: out of memory: free some and try again", path);
		free(writer);
		return NULL;
	}
	writer->directory = -1;
	for (unsigned i = 0; i < VCPUS; i++)
		writer->stream[i] = -1;
	if (make_directory(path, error))
		goto fail;
	writer->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (writer->directory < 0) {
		error_errno(error, path, "", "cannot open the directory");
		goto fail;
	}
	/* vCPU 0's file is always there: without one the trace would seem to have lost it. */
	if (write_metadata(writer, metadata, error) || open_stream(writer, 0, error))
		goto fail;
	return writer;
fail:
	writer_free(writer);
	return NULL;
}

int vts_ctf_compress(struct vts_ctf_writer *writer, struct vts_error *error)
{
	writer->zip = zip_new();
	if (!writer->zip) {
		error_set(error, "%s: cannot compress it: %s", writer->path,
			  errno == ENOTSUP ? "this program was built without zstd: install "
					     "libzstd-dev, and ./configure again"
					   : strerror(errno));
		return -1;
	}
	close(writer->stream[0]);
	unlinkat(writer->directory, "vcpu0", 0);
	return open_stream(writer, 0, error);
}

/* Write what is held back, as a frame. */
static int write_frame(struct vts_ctf_writer *writer, unsigned vcpu)
{
	struct held *held = &writer->held[vcpu];
	struct iovec part;
	size_t bytes;

	if (!held->used)
		return 0;
	part.iov_base = (void *)zip_frame(writer->zip, held->bytes, held->used, &bytes);
	part.iov_len = bytes;
	held->used = 0;
	if (!part.iov_base) {
		errno = ENOMEM;
		return -1;
	}
	if (write_all(writer->stream[vcpu], &part, 1))
		return -1;
	writer->bytes[vcpu] += bytes;
	return 0;
}

/* Hold a packet's parts back, after those before it were written if it does not fit beside them. A
 * frame has whole packets; one that is larger than a frame is cut into several. */
static int hold(struct vts_ctf_writer *writer, unsigned vcpu, const struct iovec *part, int parts,
		size_t bytes)
{
	struct held *held = &writer->held[vcpu];

	if (!held->bytes && !(held->bytes = malloc(ZIP_FRAME_BYTES)))
		return -1;
	if (held->used + bytes > ZIP_FRAME_BYTES && write_frame(writer, vcpu))
		return -1;
	for (int i = 0; i < parts; i++) {
		const char *from = part[i].iov_base;
		size_t left = part[i].iov_len;

		while (left) {
			size_t room = ZIP_FRAME_BYTES - held->used,
			       some = left < room ? left : room;

			memcpy(held->bytes + held->used, from, some);
			held->used += some;
			from += some;
			left -= some;
			if (held->used == ZIP_FRAME_BYTES && write_frame(writer, vcpu))
				return -1;
		}
	}
	return 0;
}

static int trailer_reserve(struct vts_ctf_writer *writer, size_t bytes)
{
	struct check_trailer *larger;

	if (bytes <= writer->trailer_bytes)
		return 0;
	larger = realloc(writer->trailer, bytes);
	if (!larger)
		return -1;
	writer->trailer = larger;
	writer->trailer_bytes = bytes;
	return 0;
}

/*
 * The metadata declare the kinds of events.def, and readers of CTF stop at any other. A record of a
 * kind that is not known here becomes one of kind lost, with the number for its reason.
 */
static void declare(struct vts_event *record)
{
	record->reason = record->kind;
	record->kind = VTS_KIND_LOST;
	record->how = 0;
	memset(record->word, 0, sizeof(record->word));
	record->lost.count = 1;
}

/* The records, or a changed copy where some are of unknown kinds; NULL if out of memory. */
static const struct vts_event *declared(const struct vts_event *records, size_t count)
{
	struct vts_event *copy;
	size_t first = 0;

	while (first < count && vts_fields(records[first].kind))
		first++;
	if (first == count)
		return records;
	copy = malloc(count * sizeof(*copy));
	if (!copy)
		return NULL;
	memcpy(copy, records, count * sizeof(*copy));
	for (size_t i = first; i < count; i++) {
		if (!vts_fields(copy[i].kind))
			declare(&copy[i]);
	}
	return copy;
}

/* One packet, with its trailer: the header says so in packet_size. */
static int write_packet(struct vts_ctf_writer *writer, unsigned vcpu,
			const struct vts_packet_header *packet)
{
	uint64_t content = packet->content_size / 8;
	size_t count = content / VTS_RECORD_BYTES - 1, trailer = check_trailer_bytes(count);
	const struct vts_event *given = (const struct vts_event *)(packet + 1);
	const struct vts_event *records = declared(given, count);
	struct vts_packet_header header = *packet;
	int status = -1;

	if (records && !trailer_reserve(writer, trailer)) {
		struct iovec part[] = {
		    {&header, sizeof(header)},
		    {(void *)records, count * VTS_RECORD_BYTES},
		    {writer->trailer, trailer},
		};

		header.packet_size = (content + trailer) * 8;
		check_trailer_fill(writer->trailer, &header, records, count);
		status = writer->zip ? hold(writer, vcpu, part, 3, content + trailer)
				     : write_all(writer->stream[vcpu], part, 3);
	}
	if (!status && !writer->zip)
		writer->bytes[vcpu] += content + trailer;
	if (records != given)
		free((void *)records);
	return status;
}

static bool packet_fits(const struct vts_packet_header *packet, uint64_t bytes)
{
	return bytes >= sizeof(*packet) && packet->magic == VTS_CTF_MAGIC &&
	       packet->content_size % (VTS_RECORD_BYTES * 8) == 0 &&
	       packet->content_size > sizeof(*packet) * 8 &&
	       packet->content_size <= packet->packet_size && packet->packet_size % 64 == 0 &&
	       packet->packet_size / 8 <= bytes;
}

static int stream_failed(struct vts_ctf_writer *writer, unsigned vcpu, struct vts_error *error)
{
	char name[16];

	stream_name(writer, vcpu, name);
	error_errno(error, writer->path, name, "cannot write");
	writer->failed = true;
	/* If even that fails, the reader takes the rest for a cut tail. */
	if (ftruncate(writer->stream[vcpu], (off_t)writer->bytes[vcpu]))
		error_errno(error, writer->path, name, "cannot write, nor cut the file back");
	return -1;
}

/* 0, or -1 and @error for the packet that could not be written; those after it are only counted. */
static int append_packet(struct vts_ctf_writer *writer, unsigned vcpu,
			 const struct vts_packet_header *packet, struct vts_error *error)
{
	int status = 0;

	if (!writer->failed && writer->stream[vcpu] < 0) {
		status = open_stream(writer, vcpu, error);
		writer->failed = status;
	}
	if (!writer->failed && write_packet(writer, vcpu, packet))
		status = stream_failed(writer, vcpu, error);
	writer->dropped += writer->failed;
	return status;
}

int vts_ctf_write(struct vts_ctf_writer *writer, unsigned vcpu, const void *packets, size_t bytes,
		  struct vts_error *error)
{
	const char *at = packets;
	int status = 0;

	if (vcpu >= VCPUS) {
		error_set(error, "vcpu%u: cannot record it: a trace holds vCPUs 0 to %u", vcpu,
			  VCPUS - 1);
		return -1;
	}
	while (bytes) {
		const struct vts_packet_header *packet = (const struct vts_packet_header *)at;

		if (!packet_fits(packet, bytes)) {
			error_set(error,
				  "%s: not a closed packet: report it as an error of vtscope",
				  writer->path);
			return -1;
		}
		status |= append_packet(writer, vcpu, packet, error);
		at += packet->packet_size / 8;
		bytes -= packet->packet_size / 8;
	}
	return status;
}

int vts_ctf_close(struct vts_ctf_writer *writer, struct vts_error *error)
{
	int status = 0;

	for (unsigned i = 0; i < VCPUS; i++) {
		if (!writer->failed && write_frame(writer, i))
			status = stream_failed(writer, i, error);
		if (writer->stream[i] >= 0 && close(writer->stream[i])) {
			error_errno(error, writer->path, "", "cannot write the last of it");
			status = -1;
		}
		writer->stream[i] = -1;
	}
	if (writer->failed && !status) {
		error_set(error,
			  "%s: incomplete: %" PRIu64
			  " packets could not be written: make room and record again",
			  writer->path, writer->dropped);
		status = -1;
	}
	writer_free(writer);
	return status;
}
