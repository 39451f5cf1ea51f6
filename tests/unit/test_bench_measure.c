// SPDX-License-Identifier: GPL-2.0-only
/* From a trace and a console to a result; the traces are written with trace/ctf.h. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/store.h"
#include "trace/ctf.h"

#define PACKET_BYTES 4096

/* A producer whose ring is long enough for a whole test. */
struct trace {
	struct vts_ring_control control;
	struct vts_ring ring;
	unsigned char *data;
	uint64_t tsc;
	char dir[32];
};

static void begin(struct trace *trace)
{
	memset(trace, 0, sizeof(*trace));
	trace->control.abi = VTS_ABI_VERSION;
	trace->control.packet_bytes = PACKET_BYTES;
	trace->control.packets = 64;
	trace->data = aligned_alloc(64, 64 * PACKET_BYTES);
	memset(trace->data, 0, 64 * PACKET_BYTES);
	trace->tsc = 1000;
	vts_ring_init(&trace->ring, &trace->control, trace->data);
	strcpy(trace->dir, "/tmp/vtscope-bench-XXXXXX");
	cr_assert(mkdtemp(trace->dir));
}

static void put(struct trace *trace, struct vts_event event)
{
	*vts_ring_reserve(&trace->ring) = event;
	if (vts_ring_publish(&trace->ring))
		vts_ring_close_packet(&trace->ring);
}

static struct vts_event detail(const struct trace *trace, enum vts_kind kind, unsigned how,
			       unsigned reason)
{
	return (struct vts_event){.tsc = trace->tsc + 40,
				  .kind = kind,
				  .how = how,
				  .reason = reason,
				  .exit_tsc = trace->tsc};
}

/* An exit 10 after the last entry, which takes 50. */
static void put_exit(struct trace *trace, unsigned reason)
{
	put(trace, (struct vts_event){.tsc = trace->tsc + 50,
				      .kind = VTS_KIND_EXIT,
				      .how = VTS_EXIT_EMULATED,
				      .reason = reason,
				      .exit_tsc = trace->tsc});
	trace->tsc += 60;
}

static void put_mark(struct trace *trace, unsigned how, uint64_t ops, uint64_t value)
{
	struct vts_event mark = detail(trace, VTS_KIND_MARK, how, 0);

	mark.mark.ops = ops;
	mark.mark.value = value;
	memcpy(mark.mark.name, "demand", 6);
	put(trace, mark);
	put_exit(trace, VTS_REASON_VMCALL);
}

static void put_fill(struct trace *trace)
{
	struct vts_event fill =
	    detail(trace, VTS_KIND_EPT_VIOLATION, VTS_EPT_VIOLATION_DEMAND_FILL, 0);

	fill.ept_violation.size = 4096;
	fill.ept_violation.clear = 7;
	put(trace, fill);
	put_exit(trace, VTS_REASON_EPT_VIOLATION);
}

static void put_start(struct trace *trace)
{
	put(trace,
	    (struct vts_event){
		.tsc = 990, .kind = VTS_KIND_VM_START, .how = VTS_VM_START_EPT, .exit_tsc = 990});
}

static void put_stop(struct trace *trace)
{
	put(trace, (struct vts_event){
		       .tsc = trace->tsc, .kind = VTS_KIND_VM_STOP, .exit_tsc = trace->tsc});
}

/* Write the trace out; @cut bytes of its tail are lost. */
static void finish(struct trace *trace, size_t cut)
{
	static const struct vts_env env[] = {{"engine", "bochs"}, {"unit", "instr"}};
	static const uint8_t uuid[16] = {1};
	char *metadata = vts_ctf_metadata(env, 2, uuid, 50000000);
	struct vts_ctf_writer *writer;
	struct vts_error error;

	if (trace->ring.next != trace->ring.packet_end - PACKET_BYTES / 64 + 1)
		vts_ring_close_packet(&trace->ring);
	writer = vts_ctf_create(trace->dir, metadata, &error);
	cr_assert(writer, "%s", error.text);
	for (uint64_t i = 0; i < trace->ring.packet_seq_num; i++) {
		const struct vts_packet_header *header =
		    (const void *)(trace->data + i * PACKET_BYTES);

		cr_assert_eq(vts_ctf_write(writer, 0, header, header->packet_size / 8, &error), 0,
			     "%s", error.text);
	}
	cr_assert_eq(vts_ctf_close(writer, &error), 0, "%s", error.text);
	if (cut) {
		char path[64];

		snprintf(path, sizeof(path), "%s/vcpu0", trace->dir);
		cr_assert_eq(truncate(path, (off_t)(64 + cut)), 0);
	}
	free(metadata);
	free(trace->data);
}

