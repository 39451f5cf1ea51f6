/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/stats.h"

static struct vts_stats stats;

static void add(struct vts_event event)
{
	cr_assert_eq(vts_stats_add(&stats, &event, 1), 0);
}

static void exit_at(uint64_t exit_tsc, uint64_t entry_tsc, unsigned reason)
{
	add((struct vts_event){.kind = VTS_KIND_EXIT,
			       .tsc = entry_tsc,
			       .exit_tsc = exit_tsc,
			       .reason = (uint16_t)reason,
			       .how = VTS_EXIT_EMULATED});
}

static struct vts_event detail(unsigned kind, unsigned how, unsigned reason, uint64_t exit_tsc)
{
	return (struct vts_event){.kind = (uint8_t)kind,
				  .how = (uint8_t)how,
				  .reason = (uint16_t)reason,
				  .tsc = exit_tsc + 1,
				  .exit_tsc = exit_tsc};
}

static void set_mark(unsigned how, unsigned id, uint64_t exit_tsc, uint64_t ops)
{
	struct vts_event event = detail(VTS_KIND_MARK, how, id, exit_tsc);

	event.mark.ops = ops;
	memcpy(event.mark.name, "a phase's name!!", 16);
	add(event);
}

/* A mark as the VMM records it: the hypercall, the mark, the exit. */
static void mark_exit(unsigned how, unsigned id, uint64_t exit_tsc, uint64_t entry_tsc)
{
	add(detail(VTS_KIND_HYPERCALL, VTS_HYPERCALL_OK, VTS_HYPERCALL_MARK, exit_tsc));
	set_mark(how, id, exit_tsc, how == VTS_MARK_END ? 3 : 0);
	exit_at(exit_tsc, entry_tsc, VTS_REASON_VMCALL);
}

static void setup(void)
{
	vts_stats_init(&stats);
}

static void teardown(void)
{
	vts_stats_free(&stats);
}

TestSuite(stats, .init = setup, .fini = teardown);

Test(stats, times_come_from_exit_records)
{
	add((struct vts_event){.kind = VTS_KIND_VM_START, .tsc = 100, .exit_tsc = 100});
	exit_at(1100, 1150, VTS_REASON_CPUID);
	add(detail(VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_INVVPID_SINGLE, VTS_CAUSE_GUEST_CR3, 2150));
	exit_at(2150, 2350, VTS_REASON_CR_ACCESS);
	cr_assert_eq(stats.total.exits, 2);
	cr_assert_eq(stats.total.events, 4);
	cr_assert_eq(stats.total.vmm_time, 250);
	cr_assert_eq(stats.total.guest_time, 2000);
	cr_assert_eq(stats.total.reason[VTS_REASON_CPUID], 1);
	cr_assert_eq(stats.total.reason_time[VTS_REASON_CR_ACCESS], 200);
	cr_assert_eq(stats.reason[VTS_REASON_CPUID]->max, 50);
	cr_assert_eq(stats.all.sum, 250);
	cr_assert_eq(stats.first_tsc, 100);
	cr_assert_eq(stats.last_tsc, 2350);
	cr_assert(stats.started && !stats.stopped);
	cr_assert_eq(vts_counts_flushes(&stats.total, VTS_TLB_FLUSH_INVVPID_SINGLE), 1);
	cr_assert_eq(vts_counts_flushes(&stats.total, 200), 0);
}

