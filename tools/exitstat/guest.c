// SPDX-License-Identifier: GPL-2.0-only
/* Where in the guest an exit belongs. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "guest.h"

#define USER_TABLE 0x1000ull /* page-table isolation: where the user's table lies */

bool guest_names_open(struct guest_names *names)
{
	struct vts_error error;

	names->symbols = NULL;
	names->unwind = NULL;
	if (names->symbols_file && !(names->symbols = symbols_open(names->symbols_file, &error))) {
		complain("%s", error.text);
		return false;
	}
	if (names->unwind_file &&
	    !(names->unwind =
		  unwind_open(names->unwind_file, symbols_first(names->symbols), &error))) {
		complain("%s", error.text);
		guest_names_close(names);
		return false;
	}
	return true;
}

void guest_names_close(struct guest_names *names)
{
	unwind_close(names->unwind);
	symbols_close(names->symbols);
	names->unwind = NULL;
	names->symbols = NULL;
}

void guest_init(struct guest *guest, const struct symbols *symbols, const struct unwind *unwind)
{
	memset(guest, 0, sizeof(*guest));
	guest->symbols = symbols;
	intern_init(&guest->phases);
	intern_init(&guest->processes);
	intern_init(&guest->tables);
	guest->stacks = stacks_create(unwind);
}

void guest_free(struct guest *guest)
{
	intern_free(&guest->phases);
	intern_free(&guest->processes);
	intern_free(&guest->tables);
	stacks_free(guest->stacks);
	guest->stacks = NULL;
	free(guest->table);
	guest->table = NULL;
}

/** The number of a mark's name; INTERN_NONE if there are too many. */
static uint32_t mark_name(struct intern *names, const struct vts_event *mark)
{
	char name[17] = {0};

	memcpy(name, mark->mark.name, 16);
	if (names->count >= GUEST_NAMES_MAX)
		return intern_find(names, name, strlen(name));
	return intern_add(names, name, strlen(name));
}

static void begin_phase(struct guest *guest, const struct vts_event *mark)
{
	if (guest->depth == GUEST_PHASES_OPEN)
		return;
	guest->open[guest->depth].id = mark->reason;
	guest->open[guest->depth++].name = mark_name(&guest->phases, mark);
}

/** The innermost phase of that id ends. */
static void end_phase(struct guest *guest, const struct vts_event *mark)
{
	size_t at = guest->depth;

	while (at && guest->open[at - 1].id != mark->reason)
		at--;
	if (!at)
		return;
	guest->depth--;
	memmove(&guest->open[at - 1], &guest->open[at],
		(guest->depth - (at - 1)) * sizeof(guest->open[0]));
}

/** A new page table's number, with room for what is known of it. */
static uint32_t add_table(struct guest *guest, uint64_t page)
{
	if (guest->tables.count == guest->room) {
		size_t room = guest->room ? guest->room * 2 : 16;
		void *table = realloc(guest->table, room * sizeof(*guest->table));

		if (!table)
			die_of_memory();
		guest->table = table;
		guest->room = room;
	}
	return intern_add(&guest->tables, &page, sizeof(page));
}

/** The process whose CR3 @exit shows has the name in @mark; an empty name takes it away. */
static void name_process(struct guest *guest, const struct vts_event *mark,
			 const struct vts_event *exit)
{
	uint64_t page = guest_page_table(exit->exit.cr3);
	uint32_t number = intern_find(&guest->tables, &page, sizeof(page));
	struct guest_table table = {INTERN_NONE, exit->flags & VTS_FLAG_USER};

	if (mark->mark.name[0] || mark->mark.name[1])
		table.name = mark_name(&guest->processes, mark);
	if (number == INTERN_NONE) {
		if (guest->tables.count >= GUEST_NAMES_MAX)
			return;
		number = add_table(guest, page);
	}
	guest->table[number] = table;
}

void guest_enter(struct guest *guest, const struct exit_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *mark = &group->details[i];

		if (mark->kind == VTS_KIND_LOST && mark->how == VTS_LOST_LEFT_OUT)
			guest->partial = true;
		if (mark->kind != VTS_KIND_MARK)
			continue;
		if (mark->how == VTS_MARK_END)
			end_phase(guest, mark);
		else if (mark->how == VTS_MARK_PROCESS && group->exit)
			name_process(guest, mark, group->exit);
	}
}

void guest_leave(struct guest *guest, const struct exit_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->details[i].kind == VTS_KIND_MARK &&
		    group->details[i].how == VTS_MARK_BEGIN)
			begin_phase(guest, &group->details[i]);
}

/** The name of a page table, or INTERN_NONE. */
static uint32_t table_name(const struct guest *guest, uint64_t page, bool user_only)
{
	uint32_t number = intern_find(&guest->tables, &page, sizeof(page));

	if (number == INTERN_NONE || (user_only && !guest->table[number].user))
		return INTERN_NONE;
	return guest->table[number].name;
}

uint64_t guest_process(const struct guest *guest, const struct vts_event *exit)
{
	uint64_t page = guest_page_table(exit->exit.cr3);
	uint32_t name;

	if (!guest->tables.count)
		return page;
	name = table_name(guest, page, false);
	if (name == INTERN_NONE && !(exit->flags & VTS_FLAG_USER) && !(page & USER_TABLE))
		name = table_name(guest, page | USER_TABLE, true);
	return name == INTERN_NONE ? page : GUEST_NAMED | name;
}

uint64_t guest_phase(const struct guest *guest)
{
	uint32_t name = guest->depth ? guest->open[guest->depth - 1].name : INTERN_NONE;

	return name == INTERN_NONE ? 0 : (uint64_t)name + 1;
}

bool guest_in_phase(const struct guest *guest, const char *name)
{
	uint32_t number = intern_find(&guest->phases, name, strlen(name));

	for (size_t i = 0; number != INTERN_NONE && i < guest->depth; i++)
		if (guest->open[i].name == number)
			return true;
	return false;
}
