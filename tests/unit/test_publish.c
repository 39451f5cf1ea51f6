/* SPDX-License-Identifier: GPL-2.0-only */
/* The live channel, between processes. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/channel.h"
#include "trace/publish.h"
#include "trace_fixture.h"

#define PACKET_BYTES 4096u
#define PACKETS	     16u
#define CAPACITY     (63u * PACKETS)

static char name[64];

/* Tests run side by side. */
static void setup(void)
{
	snprintf(name, sizeof(name), "test-%d", getpid());
}

TestSuite(publish, .init = setup, .timeout = 60);

static struct vts_publisher *create(void)
{
	struct vts_error error = {""};
	char *metadata = fixture_metadata();
	struct vts_publisher *publisher =
	    vts_publish_create(name, metadata, PACKET_BYTES, PACKETS, 1, 0, &error);

	cr_assert(publisher, "%s", error.text);
	free(metadata);
	return publisher;
}

static void append(struct vts_publisher *publisher, uint64_t first, size_t count)
{
	struct vts_event events[1000];

	for (size_t i = 0; i < count; i++)
		events[i] = fixture_event(first + i);
	vts_publish_append(publisher, events, count, 0);
}

/* Serve readers until one says that it is done, as vtrun's loop would. */
static void serve(struct vts_publisher *publisher, pid_t child, int *status)
{
	struct pollfd state = {.fd = vts_publish_fd(publisher), .events = POLLIN};

	while (!waitpid(child, status, WNOHANG)) {
		if (poll(&state, 1, 1) > 0)
			vts_publish_accept(publisher);
	}
}

/* Run @reader in a process of its own while this one serves. */
static void with_reader(struct vts_publisher *publisher, void (*reader)(void))
{
	pid_t child = fork();
	int status;

	cr_assert(child >= 0);
	if (!child) {
		reader();
		_exit(0);
	}
	serve(publisher, child, &status);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the reader's status is %d",
		  status);
}

/* In a reader's process: its status is the verdict. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static struct vts_source *attach(void)
{
	struct vts_error error = {""};
	struct vts_source *source = vts_source_attach(name, &error);

	if (!source)
		fprintf(stderr, "%s\n", error.text);
	EXPECT(source);
	return source;
}

static void read_everything(void)
{
	struct vts_source *source = attach();
	struct vts_event events[100];
	uint64_t number = 0;
	size_t count;

	EXPECT(!strcmp(vts_source_env(source, "guest"), "fixture.elf"));
	EXPECT(!strcmp(vts_source_unit(source), "instr"));
	EXPECT(vts_source_total(source) == 0);
	while ((count = vts_source_read(source, events, 100))) {
		for (size_t i = 0; i < count; i++)
			EXPECT(fixture_is(&events[i], number++));
	}
	EXPECT(number == 500);
	EXPECT(vts_source_lost(source) == 0);
	EXPECT(vts_source_ended(source));
	EXPECT(vts_source_problems(source, NULL) == 0);
	vts_source_close(source);
}

Test(publish, a_reader_gets_every_record)
{
	struct vts_publisher *publisher = create();

	append(publisher, 0, 200);
	append(publisher, 200, 1);
	append(publisher, 201, 299);
	vts_publish_end(publisher);
	with_reader(publisher, read_everything);
	with_reader(publisher, read_everything);
	vts_publish_destroy(publisher);
}

static void expect_late(void)
{
	struct vts_source *source = attach();
	static struct vts_event events[CAPACITY];
	size_t count = vts_source_read(source, events, CAPACITY);

	EXPECT(count == CAPACITY - 1);
	EXPECT(fixture_is(&events[0], 5000 - count));
	EXPECT(vts_source_lost(source) == 5000 - count + 7);
	EXPECT(!vts_source_ended(source));
	vts_source_close(source);
}

Test(publish, a_late_reader_is_told_what_it_missed)
{
	struct vts_publisher *publisher = create();

	for (unsigned i = 0; i < 5; i++)
		append(publisher, i * 1000, 1000);
	vts_publish_append(publisher, NULL, 0, 7);
	with_reader(publisher, expect_late);
	vts_publish_destroy(publisher);
}

#define WRITTEN 2000000ull

static void follow(int attached)
{
	struct vts_source *source = attach();
	const struct vts_event *events;
	uint64_t next = 0, read = 0;
	size_t count;

	EXPECT(write(attached, "", 1) == 1);
	while (!vts_source_ended(source)) {
		count = vts_source_next(source, &events);
		for (size_t i = 0; i < count; i++) {
			uint64_t number = events[i].word[0];

			EXPECT(number >= next && fixture_is(&events[i], number));
			next = number + 1;
		}
		read += count;
	}
	EXPECT(next == WRITTEN);
	EXPECT(read + vts_source_lost(source) == WRITTEN);
	_exit(0);
}

/* Three readers in processes of their own, a writer that waits for nobody. */
Test(publish, read_and_lost_add_up_at_full_speed, .timeout = 100)
{
	struct vts_publisher *publisher = create();
	struct pollfd state[2] = {{.fd = vts_publish_fd(publisher), .events = POLLIN},
				  {.events = POLLIN}};
	int attached[2], status;
	unsigned readers = 0;
	char byte;

	cr_assert(!pipe(attached));
	state[1].fd = attached[0];
	for (unsigned i = 0; i < 3; i++) {
		if (!fork())
			follow(attached[1]);
	}
	while (readers < 3) {
		cr_assert(poll(state, 2, 10000) > 0);
		if (state[0].revents)
			vts_publish_accept(publisher);
		if (state[1].revents && read(attached[0], &byte, 1) == 1)
			readers++;
	}
	for (uint64_t number = 0; number < WRITTEN; number += 500)
		append(publisher, number, 500);
	vts_publish_end(publisher);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(wait(&status) > 0);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	}
	vts_publish_destroy(publisher);
}

