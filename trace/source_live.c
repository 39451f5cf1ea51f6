/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching to a running VM. What comes through the channel is another process's word: it is
 * checked. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "publish.h"
#include "ring_reader.h"
#include "source_private.h"

#define BATCH		 1024u /* records copied at a time */
#define HELLO_TIMEOUT_MS 5000
#define METADATA_BYTES	 (4u << 20)

struct source_live {
	struct vts_source source;
	char name[CHANNEL_NAME_MAX + 1];
	int connection;
	void *map;
	size_t bytes;
	struct ring_reader reader;
	uint64_t lost_records; /* said by LOST records */
	struct vts_event batch[BATCH];
};

/* vtrun sends nothing after its hello: what can be read is the end. */
static bool publisher_gone(const struct source_live *live)
{
	struct pollfd state = {.fd = live->connection, .events = POLLIN | POLLRDHUP};

	return poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLRDHUP | POLLERR));
}

static size_t read_batch(struct source_live *live)
{
	size_t count = ring_reader_read(&live->reader, live->batch, BATCH);

	for (size_t i = 0; i < count; i++) {
		if (live->batch[i].kind == VTS_KIND_LOST)
			live->lost_records += live->batch[i].lost.count;
	}
	live->source.lost = live->lost_records;
	source_add_lost(&live->source, live->reader.missed);
	source_add_lost(&live->source, ring_reader_discarded(&live->reader));
	return count;
}

static bool live_fill(struct vts_source *source)
{
	struct source_live *live = (struct source_live *)source;
	bool ended, gone;
	size_t count;

	if (source->ended)
		return false;
	count = read_batch(live);
	if (!count) {
		ended = ring_reader_ended(&live->reader);
		gone = publisher_gone(live);
		/* What was written before the end may have come after our look. */
		if (ended || gone)
			count = read_batch(live);
		source->ended = (ended || gone) && !count;
		if (source->ended && !ended)
			source_problem(
			    source,
			    "%s: vtrun died before the VM's end: later events were never "
			    "published",
			    live->name);
	}
	source->run = live->batch;
	source->run_left = count;
	return count;
}

static void live_close(struct vts_source *source)
{
	struct source_live *live = (struct source_live *)source;

	if (live->map)
		munmap(live->map, live->bytes);
	if (live->connection >= 0)
		close(live->connection);
	metadata_free(&source->metadata);
	free(live);
}

static const struct source_ops live_ops = {live_fill, live_close};

/* The descriptor that came with @message, or -1. */
static int take_descriptor(struct msghdr *message)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
	    rights->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
	return fd;
}

