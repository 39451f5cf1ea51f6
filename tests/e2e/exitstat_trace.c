// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes traces whose every figure is known, for the tests of exitstat:
 *
 *   exitstat-trace known DIR      what tests/e2e/exitstat-report.sh expects
 *   exitstat-trace slower DIR     the same, but one CPUID exit takes 7 instr more
 *   exitstat-trace shadow DIR     the same records from a VM with shadow paging
 *   exitstat-trace lossy DIR      the same, with 5 records discarded by the producer
 *   exitstat-trace late DIR       the same, recorded from after the VM's start on
 *   exitstat-trace cycles DIR     the same, in cycles
 *   exitstat-trace many DIR N     N exits from as many RIPs and pages
 *   exitstat-trace varying DIR SEED PERCENT
 *                                 the same in cycles, with latencies that vary from run to run; those
 *                                 of CPUID are longer by so much
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/ctf.h"
#include "trace/hop.h"
#include "trace/names.h"

struct maker {
	struct vts_ctf_writer *writer;
	struct vts_ring_control control;
	struct vts_ring ring;
	struct vts_event *packet;
	struct vts_error error;
	uint64_t now;	   /* TSC */
	uint64_t exit_tsc; /* of the exit in progress */
	unsigned slower;
	uint64_t noise;	  /* state of a random sequence; 0: none */
	unsigned percent; /* CPUID exits take longer by */
};

#define CODE 0x1000000ull /* where the guest's code is */

static void fail(const struct vts_error *error)
{
	fprintf(stderr, "exitstat-trace: %s\n", error->text);
	exit(2);
}

static void close_packet(struct maker *maker)
{
	size_t bytes = (size_t)(maker->ring.next - maker->packet) * VTS_RECORD_BYTES;

	vts_ring_close_packet(&maker->ring);
	if (vts_ctf_write(maker->writer, 0, maker->packet, bytes, &maker->error) < 0)
		fail(&maker->error);
}

static void put(struct maker *maker, struct vts_event event)
{
	event.vm = 1;
	*vts_ring_reserve(&maker->ring) = event;
	if (vts_ring_publish(&maker->ring))
		close_packet(maker);
}

/** The guest runs for @guest, and exits. */
static void leave(struct maker *maker, uint64_t guest)
{
	maker->now += guest;
	maker->exit_tsc = maker->now;
}

/** A detail of the exit in progress, 10 after it. */
static void detail(struct maker *maker, struct vts_event event)
{
	maker->now = maker->exit_tsc + 10;
	event.tsc = maker->now;
	event.exit_tsc = maker->exit_tsc;
	put(maker, event);
}

/** @latency as a processor would have it: up to a tenth more, and now and then much more. */
static uint64_t vary(struct maker *maker, uint64_t latency, unsigned reason)
{
	maker->noise = maker->noise * 6364136223846793005u + 1442695040888963407u;
	if (reason == VTS_REASON_CPUID)
		latency += latency * maker->percent / 100;
	latency += latency * (maker->noise >> 40 & 1023) / 10240;
	return maker->noise >> 58 ? latency : latency * 4;
}

/** The exit in progress ends with an entry after @latency. */
static void enter(struct maker *maker, uint64_t latency, struct vts_event event)
{
	if (maker->noise)
		latency = vary(maker, latency, event.reason);
	maker->now = maker->exit_tsc + latency;
	event.kind = VTS_KIND_EXIT;
	event.tsc = maker->now;
	event.exit_tsc = maker->exit_tsc;
	event.exit.cr3 = 0x8000;
	put(maker, event);
}

static void mark(struct maker *maker, unsigned how, uint64_t ops, uint64_t value)
{
	struct vts_event event = {.kind = VTS_KIND_MARK, .how = how, .reason = 3};
	struct vts_event call = {.how = VTS_EXIT_HYPERCALL, .reason = VTS_REASON_VMCALL};

	memcpy(event.mark.name, "alpha", 5);
	event.mark.ops = ops;
	event.mark.value = value;
	call.exit.rip = CODE + 0x10;
	call.exit.qualification = VTS_HYPERCALL_MARK;
	leave(maker, 1000);
	detail(maker, (struct vts_event){.kind = VTS_KIND_HYPERCALL, .reason = VTS_HYPERCALL_MARK});
	detail(maker, event);
	enter(maker, 90, call);
}

