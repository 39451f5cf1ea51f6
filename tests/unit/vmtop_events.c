/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/vmtop_events.h"

#include <stdlib.h>
#include <string.h>

#include "trace/ctf.h"
#include "trace/ring.h"

/** Packets of 16 records, so that a small trace has many. */
#define PACKET_BYTES (17 * sizeof(struct vts_event))

struct life {
	struct vts_event *next;
	uint64_t now;
};

static struct vts_event *add(struct life *life, unsigned kind, unsigned how, unsigned reason)
{
	struct vts_event *event = life->next++;

	memset(event, 0, sizeof(*event));
	event->kind = (uint8_t)kind;
	event->how = (uint8_t)how;
	event->reason = (uint16_t)reason;
	event->tsc = event->exit_tsc = life->now;
	return event;
}

/** The exit's own record, after its details; an exit takes 1000 units with the guest's share. */
static void end_exit(struct life *life, unsigned reason, unsigned how, uint64_t latency)
{
	struct vts_event *event;

	life->now += latency;
	event = add(life, VTS_KIND_EXIT, how, reason);
	event->exit_tsc = life->now - latency;
	event->exit.rip = 0x1000000 + reason;
}

static void cpuids(struct life *life)
{
	for (int i = 0; i < 1000; i++) {
		life->now += 900;
		end_exit(life, VTS_REASON_CPUID, VTS_EXIT_EMULATED, 100);
	}
}

static void violations(struct life *life)
{
	for (int i = 0; i < 500; i++) {
		struct vts_event *event;

		life->now += 400;
		event = add(life, VTS_KIND_EPT_VIOLATION, VTS_EPT_VIOLATION_DEMAND_FILL, 0);
		event->ept_violation.size = 4096;
		event->ept_violation.clear = 300;
		end_exit(life, VTS_REASON_EPT_VIOLATION, VTS_EXIT_MEMORY, 600);
	}
}

static void hypercalls(struct life *life)
{
	for (int i = 0; i < 100; i++) {
		struct vts_event *event;

		life->now += 800;
		add(life, VTS_KIND_HYPERCALL, VTS_HYPERCALL_OK, VTS_HYPERCALL_CONSOLE_WRITE);
		event = add(life, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_PV, VTS_DEVICE_CONSOLE);
		event->io_request.bytes = 16;
		end_exit(life, VTS_REASON_VMCALL, VTS_EXIT_HYPERCALL, 200);
	}
}

static void port_writes(struct life *life)
{
	for (int i = 0; i < 50; i++) {
		struct vts_event *event;

		life->now += 600;
		event = add(life, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, VTS_DEVICE_UART);
		event->io_request.bytes = 1;
		end_exit(life, VTS_REASON_IO_INSTRUCTION, VTS_EXIT_IO, 400);
	}
}

static void cr3_loads(struct life *life)
{
	for (int i = 0; i < 20; i++) {
		add(life, VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_INVVPID_SINGLE, VTS_CAUSE_GUEST_CR3);
		end_exit(life, VTS_REASON_CR_ACCESS, VTS_EXIT_EMULATED, 1000);
	}
}

void vmtop_events(struct vts_event events[VMTOP_EVENTS_COUNT])
{
	struct life life = {.next = events};
	struct vts_event *start = add(&life, VTS_KIND_VM_START, VTS_VM_START_EPT, 0), *stop;

	start->vm_start.config = VTS_CONFIG_VPID | VTS_CONFIG_PV;
	start->vm_start.memory = 64u << 20;
	start->vm_start.hz = VMTOP_EVENTS_HZ;
	cpuids(&life);
	violations(&life);
	hypercalls(&life);
	port_writes(&life);
	cr3_loads(&life);
	life.now += 1000;
	end_exit(&life, VTS_REASON_HLT, VTS_EXIT_STOPPED, 10);
	stop = add(&life, VTS_KIND_VM_STOP, VTS_VM_STOP_GUEST_EXIT, 0);
	stop->vm_stop.status = VMTOP_EVENTS_STATUS;
	stop->vm_stop.exits = VMTOP_EVENTS_EXITS;
	stop->vm_stop.records = VMTOP_EVENTS_COUNT - 1;
}

char *vmtop_metadata(const char *name, const char *guest)
{
	static const uint8_t uuid[16] = {1};
	const struct vts_env env[] = {
	    {"engine", "bochs"}, {"unit", "instr"}, {"paging", "ept"}, {"io", "pv"},
	    {"vpid", "yes"},	 {"name", name},    {"guest", guest},
	};

	return vts_ctf_metadata(env, sizeof(env) / sizeof(env[0]), uuid, VMTOP_EVENTS_HZ);
}

/** A producer's ring just large enough for everything: its closed packets are the trace. */
static size_t make_packets(void *packets, size_t size, const struct vts_event *events, size_t count)
{
	struct vts_ring_control control = {.abi = VTS_ABI_VERSION, .packet_bytes = PACKET_BYTES};
	struct vts_ring ring;
	bool full = true;

	control.packets = (uint32_t)(size / PACKET_BYTES);
	vts_ring_init(&ring, &control, packets);
	for (size_t i = 0; i < count; i++) {
		*vts_ring_reserve(&ring) = events[i];
		full = vts_ring_publish(&ring);
		if (full)
			vts_ring_close_packet(&ring);
	}
	if (!full)
		vts_ring_close_packet(&ring);
	return (count / 16 * 17 + (count % 16 ? count % 16 + 1 : 0)) * sizeof(events[0]);
}

int vmtop_record_events(const char *path, const char *guest, const struct vts_event *events,
			size_t count, struct vts_error *error)
{
	size_t size = (count / 16 + 1) * PACKET_BYTES;
	void *packets = calloc(1, size);
	char *metadata = vmtop_metadata("twin", guest);
	struct vts_ctf_writer *writer = vts_ctf_create(path, metadata, error);
	int result = -1;

	if (writer) {
		size_t bytes = make_packets(packets, size, events, count);

		result = vts_ctf_write(writer, 0, packets, bytes, error);
		result |= vts_ctf_close(writer, error);
	}
	free(metadata);
	free(packets);
	return result;
}

int vmtop_record(const char *path, const char *guest, uint64_t lost, struct vts_error *error)
{
	static struct vts_event events[VMTOP_EVENTS_COUNT + 1];
	size_t count = VMTOP_EVENTS_COUNT;

	vmtop_events(events);
	if (lost) {
		events[count] = events[count - 1];
		events[count - 1].kind = VTS_KIND_LOST;
		events[count - 1].how = 0;
		events[count - 1].lost.count = lost;
		count++;
	}
	return vmtop_record_events(path, guest, events, count, error);
}