/* Wait for the hello. The memory's descriptor, or -1 and @why. */
static int receive_hello(int connection, struct vts_publish_hello *hello, const char **why)
{
	struct pollfd state = {.fd = connection, .events = POLLIN};
	struct iovec part = {hello, sizeof(*hello)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space),
	};
	ssize_t got;
	int fd;

	*why = "its vtrun does not answer";
	if (poll(&state, 1, HELLO_TIMEOUT_MS) <= 0)
		return -1;
	got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	*why = "its vtrun closed the connection";
	if (got <= 0)
		return -1;
	fd = take_descriptor(&message);
	*why = "what answers there is not vtrun";
	if (got == (ssize_t)sizeof(*hello) && hello->magic == VTS_PUBLISH_MAGIC && fd >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Whether the memory is what the hello says, and can neither shrink nor grow under our mapping. */
static const char *judge_memory(int memory, const struct vts_publish_hello *hello)
{
	int seals = fcntl(memory, F_GET_SEALS);
	struct stat status;

	if (hello->abi < 1 || hello->abi > VTS_ABI_VERSION)
		return "its vtrun is of a newer version";
	if (seals < 0 || (seals & (F_SEAL_GROW | F_SEAL_SHRINK)) != (F_SEAL_GROW | F_SEAL_SHRINK))
		return "its memory is not sealed";
	if (fstat(memory, &status) || (uint64_t)status.st_size != hello->bytes ||
	    hello->bytes > SIZE_MAX / 2)
		return "its memory has not the size that it says";
	if (hello->metadata_bytes > METADATA_BYTES || hello->metadata_offset > hello->bytes ||
	    hello->metadata_bytes > hello->bytes - hello->metadata_offset)
		return "its metadata lie outside its memory";
	return NULL;
}

/* NULL, or what is wrong. */
static const char *map(struct source_live *live, int memory, const struct vts_publish_hello *hello)
{
	const char *why = judge_memory(memory, hello);
	char *text;
	int status;

	if (why)
		return why;
	live->bytes = (size_t)hello->bytes;
	live->map = mmap(NULL, live->bytes, PROT_READ, MAP_SHARED, memory, 0);
	if (live->map == MAP_FAILED) {
		live->map = NULL;
		return strerror(errno);
	}
	why = ring_reader_init(&live->reader, live->map, live->bytes);
	if (why)
		return why;
	/* A copy, since the other side can change it at any time. */
	text = malloc((size_t)hello->metadata_bytes + 1);
	if (!text)
		return "out of memory";
	memcpy(text, (const char *)live->map + hello->metadata_offset, hello->metadata_bytes);
	status = metadata_parse(&live->source.metadata, text, (size_t)hello->metadata_bytes);
	free(text);
	return status ? "out of memory" : NULL;
}

static struct vts_source *attach(uid_t uid, const char *name, struct vts_error *error)
{
	struct source_live *live = calloc(1, sizeof(*live));
	struct vts_publish_hello hello;
	const char *why = "out of memory";
	int memory = -1;

	if (!live)
		goto fail;
	live->source.ops = &live_ops;
	snprintf(live->name, sizeof(live->name), "%s", name);
	live->connection = channel_connect(uid, name);
	if (live->connection < 0) {
		why = errno == ECONNREFUSED ? "no running VM has that name" : strerror(errno);
		goto fail;
	}
	memory = receive_hello(live->connection, &hello, &why);
	if (memory < 0)
		goto fail;
	why = map(live, memory, &hello);
	close(memory);
	if (why)
		goto fail;
	source_find_unit(&live->source);
	return &live->source;
fail:
	error_set(error, "%s: cannot attach: %s: `exitstat list` shows what is running", name, why);
	if (live)
		live_close(&live->source);
	return NULL;
}

/* Of all VMs that we may attach to, the one named @name, or the only one if that is NULL. */
static int find(const char *name, struct channel_entry *found, struct vts_error *error)
{
	FILE *list = fopen("/proc/net/unix", "re");
	struct channel_entry entry;
	unsigned count = 0;

	while (list && channel_next(list, &entry)) {
		if (name && strcmp(entry.name, name))
			continue;
		/* One's own comes before another user's of the same name. */
		if (!count++ || entry.uid == geteuid())
			*found = entry;
	}
	if (list)
		fclose(list);
	if (name && !count)
		error_set(error,
			  "%s: no running VM has that name: `exitstat list` shows those there are",
			  name);
	else if (!count)
		error_set(error,
			  "no VM is running: start one with vtrun, or replay a recorded trace");
	else if (!name && count > 1)
		error_set(error, "%u VMs are running: name one of those that `exitstat list` shows",
			  count);
	else
		return 0;
	return -1;
}

struct vts_source *vts_source_attach(const char *name, struct vts_error *error)
{
	struct channel_entry entry;

	if (find(name, &entry, error))
		return NULL;
	return attach(entry.uid, entry.name, error);
}

size_t vts_running_list(struct vts_running *list, size_t max)
{
	FILE *sockets = fopen("/proc/net/unix", "re");
	struct channel_entry entry;
	size_t count = 0;

	while (sockets && channel_next(sockets, &entry)) {
		int fd = channel_connect(entry.uid, entry.name);

		if (fd < 0)
			continue;
		if (count < max) {
			memcpy(list[count].name, entry.name, sizeof(entry.name));
			list[count].pid = channel_peer_pid(fd);
		}
		count++;
		close(fd);
	}
	if (sockets)
		fclose(sockets);
	return count;
}