/** 100 CPUID exits of 100 ... 199, leaves 0 to 3, from two places. */
static void cpuids(struct maker *maker)
{
	for (unsigned i = 0; i < 100; i++) {
		struct vts_event event = {.how = VTS_EXIT_EMULATED, .reason = VTS_REASON_CPUID};

		event.exit.rip = CODE + (i % 2 ? 0x20 : 0x40);
		event.exit.qualification = i % 4;
		leave(maker, 50);
		enter(maker, 100 + i + (i == 42 ? maker->slower : 0), event);
	}
}

/** 10 OUTs to 0x3f8 of 300, 5 INs from 0x3fd of 200. */
static void ports(struct maker *maker)
{
	for (unsigned i = 0; i < 15; i++) {
		struct vts_event event = {.how = VTS_EXIT_IO, .reason = VTS_REASON_IO_INSTRUCTION};
		struct vts_event io = {.kind = VTS_KIND_IO_REQUEST,
				       .how = VTS_IO_REQUEST_TRAPPED,
				       .reason = VTS_DEVICE_UART};

		event.exit.rip = CODE + 0x60;
		event.exit.qualification = i < 10 ? 0x3f8u << 16 : 0x3fdu << 16 | 8;
		io.flags = i < 10 ? VTS_FLAG_WRITE : 0;
		io.io_request.address = i < 10 ? 0x3f8 : 0x3fd;
		io.io_request.bytes = 1;
		leave(maker, 20);
		detail(maker, io);
		enter(maker, i < 10 ? 300 : 200, event);
	}
}

/** 8 first touches of pages, of 700, of which 300 clear memory. */
static void touches(struct maker *maker)
{
	for (unsigned i = 0; i < 8; i++) {
		struct vts_event event = {.how = VTS_EXIT_MEMORY,
					  .reason = VTS_REASON_EPT_VIOLATION,
					  .flags = VTS_FLAG_GPA_VALID};
		struct vts_event violation = {.kind = VTS_KIND_EPT_VIOLATION,
					      .how = VTS_EPT_VIOLATION_DEMAND_FILL,
					      .flags = VTS_FLAG_GPA_VALID};

		event.exit.rip = CODE + 0x80;
		event.exit.gpa = 0x2000000 + i / 2 * 4096 + i;
		violation.ept_violation.gpa = event.exit.gpa;
		violation.ept_violation.size = 4096;
		violation.ept_violation.clear = 300;
		leave(maker, 30);
		detail(maker, violation);
		enter(maker, 700, event);
	}
}

/** 4 MOVs to CR3 with a flush each, 2 exits of reason 200, 1 of reason 90, 1 page fault given to
 *  the guest. */
static void others(struct maker *maker)
{
	struct vts_event exit = {.how = VTS_EXIT_EMULATED, .reason = VTS_REASON_CR_ACCESS};

	exit.exit.rip = CODE + 0xa0;
	exit.exit.qualification = 3;
	for (unsigned i = 0; i < 4; i++) {
		leave(maker, 40);
		detail(maker, (struct vts_event){.kind = VTS_KIND_TLB_FLUSH,
						 .how = VTS_TLB_FLUSH_INVVPID_SINGLE,
						 .reason = VTS_CAUSE_GUEST_CR3});
		enter(maker, 400, exit);
	}
	for (unsigned i = 0; i < 3; i++) {
		exit = (struct vts_event){.how = VTS_EXIT_RESUMED, .reason = i < 2 ? 200 : 90};
		exit.exit.rip = 0xffffffff81000000;
		leave(maker, 40);
		enter(maker, 60, exit);
	}
	exit = (struct vts_event){.how = VTS_EXIT_INJECTED, .reason = VTS_REASON_EXCEPTION_NMI};
	exit.exit.rip = CODE + 0xc0;
	exit.exit.gpa = 0x80000b0e;
	leave(maker, 40);
	detail(maker, (struct vts_event){.kind = VTS_KIND_INJECTION,
					 .how = VTS_INJECTION_EXCEPTION,
					 .reason = 14});
	enter(maker, 250, exit);
}

