// SPDX-License-Identifier: GPL-2.0-only
/* Where an exit belongs: processes by their names, phases, and stacks folded from them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/folded.h"

static struct guest guest;
static struct folded folded;

static struct vts_event mark(unsigned how, unsigned id, const char *name)
{
	struct vts_event event = {
	    .kind = VTS_KIND_MARK, .how = (uint8_t)how, .reason = (uint16_t)id};

	memcpy(event.mark.name, name, strlen(name));
	return event;
}

/** An exit with this CR3 and perhaps a mark within, of which @phase is the phase it counts in. */
static void pass(uint64_t cr3, bool user, const struct vts_event *detail, uint64_t *phase)
{
	struct vts_event exit = {.kind = VTS_KIND_EXIT,
				 .reason = VTS_REASON_CPUID,
				 .how = VTS_EXIT_EMULATED,
				 .tsc = 110,
				 .exit_tsc = 100,
				 .flags = user ? VTS_FLAG_USER : 0,
				 .exit = {.cr3 = cr3, .rip = 0x1000}};
	struct exit_group group = {&exit, detail, detail ? 1 : 0};

	guest_enter(&guest, &group);
	if (phase)
		*phase = guest_phase(&guest);
	if (folded.depth)
		folded_add(&folded, &group, &guest);
	guest_leave(&guest, &group);
}

/** The process of an exit, in words. */
static const char *process_at(uint64_t cr3, bool user)
{
	static char text[DIMENSION_LABEL_MAX];
	struct vts_event exit = {.flags = user ? VTS_FLAG_USER : 0, .exit = {.cr3 = cr3}};

	dimensions[BY_PROCESS].label(guest_process(&guest, &exit), &guest, text, sizeof(text));
	return text;
}

static void name(uint64_t cr3, bool user, const char *text)
{
	struct vts_event event = mark(VTS_MARK_PROCESS, 0, text);

	pass(cr3, user, &event, NULL);
}

Test(guest, a_process_is_its_name_else_its_page_table)
{
	guest_init(&guest, NULL, NULL);
	cr_assert_str_eq(process_at(0x8000000000005123, false), "cr3 0x5000", "PCID is left away");
	name(0x5123, false, "worker");
	cr_assert_str_eq(process_at(0x5fff, false), "worker");
	cr_assert_str_eq(process_at(0x6000, false), "cr3 0x6000");
	name(0x5000, false, "other");
	cr_assert_str_eq(process_at(0x5000, true), "other");
	name(0x5000, false, "");
	cr_assert_str_eq(process_at(0x5000, true), "cr3 0x5000");
	name(0x7000, false, "sixteen letters!");
	cr_assert_str_eq(process_at(0x7000, false), "sixteen letters!");
	guest_free(&guest);
}

Test(guest, isolated_page_tables_share_a_name)
{
	guest_init(&guest, NULL, NULL);
	name(0x9000, true, "user");
	cr_assert_str_eq(process_at(0x9000, true), "user");
	cr_assert_str_eq(process_at(0x8000, false), "user", "the kernel's half");
	cr_assert_str_eq(process_at(0x8000, true), "cr3 0x8000", "CPL 3 never runs on it");
	cr_assert_str_eq(process_at(0xa000, false), "cr3 0xa000");
	name(0xd000, false, "kernel");
	cr_assert_str_eq(process_at(0xc000, false), "cr3 0xc000", "not named at CPL 3");
	name(0x8000, false, "own");
	cr_assert_str_eq(process_at(0x8000, false), "own");
	guest_free(&guest);
}

Test(guest, names_are_bounded_in_number)
{
	char text[17];

	guest_init(&guest, NULL, NULL);
	for (unsigned i = 0; i < GUEST_NAMES_MAX + 100; i++) {
		snprintf(text, sizeof(text), "p%u", i);
		name((uint64_t)(i + 1) << 13, false, text);
	}
	cr_assert_eq(guest.processes.count, GUEST_NAMES_MAX);
	cr_assert_str_eq(process_at(1 << 13, false), "p0");
	cr_assert_str_eq(process_at((GUEST_NAMES_MAX + 50ull) << 13, false), "cr3 0x20064000");
	guest_free(&guest);
}

