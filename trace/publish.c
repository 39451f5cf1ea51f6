/* SPDX-License-Identifier: GPL-2.0-only */
#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel.h"
#include "error.h"

#define PAGE_BYTES 4096u
#define PEERS_MAX  64

struct vts_publisher {
	struct vts_publish_hello hello;
	int memory;
	int listener;
	void *map;
	struct vts_ring ring;
	int peer[PEERS_MAX]; /* readers' connections, kept open */
	unsigned peers;
};

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

/*
 * Readers get the very same memory, so it is sealed: nobody can change its size under another one's
 * mapping, nor map it for writing any more. Our own mapping was made before.
 */
static int make_memory(struct vts_publisher *publisher)
{
	uint64_t bytes = publisher->hello.bytes;

	publisher->memory = memfd_create("vtscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (publisher->memory < 0 || ftruncate(publisher->memory, (off_t)bytes))
		return -1;
	publisher->map =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, publisher->memory, 0);
	if (publisher->map == MAP_FAILED) {
		publisher->map = NULL;
		return -1;
	}
	return fcntl(publisher->memory, F_ADD_SEALS,
		     F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
}

static int make_listener(struct vts_publisher *publisher, const char *name)
{
	struct sockaddr_un address;
	socklen_t length = channel_address(&address, geteuid(), name);

	publisher->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (publisher->listener < 0)
		return -1;
	if (bind(publisher->listener, (struct sockaddr *)&address, length))
		return -1;
	return listen(publisher->listener, PEERS_MAX);
}

static void fill_memory(struct vts_publisher *publisher, const char *metadata,
			const struct vts_ring_control *geometry)
{
	struct vts_ring_control *control = publisher->map;

	*control = *geometry;
	memcpy((char *)publisher->map + publisher->hello.metadata_offset, metadata,
	       publisher->hello.metadata_bytes);
	vts_ring_init(&publisher->ring, control, (char *)publisher->map + geometry->data_offset);
}

static bool geometry_valid(uint32_t packet_bytes, uint32_t packets)
{
	return packet_bytes >= 2 * VTS_RECORD_BYTES && packet_bytes % VTS_RECORD_BYTES == 0 &&
	       packets >= 2;
}

static bool arguments_valid(const char *name, uint32_t packet_bytes, uint32_t packets,
			    struct vts_error *error)
{
	if (!channel_name_valid(name)) {
		error_set(error,
			  "%s: not a name for a VM: use 1 to %d letters, digits, '.', '_' or '-'",
			  name, CHANNEL_NAME_MAX);
		return false;
	}
	if (!geometry_valid(packet_bytes, packets)) {
		error_set(
		    error,
		    "%s: cannot publish packets of %u bytes, %u of them: use two or more, of a "
		    "multiple of 64 bytes from 128 on",
		    name, packet_bytes, packets);
		return false;
	}
	return true;
}

struct vts_publisher *vts_publish_create(const char *name, const char *metadata,
					 uint32_t packet_bytes, uint32_t packets, uint16_t vm,
					 uint16_t vcpu, struct vts_error *error)
{
	size_t metadata_bytes = strlen(metadata);
	uint64_t data = PAGE_BYTES + round_up(metadata_bytes);
	struct vts_ring_control geometry = {
	    .abi = VTS_ABI_VERSION,
	    .packet_bytes = packet_bytes,
	    .packets = packets,
	    .vm = vm,
	    .vcpu = vcpu,
	    .data_offset = data,
	};
	struct vts_publisher *publisher;

	if (!arguments_valid(name, packet_bytes, packets, error))
		return NULL;
	publisher = calloc(1, sizeof(*publisher));
	if (!publisher) {
		error_set(error, "%s: out of memory: free some and try again", name);
		return NULL;
	}
	publisher->memory = publisher->listener = -1;
	publisher->hello = (struct vts_publish_hello){
	    .magic = VTS_PUBLISH_MAGIC,
	    .abi = VTS_ABI_VERSION,
	    .pid = (uint32_t)getpid(),
	    .bytes = data + round_up((uint64_t)packet_bytes * packets),
	    .metadata_offset = PAGE_BYTES,
	    .metadata_bytes = metadata_bytes,
	};
	if (make_memory(publisher)) {
		error_set(error,
			  "%s: cannot make memory to publish in: %s: free some and try again", name,
			  strerror(errno));
		goto fail;
	}
	fill_memory(publisher, metadata, &geometry);
	if (make_listener(publisher, name)) {
		error_set(error, "%s: cannot listen for readers: %s: %s", name,
			  errno == EADDRINUSE ? "a VM of that name is running" : strerror(errno),
			  errno == EADDRINUSE ? "choose another name with --name"
					      : "check the limits on sockets");
		goto fail;
	}
	return publisher;
fail:
	vts_publish_destroy(publisher);
	return NULL;
}

int vts_publish_fd(const struct vts_publisher *publisher)
{
	return publisher->listener;
}

static bool peer_allowed(int fd)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length))
		return false;
	return credentials.uid == geteuid() || credentials.uid == 0;
}

