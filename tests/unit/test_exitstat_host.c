// SPDX-License-Identifier: GPL-2.0-only
/* The host's share in exits. */
#include <criterion/criterion.h>

#include "tools/exitstat/host.h"

static struct host host;

static void add(unsigned reason, uint64_t latency, uint64_t off_cpu, uint64_t user)
{
	struct vts_event exit = {.kind = VTS_KIND_EXIT,
				 .reason = (uint16_t)reason,
				 .exit_tsc = 1000,
				 .tsc = 1000 + latency};
	struct vts_event detail = {.kind = VTS_KIND_HOST_TIME,
				   .host_time = {.off_cpu = off_cpu, .user = user, .switches = 1}};
	struct exit_group group = {&exit, &detail, off_cpu || user};

	host_add(&host, &group);
}

Test(host, sums_by_reason)
{
	add(10, 100, 60, 10);
	add(10, 50, 0, 0);
	add(30, 7, 0, 2);
	cr_assert(host.any);
	cr_assert_eq(host.row[10].count, 2);
	cr_assert_eq(host.row[10].latency, 150);
	cr_assert_eq(host.row[10].part[VTS_HOST_OFF_CPU], 60);
	cr_assert_eq(host.row[10].switches, 1);
	cr_assert_eq(vts_host_rest(host.row[10].latency, host.row[10].part), 80);
	cr_assert_eq(host.row[30].part[VTS_HOST_USER], 2);
}

Test(host, why_names_the_largest_part)
{
	const uint64_t none[VTS_HOST_PARTS] = {0}, off[VTS_HOST_PARTS] = {60, 10, 0, 0},
		       user[VTS_HOST_PARTS] = {1, 2, 3, 90}, more[VTS_HOST_PARTS] = {80, 80, 0, 0};

	cr_assert_str_eq(vts_host_why(100, none), "hypervisor");
	cr_assert_str_eq(vts_host_why(100, off), "scheduled out");
	cr_assert_str_eq(vts_host_why(100, user), "user space");
	cr_assert_eq(vts_host_rest(100, more), 0, "parts of a damaged trace do not wrap");
}
