/* SPDX-License-Identifier: GPL-2.0-only */
#include "trace_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct vts_event fixture_event(uint64_t number)
{
	static const uint8_t details[] = {
	    VTS_KIND_TLB_FLUSH,	 VTS_KIND_EPT_VIOLATION, VTS_KIND_SHADOW_FAULT,
	    VTS_KIND_SHADOW_ZAP, VTS_KIND_IO_REQUEST,	 VTS_KIND_INJECTION,
	    VTS_KIND_HYPERCALL,	 VTS_KIND_MARK,		 VTS_KIND_TIME_WARP,
	};
	uint64_t exit = number & ~1ull;
	struct vts_event event = {
	    .tsc = exit * 1000 + 150 + (number & 1) * 100,
	    .exit_tsc = exit * 1000,
	    .vm = 1,
	    .flags = (uint16_t)number,
	    .word = {number, ~number, number * 0x9e3779b97f4a7c15ull, number << 32, 7},
	};

	if (number & 1) {
		event.kind = VTS_KIND_EXIT;
		event.how = (uint8_t)(number / 2 % 11);
		event.reason = (uint16_t)(number / 2 % 80);
	} else {
		event.kind = details[number / 2 % sizeof(details)];
		event.how = (uint8_t)(number / 2 % 7);
		event.reason = (uint16_t)(number / 2 % 12);
	}
	if (!number) {
		event.kind = VTS_KIND_VM_START;
		event.how = VTS_VM_START_EPT;
		event.exit_tsc = event.tsc = 0;
	}
	return event;
}

struct vts_event fixture_stop(uint64_t number)
{
	struct vts_event event = fixture_event(number);

	event.kind = VTS_KIND_VM_STOP;
	event.how = VTS_VM_STOP_GUEST_EXIT;
	return event;
}

bool fixture_is(const struct vts_event *event, uint64_t number)
{
	struct vts_event right = fixture_event(number);

	return !memcmp(event, &right, sizeof(right));
}

void *fixture_packets(uint64_t first, size_t count, uint32_t packet_bytes, bool stop, size_t *bytes)
{
	size_t per = vts_ring_per_packet(packet_bytes), packets = (count + per - 1) / per;
	struct vts_ring_control control = {
	    .packet_bytes = packet_bytes, .packets = (uint32_t)packets, .vm = 1};
	char *data = aligned_alloc(64, packets * packet_bytes);
	struct vts_ring ring;

	cr_assert(data);
	vts_ring_init(&ring, &control, data);
	ring.packet_seq_num = first / per;
	for (uint64_t i = first; i < first + count; i++) {
		bool last = i == first + count - 1;

		*vts_ring_reserve(&ring) = stop && last ? fixture_stop(i) : fixture_event(i);
		if (vts_ring_publish(&ring) || last)
			vts_ring_close_packet(&ring);
	}
	*bytes = (count + packets) * VTS_RECORD_BYTES;
	return data;
}

char *fixture_metadata(void)
{
	static const struct vts_env env[] = {{"engine", "bochs"},
					     {"unit", "instr"},
					     {"paging", "ept"},
					     {"vpid", "yes"},
					     {"guest", "fixture.elf"}};
	static const uint8_t uuid[16] = {1, 2, 3, 4};
	char *text = vts_ctf_metadata(env, sizeof(env) / sizeof(env[0]), uuid, 50000000);

	cr_assert(text);
	return text;
}

char *fixture_path(void)
{
	char above[] = "/tmp/vts-trace-XXXXXX";
	char *path;

	cr_assert(mkdtemp(above));
	cr_assert(asprintf(&path, "%s/trace", above) > 0);
	return path;
}

void fixture_record(const char *path, size_t count, uint32_t packet_bytes)
{
	struct vts_error error = {""};
	char *metadata = fixture_metadata();
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, &error);
	size_t bytes;
	void *packets = fixture_packets(0, count, packet_bytes, true, &bytes);

	cr_assert(writer, "%s", error.text);
	cr_assert(!vts_ctf_write(writer, 0, packets, bytes, &error), "%s", error.text);
	cr_assert(!vts_ctf_close(writer, &error), "%s", error.text);
	free(packets);
	free(metadata);
}

void fixture_remove(char *path)
{
	char *command;

	cr_assert(asprintf(&command, "rm -rf %.*s", (int)(strrchr(path, '/') - path), path) > 0);
	cr_assert(!system(command));
	free(command);
	free(path);
}

static int open_in(const char *directory, const char *name, int flags)
{
	char *path;
	int fd;

	cr_assert(asprintf(&path, "%s/%s", directory, name) > 0);
	fd = open(path, flags | O_CLOEXEC, 0666);
	cr_assert(fd >= 0, "%s", path);
	free(path);
	return fd;
}

char *fixture_load(const char *directory, const char *name, size_t *bytes)
{
	int fd = open_in(directory, name, O_RDONLY);
	struct stat status;
	char *data;

	cr_assert(!fstat(fd, &status));
	*bytes = (size_t)status.st_size;
	data = malloc(*bytes + 1);
	cr_assert(data);
	cr_assert(read(fd, data, *bytes) == (ssize_t)*bytes);
	data[*bytes] = '\0';
	close(fd);
	return data;
}

void fixture_store(const char *directory, const char *name, const void *data, size_t bytes)
{
	int fd = open_in(directory, name, O_WRONLY | O_CREAT);

	/* Without O_TRUNC: some file systems would then write to the disk at once. */
	cr_assert(write(fd, data, bytes) == (ssize_t)bytes);
	cr_assert(!ftruncate(fd, (off_t)bytes));
	close(fd);
}
