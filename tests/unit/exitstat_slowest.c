// SPDX-License-Identifier: GPL-2.0-only
/* The slowest exits: which are kept, in which order, and what comes with them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tools/exitstat/slowest.h"

static struct slowest slowest;
static struct guest guest;

static void start(size_t wanted)
{
	slowest.wanted = wanted;
	guest_init(&guest, NULL, NULL);
	slowest_init(&slowest);
}

static void finish(void)
{
	slowest_free(&slowest);
	guest_free(&guest);
}

/** An exit of @vcpu at @at, with @details details that took @off_cpu each. */
static void add(unsigned vcpu, uint64_t at, uint64_t latency, size_t details, uint64_t off_cpu)
{
	struct vts_event exit = {
	    .kind = VTS_KIND_EXIT, .vcpu = (uint8_t)vcpu, .exit_tsc = at, .tsc = at + latency};
	struct vts_event *list = calloc(details + 1, sizeof(*list));
	struct exit_group group = {&exit, list, details};

	for (size_t i = 0; i < details; i++)
		list[i] = (struct vts_event){
		    .kind = VTS_KIND_HOST_TIME, .tsc = at + i, .host_time = {.off_cpu = off_cpu}};
	slowest_add(&slowest, &group, &guest);
	slowest_remember(&slowest, &exit);
	free(list);
}

Test(slowest, are_in_order_and_the_rest_is_left_out)
{
	start(3);
	for (uint64_t i = 1; i <= 5; i++)
		add(0, i * 1000, i * 10, 0, 0);
	add(0, 6000, 45, 0, 0);
	add(0, 7000, 50, 0, 0);
	add(0, 8000, 1, 0, 0);
	cr_assert_eq(slowest.count, 3);
	cr_assert_eq(slowest.list[0]->latency, 50);
	cr_assert_eq(slowest.list[0]->exit.exit_tsc, 5000, "of equal ones the first");
	cr_assert_eq(slowest.list[1]->exit.exit_tsc, 7000);
	cr_assert_eq(slowest.list[2]->latency, 45);
	finish();
}

Test(slowest, none_is_kept_unless_wanted)
{
	start(0);
	add(0, 1000, 5, 1, 1);
	cr_assert_eq(slowest.count, 0);
	finish();
}

Test(slowest, know_what_came_before_on_their_vcpu)
{
	start(1);
	for (uint64_t i = 1; i <= 2 * SLOWEST_BEFORE; i++) {
		add(0, i * 1000, 10, 0, 0);
		add(1, i * 1000 + 1, 10, 0, 0);
	}
	add(0, 100000, 500, 0, 0);
	cr_assert_eq(slowest.list[0]->befores, SLOWEST_BEFORE);
	for (uint64_t i = 0; i < SLOWEST_BEFORE; i++)
		cr_expect_eq(slowest.list[0]->before[i].exit_tsc, (SLOWEST_BEFORE + 1 + i) * 1000);
	finish();
}

Test(slowest, the_first_exit_has_nothing_before_it)
{
	start(2);
	add(0, 1000, 10, 0, 0);
	add(0, 2000, 10, 0, 0);
	cr_assert_eq(slowest.list[0]->befores, 0);
	cr_assert_eq(slowest.list[1]->befores, 1);
	finish();
}

Test(slowest, keep_some_details_and_know_how_many_there_were)
{
	start(2);
	add(0, 1000, 100, 3, 20);
	add(0, 2000, 90, SLOWEST_DETAILS + 5, 1);
	cr_assert(slowest.host);
	cr_assert_eq(slowest.list[0]->kept, 3);
	cr_assert_eq(slowest.list[0]->details[2].tsc, 1002);
	cr_assert_eq(slowest.list[0]->part[VTS_HOST_OFF_CPU], 60);
	cr_assert_eq(slowest.list[1]->kept, SLOWEST_DETAILS);
	cr_assert_eq(slowest.list[1]->details_all, SLOWEST_DETAILS + 5);
	cr_assert_eq(slowest.list[1]->part[VTS_HOST_OFF_CPU], SLOWEST_DETAILS + 5);
	finish();
}