Test(guest, a_phase_lasts_from_after_its_begin_to_before_its_end)
{
	struct vts_event begin = mark(VTS_MARK_BEGIN, 1, "outer"),
			 inner = mark(VTS_MARK_BEGIN, 2, "inner"), end = mark(VTS_MARK_END, 1, ""),
			 inner_end = mark(VTS_MARK_END, 2, "");
	uint64_t phase;

	guest_init(&guest, NULL, NULL);
	pass(0, false, &begin, &phase);
	cr_expect_eq(phase, 0, "the begin mark's exit is outside");
	pass(0, false, NULL, &phase);
	cr_expect_eq(phase, 1);
	pass(0, false, &inner, &phase);
	cr_expect_eq(phase, 1);
	pass(0, false, NULL, &phase);
	cr_expect_eq(phase, 2, "the innermost");
	cr_expect(guest_in_phase(&guest, "outer"));
	pass(0, false, &end, &phase);
	cr_expect_eq(phase, 2, "phases need not nest");
	cr_expect(!guest_in_phase(&guest, "outer"));
	pass(0, false, &inner_end, &phase);
	cr_expect_eq(phase, 0, "the end mark's exit is outside");
	pass(0, false, &inner_end, &phase);
	cr_expect_eq(phase, 0, "an end without a begin does nothing");
	cr_expect(!guest_in_phase(&guest, "never"));
	guest_free(&guest);
}

Test(guest, more_phases_than_can_be_open_do_no_harm)
{
	struct vts_event begin = mark(VTS_MARK_BEGIN, 1, "many"), end = mark(VTS_MARK_END, 1, "");
	uint64_t phase;

	guest_init(&guest, NULL, NULL);
	for (unsigned i = 0; i < GUEST_PHASES_OPEN + 10; i++)
		pass(0, false, &begin, NULL);
	for (unsigned i = 0; i < GUEST_PHASES_OPEN + 10; i++)
		pass(0, false, &end, &phase);
	cr_assert_eq(phase, 0);
	guest_free(&guest);
}

/** What folded_text prints. */
static char *folded_string(void)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	cr_assert_not_null(file);
	folded_text(&folded, &guest, file);
	fclose(file);
	return text;
}

Test(guest, stacks_fold)
{
	char *text;

	guest_init(&guest, NULL, NULL);
	folded_usual(&folded, false);
	folded_init(&folded);
	name(0x1000, false, "a;b\nc");
	pass(0x1000, false, NULL, NULL);
	pass(0x2000, false, NULL, NULL);
	text = folded_string();
	cr_assert_str_eq(text, "a,b?c;cpuid;exit: emulated 20\n"
			       "cr3 0x2000;cpuid;exit: emulated 10\n");
	free(text);
	folded.counts = true;
	text = folded_string();
	cr_assert_str_eq(text, "a,b?c;cpuid;exit: emulated 2\n"
			       "cr3 0x2000;cpuid;exit: emulated 1\n");
	free(text);
	folded_free(&folded);
	guest_free(&guest);
}

Test(guest, a_frame_that_an_exit_lacks_is_left_out)
{
	char *text;

	guest_init(&guest, NULL, NULL);
	folded = (struct folded){.by = {BY_PORT, BY_REASON}, .depth = 2, .counts = true};
	folded_init(&folded);
	pass(0x1000, false, NULL, NULL);
	text = folded_string();
	cr_assert_str_eq(text, "cpuid 1\n");
	free(text);
	folded_free(&folded);
	guest_free(&guest);
}

Test(intern, keeps_each_once_and_finds_all)
{
	struct intern intern;

	intern_init(&intern);
	for (uint64_t round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 10000; i++)
			cr_assert_eq(intern_add(&intern, &i, sizeof(i)), i);
	cr_assert_eq(intern.count, 10000);
	cr_assert_eq(intern_find(&intern, "x", 1), INTERN_NONE);
	cr_assert_eq(intern_add(&intern, "", 0), 10000);
	cr_assert_eq(intern_add(&intern, "\0", 1), 10001, "lengths differ");
	cr_assert_eq(*(const uint64_t *)intern_bytes(&intern, 77), 77);
	intern_free(&intern);
}