static void try_to_write(void)
{
	struct vts_publish_hello hello;
	struct iovec part = {&hello, sizeof(hello)};
	char control[CMSG_SPACE(sizeof(int))];
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	int fd = channel_connect(geteuid(), name), memory;

	EXPECT(fd >= 0 && recvmsg(fd, &message, 0) == sizeof(hello));
	memcpy(&memory, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(memory));
	EXPECT(mmap(NULL, hello.bytes, PROT_READ, MAP_SHARED, memory, 0) != MAP_FAILED);
	EXPECT(mmap(NULL, hello.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) ==
	       MAP_FAILED);
	EXPECT(pwrite(memory, "x", 1, 0) == -1);
	EXPECT(ftruncate(memory, 0) == -1);
	EXPECT(ftruncate(memory, 1 << 30) == -1);
	EXPECT(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) == -1);
}

Test(publish, readers_can_only_read)
{
	struct vts_publisher *publisher = create();

	with_reader(publisher, try_to_write);
	append(publisher, 0, 100);
	vts_publish_destroy(publisher);
}

static void expect_listed(void)
{
	static struct vts_running list[100];
	size_t count = vts_running_list(list, 100);
	bool found = false;

	for (size_t i = 0; i < count && i < 100; i++)
		found |= !strcmp(list[i].name, name) && list[i].pid == getppid();
	EXPECT(found);
	EXPECT(vts_running_list(list, 0) == count || count > 1);
}

Test(publish, running_vms_are_listed)
{
	struct vts_publisher *publisher = create();

	with_reader(publisher, expect_listed);
	vts_publish_destroy(publisher);
}

static void attach_and_leave(void)
{
	for (unsigned i = 0; i < 200; i++)
		vts_source_close(attach());
}

Test(publish, readers_come_and_go)
{
	struct vts_publisher *publisher = create();

	with_reader(publisher, attach_and_leave);
	vts_publish_destroy(publisher);
}

Test(publish, bad_arguments)
{
	struct vts_error error = {""};
	struct vts_publisher *publisher = create();

	cr_assert(!vts_publish_create(name, "", PACKET_BYTES, PACKETS, 1, 0, &error));
	cr_assert(strstr(error.text, "a VM of that name is running"), "%s", error.text);
	cr_assert(!vts_publish_create("a/b", "", PACKET_BYTES, PACKETS, 1, 0, &error));
	cr_assert(strstr(error.text, "not a name for a VM"), "%s", error.text);
	cr_assert(!vts_publish_create("", "", PACKET_BYTES, PACKETS, 1, 0, &error));
	cr_assert(!vts_publish_create("x", "", 1000, PACKETS, 1, 0, &error));
	cr_assert(!vts_publish_create("x", "", PACKET_BYTES, 0, 1, 0, &error));
	cr_assert(!vts_source_attach("no-such-vm", &error));
	cr_assert(strstr(error.text, "no running VM has that name"), "%s", error.text);
	vts_publish_destroy(publisher);
}

static void wait_for_death(void)
{
	struct vts_source *source = attach();
	struct vts_event events[100];
	const char *first;
	uint64_t number = 0;
	size_t count;

	while (!vts_source_ended(source)) {
		count = vts_source_read(source, events, 100);
		for (size_t i = 0; i < count; i++)
			EXPECT(fixture_is(&events[i], number++));
	}
	EXPECT(number == 90);
	EXPECT(vts_source_problems(source, &first) == 1);
	EXPECT(strstr(first, "vtrun died"));
	vts_source_close(source);
}