static void known(struct maker *maker)
{
	mark(maker, VTS_MARK_BEGIN, 100, 0);
	cpuids(maker);
	ports(maker);
	mark(maker, VTS_MARK_END, 100, 7);
	touches(maker);
	others(maker);
}

static void many(struct maker *maker, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct vts_event event = {.reason = i % 64, .flags = VTS_FLAG_GPA_VALID};

		event.exit.rip = CODE + i * 16ull;
		event.exit.gpa = i * 4096ull;
		leave(maker, 10);
		enter(maker, 100 + i % 1000, event);
	}
}

static void start(struct maker *maker, const char *directory, unsigned how, bool cycles, bool late)
{
	const struct vts_env env[] = {{"engine", "test"},
				      {"unit", cycles ? "cycles" : "instr"},
				      {"paging", vts_how_name(VTS_KIND_VM_START, how)},
				      {"guest", "known.elf"}};
	const uint8_t uuid[16] = {1, 2, 3};
	struct vts_event event = {
	    .tsc = 1000, .exit_tsc = 1000, .kind = VTS_KIND_VM_START, .how = how};
	char *metadata = vts_ctf_metadata(env, 4, uuid, 50000000);

	maker->writer = metadata ? vts_ctf_create(directory, metadata, &maker->error) : NULL;
	if (!maker->writer)
		fail(&maker->error);
	free(metadata);
	maker->packet = aligned_alloc(64, VTS_HOP_PACKET_BYTES);
	maker->control = (struct vts_ring_control){
	    .abi = VTS_ABI_VERSION, .packet_bytes = VTS_HOP_PACKET_BYTES, .packets = 1, .vm = 1};
	vts_ring_init(&maker->ring, &maker->control, maker->packet);
	event.vm_start.config =
	    VTS_CONFIG_VPID | VTS_CONFIG_WARP | (cycles ? VTS_CONFIG_CYCLES : 0);
	event.vm_start.memory = 64 << 20;
	event.vm_start.hz = 50000000;
	maker->now = 1000;
	if (!late)
		put(maker, event);
}

static void stop(struct maker *maker)
{
	struct vts_event event = {.tsc = maker->now + 500, .kind = VTS_KIND_VM_STOP};

	event.exit_tsc = event.tsc;
	put(maker, event);
	if (maker->ring.next != maker->packet + 1)
		close_packet(maker);
	if (vts_ctf_close(maker->writer, &maker->error) < 0)
		fail(&maker->error);
	free(maker->packet);
}

int main(int argc, char **argv)
{
	static struct maker maker;
	const char *what = argc > 2 ? argv[1] : "";

	if (argc < 3) {
		fputs(
		    "usage: exitstat-trace known|slower|shadow|lossy|late|cycles|many|varying DIR "
		    "[N [PERCENT]]\n",
		    stderr);
		return 2;
	}
	start(&maker, argv[2], strcmp(what, "shadow") ? VTS_VM_START_EPT : VTS_VM_START_SHADOW,
	      !strcmp(what, "cycles") || !strcmp(what, "varying"), !strcmp(what, "late"));
	if (!strcmp(what, "varying") && argc > 4) {
		maker.noise = strtoull(argv[3], NULL, 10) * 2 + 1;
		maker.percent = (unsigned)atoi(argv[4]);
	}
	maker.slower = strcmp(what, "slower") ? 0 : 7;
	if (!strcmp(what, "lossy"))
		maker.control.discarded = 5;
	if (!strcmp(what, "many"))
		many(&maker, argc > 3 ? (unsigned)atoi(argv[3]) : 100000);
	else
		known(&maker);
	stop(&maker);
	return 0;
}