static struct vtb_result measured(const struct trace *trace, enum vtb_paging paging)
{
	struct vtb_cell cell = {
	    .workload = vtb_workload_find("demand"), .paging = paging, .vpid = true};
	struct vtb_result result;

	vtb_result_init(&result, &cell);
	vtb_measure_trace(&result, trace->dir);
	vtb_remove_tree(trace->dir);
	return result;
}

Test(bench_measure, a_phase)
{
	struct vtb_result result;
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_exit(&trace, VTS_REASON_CPUID); /* before the phase */
	put_mark(&trace, VTS_MARK_BEGIN, 100, 0);
	for (unsigned i = 0; i < 100; i++)
		put_fill(&trace);
	put_mark(&trace, VTS_MARK_END, 100, 63);
	put_exit(&trace, VTS_REASON_CPUID); /* after it */
	put_stop(&trace);
	finish(&trace, 0);
	result = measured(&trace, VTB_EPT);
	cr_assert_str_eq(result.error, "");
	cr_assert_str_eq(result.unit, "instr");
	cr_assert_eq(result.ops, 100);
	cr_assert_eq(result.exits, 100);
	cr_assert_eq(result.vmm, 5000);
	cr_assert_eq(result.guest, 1010,
		     "a stretch before each exit, and one before the end mark's");
	cr_assert_eq(result.total, 6010);
	cr_assert_eq(result.clear, 700);
	cr_assert_eq(result.measured, 63);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(json_object_size(result.exits_by_reason), 1);
	cr_assert_eq(vtb_count(result.exits_by_reason, "ept_violation"), 100);
	cr_assert_eq(vtb_count(result.ept_violations, "demand_fill"), 100);
	cr_assert_eq(json_object_size(result.shadow_faults), 0);
	vtb_result_free(&result);
}

Test(bench_measure, the_hash_is_over_every_record)
{
	char hashes[2][20];

	for (unsigned i = 0; i < 2; i++) {
		struct vtb_result result;
		struct trace trace;

		begin(&trace);
		put_start(&trace);
		put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
		put_mark(&trace, VTS_MARK_END, 1, 0);
		put_exit(&trace, i ? VTS_REASON_CPUID : VTS_REASON_HLT);
		put_stop(&trace);
		finish(&trace, 0);
		result = measured(&trace, VTB_EPT);
		strcpy(hashes[i], result.trace_hash);
		vtb_result_free(&result);
	}
	cr_assert_str_neq(hashes[0], hashes[1]);
}

Test(bench_measure, unknown_numbers_keep_their_number)
{
	struct vtb_result result;
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	put_exit(&trace, 100);
	put_mark(&trace, VTS_MARK_END, 1, 0);
	put_stop(&trace);
	finish(&trace, 0);
	result = measured(&trace, VTB_EPT);
	cr_assert_eq(vtb_count(result.exits_by_reason, "100"), 1);
	cr_assert_eq(result.measured, VTB_UNKNOWN, "no value is not the value 0");
	vtb_result_free(&result);
}

/* A phase of an exit that skips idle time, in VM time only. */
Test(bench_measure, skipped_idle_time_is_no_part_of_the_phase)
{
	struct trace trace;
	struct vts_event warp;
	struct vtb_result result;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	warp = detail(&trace, VTS_KIND_TIME_WARP, 0, 0);
	warp.word[0] = 100;
	warp.word[1] = 5100;
	put(&trace, warp);
	put_exit(&trace, VTS_REASON_HLT);
	put_mark(&trace, VTS_MARK_END, 1, 0);
	put_stop(&trace);
	finish(&trace, 0);
	result = measured(&trace, VTB_EPT);
	cr_assert_str_eq(result.error, "");
	cr_assert_eq(result.idle, 5000);
	cr_assert_eq(result.total, result.guest + result.vmm);
	vtb_result_free(&result);
}