Test(stats, every_kind_has_its_counter)
{
	struct vts_event event;

	event = detail(VTS_KIND_EPT_VIOLATION, VTS_EPT_VIOLATION_DEMAND_FILL, 0, 10);
	event.ept_violation.clear = 70;
	add(event);
	event = detail(VTS_KIND_SHADOW_FAULT, VTS_SHADOW_FAULT_FILL, 0, 10);
	event.shadow_fault.clear = 7;
	add(event);
	event = detail(VTS_KIND_SHADOW_ZAP, VTS_SHADOW_ZAP_PT_WRITE, 0, 10);
	event.shadow_zap.entries = 5;
	add(event);
	event = detail(VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_PV, VTS_DEVICE_CONSOLE, 10);
	event.io_request.bytes = 512;
	add(event);
	event.how = VTS_IO_REQUEST_TRAPPED;
	add(event);
	add(detail(VTS_KIND_INJECTION, VTS_INJECTION_EXCEPTION, 14, 10));
	add(detail(VTS_KIND_HYPERCALL, VTS_HYPERCALL_OK, VTS_HYPERCALL_CONSOLE_WRITE, 10));
	event = detail(VTS_KIND_TIME_WARP, 0, 0, 10);
	event.word[0] = 1000;
	event.word[1] = 4000;
	add(event);
	event = detail(VTS_KIND_LOST, 0, 0, 10);
	event.lost.count = 9;
	add(event);
	event = detail(VTS_KIND_VM_STOP, VTS_VM_STOP_HALTED, 0, 10);
	add(event);

	cr_assert_eq(stats.total.ept_violation[VTS_EPT_VIOLATION_DEMAND_FILL], 1);
	cr_assert_eq(stats.total.shadow_fault[VTS_SHADOW_FAULT_FILL], 1);
	cr_assert_eq(stats.total.clear_time, 77);
	cr_assert_eq(stats.total.shadow_zap[VTS_SHADOW_ZAP_PT_WRITE], 1);
	cr_assert_eq(stats.total.shadow_zap_entries[VTS_SHADOW_ZAP_PT_WRITE], 5);
	cr_assert_eq(stats.total.io[VTS_DEVICE_CONSOLE].requests, 2);
	cr_assert_eq(stats.total.io[VTS_DEVICE_CONSOLE].bytes, 1024);
	cr_assert_eq(stats.total.io[VTS_DEVICE_CONSOLE].pv, 1);
	cr_assert_eq(stats.total.io[VTS_DEVICE_CONSOLE].trapped, 1);
	cr_assert_eq(stats.total.injection[VTS_INJECTION_EXCEPTION], 1);
	cr_assert_eq(stats.total.hypercall[VTS_HYPERCALL_CONSOLE_WRITE], 1);
	cr_assert_eq(stats.total.idle_time, 3000);
	cr_assert_eq(stats.total.lost, 9);
	cr_assert_eq(stats.total.exits, 0);
	cr_assert(stats.stopped);
	cr_assert_eq(stats.stop.how, VTS_VM_STOP_HALTED);
}

Test(stats, a_phase_holds_what_lies_between_its_marks)
{
	const struct vts_phase *phase = &stats.phase[0];

	add((struct vts_event){.kind = VTS_KIND_VM_START, .tsc = 0});
	exit_at(50, 60, VTS_REASON_CPUID); /* before */
	mark_exit(VTS_MARK_BEGIN, 7, 100, 130);
	cr_assert_eq(stats.phases, 1);
	cr_assert_not(phase->ended);
	for (uint64_t t = 200; t < 500; t += 100) {
		add(detail(VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_INVVPID_ADDRESS,
			   VTS_CAUSE_GUEST_INVLPG, t));
		exit_at(t, t + 40, VTS_REASON_INVLPG);
	}
	mark_exit(VTS_MARK_END, 7, 600, 630);
	exit_at(700, 710, VTS_REASON_CPUID); /* after */

	cr_assert_eq(stats.phases, 1);
	cr_assert(phase->ended);
	cr_assert_eq(phase->id, 7);
	cr_assert_eq(phase->ops, 3);
	cr_assert_str_eq(phase->name, "a phase's name!!");
	cr_assert_eq(phase->begin, 130);
	cr_assert_eq(phase->end, 600);
	cr_assert_eq(phase->counts->exits, 3);
	cr_assert_eq(phase->counts->events, 6);
	cr_assert_eq(phase->counts->reason[VTS_REASON_INVLPG], 3);
	cr_assert_eq(phase->counts->reason[VTS_REASON_VMCALL], 0);
	cr_assert_eq(phase->counts->reason[VTS_REASON_CPUID], 0);
	cr_assert_eq(phase->counts->hypercall[VTS_HYPERCALL_MARK], 0);
	cr_assert_eq(phase->counts->flush[VTS_TLB_FLUSH_INVVPID_ADDRESS][VTS_CAUSE_GUEST_INVLPG],
		     3);
	cr_assert_eq(phase->counts->vmm_time, 120);
	/* Every instant of the phase is the guest's or the VMM's. */
	cr_assert_eq(phase->counts->vmm_time + phase->counts->guest_time,
		     phase->end - phase->begin);
	cr_assert_eq(stats.total.exits, 7);
}