Test(publish, a_killed_vtrun_leaves_what_it_published)
{
	struct vts_error error;
	int ready[2], status;
	char byte;
	pid_t vtrun, reader;

	cr_assert(!pipe(ready));
	vtrun = fork();
	if (!vtrun) {
		struct vts_publisher *publisher = create();
		struct pollfd state = {.fd = vts_publish_fd(publisher), .events = POLLIN};

		append(publisher, 0, 90);
		close(ready[0]);
		EXPECT(write(ready[1], "", 1) == 1);
		poll(&state, 1, 10000);
		vts_publish_accept(publisher);
		raise(SIGKILL);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	reader = fork();
	if (!reader) {
		wait_for_death();
		_exit(0);
	}
	cr_assert_eq(waitpid(reader, &status, 0), reader);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	cr_assert_eq(waitpid(vtrun, &status, 0), vtrun);
	/* Nothing is left behind. */
	cr_assert(!vts_source_attach(name, &error));
}

/*
 * What answers at the address is not a vtrun: each row is a hello or a ring that lies.
 */
struct lie {
	const char *what, *error;
	struct vts_publish_hello hello; /* bytes 0: nothing but the connection's end */
	unsigned seals;
	off_t size;
};

static void answer(int listener, const struct lie *lie)
{
	struct iovec part = {(void *)&lie->hello, sizeof(lie->hello)};
	char space[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof(space)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int memory = memfd_create("lie", MFD_ALLOW_SEALING), fd;

	EXPECT(!ftruncate(memory, lie->size) && !fcntl(memory, F_ADD_SEALS, lie->seals));
	*rights = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(rights), &memory, sizeof(memory));
	fd = accept(listener, NULL, NULL);
	EXPECT(fd >= 0);
	if (lie->hello.bytes)
		EXPECT(sendmsg(fd, &message, 0) == sizeof(lie->hello));
	_exit(0);
}

Test(publish, a_lying_publisher_is_refused)
{
	static const unsigned sealed = F_SEAL_GROW | F_SEAL_SHRINK;
	static const struct lie lies[] = {
	    {.what = "silence", .error = "closed the connection"},
	    {"magic", "not vtrun", {1, 1, 0, 65536, 4096, 0}, sealed, 65536},
	    {"abi", "newer version", {VTS_PUBLISH_MAGIC, 2, 0, 65536, 4096, 0}, sealed, 65536},
	    {"seals", "not sealed", {VTS_PUBLISH_MAGIC, 1, 0, 65536, 4096, 0}, F_SEAL_GROW, 65536},
	    {"size", "not the size", {VTS_PUBLISH_MAGIC, 1, 0, 1ull << 40, 4096, 0}, sealed, 65536},
	    {"metadata",
	     "metadata lie outside",
	     {VTS_PUBLISH_MAGIC, 1, 0, 65536, 65530, 100},
	     sealed,
	     65536},
	    {"offset",
	     "metadata lie outside",
	     {VTS_PUBLISH_MAGIC, 1, 0, 65536, -1ull, 1},
	     sealed,
	     65536},
	    {"no ring", "not a ring", {VTS_PUBLISH_MAGIC, 1, 0, 65536, 4096, 100}, sealed, 65536},
	    {"empty", "too small", {VTS_PUBLISH_MAGIC, 1, 0, 64, 0, 0}, sealed, 64},
	};
	struct sockaddr_un address;
	socklen_t length = channel_address(&address, geteuid(), name);
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	cr_assert(!bind(listener, (struct sockaddr *)&address, length) && !listen(listener, 5));
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct vts_error error = {""};
		pid_t child = fork();

		if (!child)
			answer(listener, &lies[i]);
		cr_assert(!vts_source_attach(name, &error), "%s", lies[i].what);
		cr_assert(strstr(error.text, lies[i].error), "%s: %s", lies[i].what, error.text);
		cr_assert_eq(waitpid(child, NULL, 0), child);
	}
	close(listener);
}

/* Needs root, to become somebody else. */
Test(publish, strangers_are_turned_away)
{
	struct vts_publisher *publisher;
	pid_t child;
	int status;

	if (geteuid())
		cr_skip_test("only root can try it as another user");
	publisher = create();
	child = fork();
	if (!child) {
		struct vts_publish_hello hello;
		int fd;

		EXPECT(!setresuid(65534, 65534, 65534));
		fd = channel_connect(0, name);
		EXPECT(fd >= 0 && recv(fd, &hello, sizeof(hello), 0) == 0);
		EXPECT(vts_running_list(NULL, 0) == 0);
		_exit(0);
	}
	serve(publisher, child, &status);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	vts_publish_destroy(publisher);
}
