/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/data/trace-v1 was recorded by version 1 of the format: every later reader must read it, and
 * count the same. It holds every kind of event, numbers without names, and losses of both sorts.
 * Never replace it.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/source.h"
#include "trace/stats.h"

static struct vts_stats stats;
static struct vts_source *source;

static void setup(void)
{
	const char *srcdir = getenv("SRCDIR");
	struct vts_error error = {""};
	const struct vts_event *events;
	char path[4096];
	size_t count;

	snprintf(path, sizeof(path), "%s/tests/data/trace-v1", srcdir ? srcdir : ".");
	source = vts_source_open_dir(path, &error);
	cr_assert(source, "%s", error.text);
	vts_stats_init(&stats);
	while ((count = vts_source_next(source, &events)))
		cr_assert(!vts_stats_add(&stats, events, count));
}

static void teardown(void)
{
	vts_source_close(source);
	vts_stats_free(&stats);
}

TestSuite(trace_v1, .init = setup, .fini = teardown);

Test(trace_v1, the_run)
{
	const char *first;

	cr_assert_eq(vts_source_problems(source, &first), 0, "%s", first);
	cr_assert_eq(vts_source_lost(source), 3 + 5);
	cr_assert(vts_source_ended(source));
	cr_assert_str_eq(vts_source_unit(source), "instr");
	cr_assert_str_eq(vts_source_env(source, "guest"), "a \"quoted\" guest.elf");
	cr_assert_str_eq(vts_source_env(source, "paging"), "shadow");
	cr_assert(stats.started);
	cr_assert_eq(stats.start.how, VTS_VM_START_SHADOW);
	cr_assert_eq(stats.start.vm_start.memory, 64 << 20);
	cr_assert(stats.stopped);
	cr_assert_eq(stats.stop.vm_stop.status, 33);
	cr_assert_eq(stats.first_tsc, 10);
	cr_assert_eq(stats.last_tsc, 16100);
}

Test(trace_v1, the_counts)
{
	const struct vts_counts *total = &stats.total;

	cr_assert_eq(total->events, 50);
	cr_assert_eq(total->exits, 19);
	cr_assert_eq(total->vmm_time, 4108);
	cr_assert_eq(total->guest_time, 11912);
	cr_assert_eq(total->clear_time, 8 * 70 + 80);
	cr_assert_eq(total->idle_time, 77000);
	cr_assert_eq(total->transition_flushes, 19);
	cr_assert_eq(total->reason[VTS_REASON_EXCEPTION_NMI], 10);
	cr_assert_eq(total->reason[VTS_REASON_VMCALL], 3);
	cr_assert_eq(total->reason[VTS_STATS_REASONS - 1], 1);
	cr_assert_eq(total->exit_how[VTS_STATS_HOWS - 1], 1);
	cr_assert_eq(total->flush[VTS_TLB_FLUSH_INVVPID_ADDRESS][VTS_CAUSE_SHADOW_ZAP], 8);
	cr_assert_eq(total->shadow_fault[VTS_SHADOW_FAULT_FILL], 8);
	cr_assert_eq(total->shadow_fault[VTS_SHADOW_FAULT_PT_WRITE], 1);
	cr_assert_eq(total->shadow_zap_entries[VTS_SHADOW_ZAP_PT_WRITE], 3);
	cr_assert_eq(total->ept_violation[VTS_EPT_VIOLATION_DEMAND_FILL], 1);
	cr_assert_eq(total->injection[VTS_INJECTION_EXCEPTION], 1);
	cr_assert_eq(total->hypercall[VTS_HYPERCALL_MARK], 2);
	cr_assert_eq(total->io[VTS_DEVICE_CONSOLE].bytes, 128);
	cr_assert_eq(total->io[VTS_DEVICE_UART].trapped, 1);
	cr_assert_eq(total->lost, 5);
	cr_assert_eq(vts_hist_percentile(&stats.all, 500), 303);
	cr_assert_eq(stats.all.max, 700);
}

Test(trace_v1, the_phase)
{
	const struct vts_phase *phase = &stats.phase[0];

	cr_assert_eq(stats.phases, 1);
	cr_assert_str_eq(phase->name, "pages");
	cr_assert_eq(phase->id, 5);
	cr_assert_eq(phase->ops, 8);
	cr_assert_eq(phase->value, 77);
	cr_assert_eq(phase->begin, 2060);
	cr_assert_eq(phase->end, 12000);
	cr_assert_eq(phase->counts->exits, 13);
	cr_assert_eq(phase->counts->reason[VTS_REASON_VMCALL], 1);
	cr_assert_eq(phase->counts->hypercall[VTS_HYPERCALL_MARK], 0);
	cr_assert_eq(phase->counts->vmm_time + phase->counts->guest_time, 12000 - 2060);
}