Test(stats, an_open_phase_counts_up_to_now)
{
	static struct vts_counts counts;

	mark_exit(VTS_MARK_BEGIN, 1, 100, 130);
	exit_at(200, 210, VTS_REASON_CPUID);
	exit_at(300, 310, VTS_REASON_CPUID);
	vts_stats_phase_counts(&stats, &stats.phase[0], &counts);
	cr_assert_eq(counts.exits, 2);
	cr_assert_eq(counts.guest_time, 160);
	mark_exit(VTS_MARK_END, 1, 400, 430);
	exit_at(500, 510, VTS_REASON_CPUID);
	vts_stats_phase_counts(&stats, &stats.phase[0], &counts);
	cr_assert_eq(counts.exits, 2);
}

Test(stats, phases_may_nest_and_follow_one_another)
{
	mark_exit(VTS_MARK_BEGIN, 1, 100, 110);
	mark_exit(VTS_MARK_BEGIN, 2, 200, 210);
	exit_at(300, 310, VTS_REASON_CPUID);
	mark_exit(VTS_MARK_END, 2, 400, 410);
	exit_at(500, 510, VTS_REASON_CPUID);
	mark_exit(VTS_MARK_END, 1, 600, 610);
	mark_exit(VTS_MARK_BEGIN, 1, 700, 710);
	mark_exit(VTS_MARK_END, 1, 800, 810);
	cr_assert_eq(stats.phases, 3);
	cr_assert_eq(stats.phase[0].counts->exits, 4);
	cr_assert_eq(stats.phase[1].counts->exits, 1);
	cr_assert_eq(stats.phase[2].counts->exits, 0);
	cr_assert_eq(stats.phase[2].counts->guest_time, 90);
}

Test(stats, natively_the_end_mark_says_it_all)
{
	struct vts_event end = detail(VTS_KIND_MARK, VTS_MARK_END, 4, 9000);

	end.tsc = 9000;
	end.mark.begin_tsc = 1000;
	end.mark.ops = 64;
	end.mark.value = 5;
	add(end);
	cr_assert_eq(stats.phases, 1);
	cr_assert(stats.phase[0].ended);
	cr_assert_eq(stats.phase[0].begin, 1000);
	cr_assert_eq(stats.phase[0].end, 9000);
	cr_assert_eq(stats.phase[0].ops, 64);
	cr_assert_eq(stats.phase[0].value, 5);
	cr_assert_eq(stats.phase[0].counts->events, 0);
	/* A begin mark before it makes no difference. */
	set_mark(VTS_MARK_BEGIN, 5, 9500, 0);
	end.reason = 5;
	add(end);
	cr_assert_eq(stats.phases, 2);
	cr_assert_eq(stats.phase[1].begin, 1000);
	cr_assert_eq(stats.phase[1].counts->events, 0);
}

Test(stats, an_end_without_a_beginning_is_only_counted)
{
	mark_exit(VTS_MARK_END, 1, 100, 130);
	mark_exit(VTS_MARK_POINT, 1, 200, 230);
	cr_assert_eq(stats.phases, 0);
	cr_assert_eq(stats.total.exits, 2);
}