static void expect_failure(struct trace *trace, size_t cut, const char *text)
{
	struct vtb_result result;

	finish(trace, cut);
	result = measured(trace, VTB_EPT);
	cr_assert(strstr(result.error, text), "'%s' instead of '%s'", result.error, text);
	vtb_result_free(&result);
}

Test(bench_measure, a_missing_phase_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_stop(&trace);
	expect_failure(&trace, 0, "marked 0 phases");
}

Test(bench_measure, an_unfinished_phase_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	put_fill(&trace);
	put_stop(&trace);
	expect_failure(&trace, 0, "was not finished");
}

Test(bench_measure, two_phases_fail)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	for (unsigned i = 0; i < 2; i++) {
		put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
		put_mark(&trace, VTS_MARK_END, 1, 0);
	}
	put_stop(&trace);
	expect_failure(&trace, 0, "marked 2 phases");
}

Test(bench_measure, a_phase_without_operations_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 0, 0);
	put_mark(&trace, VTS_MARK_END, 0, 0);
	put_stop(&trace);
	expect_failure(&trace, 0, "did no operation");
}

Test(bench_measure, a_trace_without_an_end_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	put_mark(&trace, VTS_MARK_END, 1, 0);
	expect_failure(&trace, 0, "does not end with the VM's end");
}

Test(bench_measure, loss_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	put_mark(&trace, VTS_MARK_END, 1, 0);
	put_stop(&trace);
	trace.control.discarded = 3;
	expect_failure(&trace, 0, "3 events were lost");
}

Test(bench_measure, a_cut_tail_fails)
{
	struct trace trace;

	begin(&trace);
	put_start(&trace);
	put_mark(&trace, VTS_MARK_BEGIN, 1, 0);
	put_mark(&trace, VTS_MARK_END, 1, 0);
	put_stop(&trace);
	expect_failure(&trace, 100, "the trace is damaged");
}

Test(bench_measure, no_trace_fails)
{
	struct trace trace = {.dir = "/nonexistent"};
	struct vtb_result result = measured(&trace, VTB_EPT);

	cr_assert(strstr(result.error, "/nonexistent"), "%s", result.error);
	vtb_result_free(&result);
}

static struct vtb_result console(const char *text, uint64_t ops, uint64_t value)
{
	struct vtb_cell cell = {.workload = vtb_workload_find("demand2m"), .paging = VTB_EPT};
	struct vtb_result result;

	vtb_result_init(&result, &cell);
	result.ops = ops;
	result.measured = value;
	vtb_measure_console(&result, text);
	return result;
}

Test(bench_console, the_last_line_of_that_form_counts)
{
	struct vtb_result result = console("chatter\ndemand: ops 1 digest aaa\n"
					   "demand: ops 24 digest 00ff measured 310\nmore\n",
					   24, 310);

	cr_assert_str_eq(result.error, "");
	cr_assert_str_eq(result.digest, "00ff");
	cr_assert_eq(result.measured, 310);
}

Test(bench_console, it_stands_in_for_marks)
{
	struct vtb_result result =
	    console("demand: ops 24 digest 00ff measured 310\n", VTB_UNKNOWN, VTB_UNKNOWN);

	cr_assert_str_eq(result.error, "");
	cr_assert_eq(result.ops, 24);
	cr_assert_eq(result.measured, 310);
}

Test(bench_console, contradictions_fail)
{
	struct vtb_result other_ops = console("demand: ops 25 digest 00ff\n", 24, 310);
	struct vtb_result other_value =
	    console("demand: ops 24 digest 00ff measured 311\n", 24, 310);

	cr_assert(strstr(other_ops.error, "ops 25, its mark says 24"));
	cr_assert(strstr(other_value.error, "311"));
}

Test(bench_console, other_lines_do_not_count)
{
	static const char *const bad[] = {
	    "",
	    "\n",
	    "demand2m: ops 24 digest 00ff\n",
	    "demand: ops digest 00ff\n",
	    "demand: ops 24 digest \n",
	    "demand: ops 24 00ff\n",
	    "xdemand: ops 24 digest 00ff\n",
	    "demand: ops 24 digest zzz\n",
	    "demand: ops 24 digest 00ff",
	    "demand: ops 24 digest 00112233445566778899aabbccddeeff00112233445566778899\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct vtb_result result = console(bad[i], 24, 310);

		cr_assert(strstr(result.error, "printed no line"), "'%s' was taken", bad[i]);
	}
}