static bool send_hello(const struct vts_publisher *publisher, int fd)
{
	struct iovec part = {(void *)&publisher->hello, sizeof(publisher->hello)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &publisher->memory, sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)part.iov_len;
}

/* Forget the readers that have gone. */
static void reap(struct vts_publisher *publisher)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < publisher->peers; i++) {
		struct pollfd state = {.fd = publisher->peer[i]};

		if (poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)))
			close(publisher->peer[i]);
		else
			publisher->peer[kept++] = publisher->peer[i];
	}
	publisher->peers = kept;
}

void vts_publish_accept(struct vts_publisher *publisher)
{
	int fd;

	while ((fd = accept4(publisher->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (publisher->peers == PEERS_MAX)
			reap(publisher);
		if (publisher->peers < PEERS_MAX && peer_allowed(fd) && send_hello(publisher, fd))
			publisher->peer[publisher->peers++] = fd;
		else
			close(fd);
	}
}

/* Records that fit into the open packet. */
static void append(struct vts_ring *ring, const struct vts_event *events, size_t count)
{
	uint64_t head = ring->control->head;

	/* Readers must know what is being overwritten before it is. */
	__atomic_store_n(&ring->control->reserve, head + count, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(ring->next, events, count * sizeof(*events));
	ring->next += count;
	__atomic_store_n(&ring->control->head, head + count, __ATOMIC_RELEASE);
	if (ring->next == ring->packet_end)
		vts_ring_close_packet(ring);
}

void vts_publish_append(struct vts_publisher *publisher, const struct vts_event *events,
			size_t count, uint64_t discarded)
{
	struct vts_ring *ring = &publisher->ring;

	__atomic_store_n(&ring->control->discarded, discarded, __ATOMIC_RELAXED);
	while (count) {
		size_t room = (size_t)(ring->packet_end - ring->next);
		size_t some = count < room ? count : room;

		append(ring, events, some);
		events += some;
		count -= some;
	}
}

void vts_publish_end(struct vts_publisher *publisher)
{
	struct vts_ring *ring = &publisher->ring;

	if (!vts_ring_packet_empty(ring))
		vts_ring_close_packet(ring);
	__atomic_store_n(&ring->control->ended, 1, __ATOMIC_RELEASE);
}

void vts_publish_destroy(struct vts_publisher *publisher)
{
	if (!publisher)
		return;
	for (unsigned i = 0; i < publisher->peers; i++)
		close(publisher->peer[i]);
	if (publisher->listener >= 0)
		close(publisher->listener);
	if (publisher->map)
		munmap(publisher->map, publisher->hello.bytes);
	if (publisher->memory >= 0)
		close(publisher->memory);
	free(publisher);
}