Test(stats, more_phases_than_fit_are_counted)
{
	for (unsigned i = 0; i < VTS_STATS_PHASES + 5; i++) {
		mark_exit(VTS_MARK_BEGIN, i, 1000 * i, 1000 * i + 10);
		mark_exit(VTS_MARK_END, i, 1000 * i + 100, 1000 * i + 110);
	}
	cr_assert_eq(stats.phases, VTS_STATS_PHASES);
	cr_assert_eq(stats.phases_dropped, 5);
}

Test(stats, vcpus_have_their_own_time)
{
	struct vts_event event = {.kind = VTS_KIND_EXIT, .tsc = 1010, .exit_tsc = 1000, .vcpu = 0};

	add(event);
	event.vcpu = 1;
	event.exit_tsc = 10;
	event.tsc = 20;
	add(event);
	event.exit_tsc = 120;
	event.tsc = 130;
	add(event);
	cr_assert_eq(stats.total.guest_time, 100);
	cr_assert_eq(stats.last_tsc, 1010);
}

Test(stats, times_that_go_back_count_as_nothing)
{
	exit_at(1000, 900, VTS_REASON_CPUID);
	exit_at(500, 600, VTS_REASON_CPUID);
	cr_assert_eq(stats.total.vmm_time, 100);
	cr_assert_eq(stats.total.guest_time, 0);
	cr_assert_eq(stats.reason[VTS_REASON_CPUID]->min, 0);
}

Test(stats, any_bytes_at_all)
{
	static struct vts_event events[4096];
	uint64_t state = 42, exits = 0;
	unsigned char *bytes = (unsigned char *)events;

	for (unsigned round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(events); i++) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			bytes[i] = (unsigned char)(state >> 56);
		}
		for (size_t i = 0; i < 4096; i++) {
			/* Half of them of kinds that are looked into, the marks' ids few. */
			if (i % 2)
				events[i].kind %= 16;
			if (i % 4)
				events[i].how %= 3;
			if (events[i].kind == VTS_KIND_MARK)
				events[i].reason %= 8;
			exits += events[i].kind == VTS_KIND_EXIT;
		}
		cr_assert_eq(vts_stats_add(&stats, events, 4096), 0);
	}
	cr_assert_eq(stats.total.events, 20 * 4096);
	cr_assert_eq(stats.total.exits, exits);
	cr_assert_eq(stats.all.count, exits);
}

Test(stats, reasons_beyond_the_table_share_its_last_row)
{
	exit_at(100, 110, 127);
	exit_at(200, 210, 128);
	exit_at(300, 310, 65535);
	cr_assert_eq(stats.total.reason[VTS_STATS_REASONS - 1], 3);
}

Test(stats, left_out_exits_leave_the_guest_no_time)
{
	add((struct vts_event){.kind = VTS_KIND_VM_START, .tsc = 100, .exit_tsc = 100});
	exit_at(1100, 1150, VTS_REASON_CPUID);
	add((struct vts_event){
	    .kind = VTS_KIND_LOST, .how = VTS_LOST_LEFT_OUT, .tsc = 1150, .exit_tsc = 1150});
	cr_assert(stats.partial);
	exit_at(2150, 2350, VTS_REASON_CR_ACCESS);
	mark_exit(VTS_MARK_BEGIN, 1, 3000, 3100);
	exit_at(4000, 4100, VTS_REASON_CPUID);
	mark_exit(VTS_MARK_END, 1, 5000, 5100);
	cr_assert_eq(stats.total.guest_time, 1000, "what was told before stays");
	cr_assert_eq(stats.total.vmm_time, 50 + 200 + 100 + 100 + 100);
	cr_assert_eq(stats.phase[0].counts->guest_time, 0);
	cr_assert_eq(stats.total.lost, 0);
}
