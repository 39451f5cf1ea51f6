/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/fleet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/vmtop/compare.h"

static void member_free(struct member *member)
{
	model_close(member->model);
	model_copy_free(member->frozen);
	for (int i = 0; i < SCOPE_COUNT; i++)
		free(member->report[i]);
	memset(member, 0, sizeof(*member));
}

/** A place for one more: a VM that has ended makes room. */
static bool make_room(struct fleet *fleet)
{
	if (fleet->count < FLEET_MAX)
		return true;
	for (size_t i = 0; i < fleet->count; i++) {
		if (!fleet->member[i].model->settled)
			continue;
		member_free(&fleet->member[i]);
		fleet->count--;
		memmove(&fleet->member[i], &fleet->member[i + 1],
			(fleet->count - i) * sizeof(fleet->member[0]));
		return true;
	}
	return false;
}

/** Take over @model, which is NULL if it could not be opened. */
static int add(struct fleet *fleet, struct model *model, struct vts_error *error)
{
	struct member member = {.model = model};

	if (!model)
		return -1;
	for (int i = 0; i < SCOPE_COUNT; i++)
		member.report[i] = calloc(1, sizeof(struct report));
	if (!member.report[SCOPE_TOTAL] || !member.report[SCOPE_INTERVAL] || !make_room(fleet)) {
		snprintf(error->text, sizeof(error->text),
			 "no room for one more VM: end other programs, or watch at most %d VMs",
			 FLEET_MAX);
		member_free(&member);
		return -1;
	}
	fleet->member[fleet->count++] = member;
	fleet_report(fleet, fleet->count - 1);
	return 0;
}

int fleet_attach(struct fleet *fleet, const char *name, struct vts_error *error)
{
	return add(fleet, model_attach(name, fleet->symbols, model_host_clock(), error), error);
}

int fleet_replay(struct fleet *fleet, const char *path, double step, struct vts_error *error)
{
	return add(fleet, model_replay(path, fleet->symbols, step, error), error);
}

/** One source a VM, so that each has its own page; how many were added, or -1 and @error. */
static int add_every_kvm(struct fleet *fleet, const struct vts_kvm_options *options,
			 struct vts_error *error)
{
	struct vts_kvm_vm vms[FLEET_MAX];
	size_t count = vts_kvm_list(vms, FLEET_MAX);
	int added = 0;

	for (size_t i = 0; i < count && i < FLEET_MAX; i++) {
		struct vts_kvm_options one = *options;

		one.pid = vms[i].pid;
		if (add(fleet, model_kvm(&one, fleet->symbols, model_host_clock(), error), error) <
		    0)
			return -1;
		added++;
	}
	return added;
}

int fleet_kvm(struct fleet *fleet, const struct vts_kvm_options *options, struct vts_error *error)
{
	int added;

	if (options->pid || options->name)
		return add(fleet, model_kvm(options, fleet->symbols, model_host_clock(), error),
			   error);
	added = add_every_kvm(fleet, options, error);
	if (added)
		return added < 0 ? -1 : 0;
	/* None yet: what comes is shown together. */
	return add(fleet, model_kvm(options, fleet->symbols, model_host_clock(), error), error);
}

static bool watched(const struct fleet *fleet, const char *name)
{
	for (size_t i = 0; i < fleet->count; i++) {
		const struct model *model = fleet->member[i].model;

		if (!model_ended(model) && strcmp(model->name, name) == 0)
			return true;
	}
	return false;
}

size_t fleet_discover(struct fleet *fleet)
{
	struct vts_running list[FLEET_MAX];
	size_t count = vts_running_list(list, FLEET_MAX), added = 0;
	struct vts_error error;

	for (size_t i = 0; i < count && i < FLEET_MAX; i++)
		if (!watched(fleet, list[i].name) && fleet_attach(fleet, list[i].name, &error) == 0)
			added++; /* one that ended meanwhile is none of our business */
	return added;
}

void fleet_close(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		member_free(&fleet->member[i]);
	fleet->count = 0;
	for (int i = 0; i < SCOPE_COUNT; i++)
		free(fleet->comparison[i]);
}

void fleet_pump(struct fleet *fleet, double deadline)
{
	double now = model_host_clock();
	double share = (deadline - now) / (double)(fleet->count ? fleet->count : 1);

	for (size_t i = 0; i < fleet->count; i++)
		model_pump(fleet->member[i].model, UINT64_MAX, now + share * (double)(i + 1));
}

static const struct model *shown(const struct member *member)
{
	return member->frozen ? member->frozen : member->model;
}

/** Two VMs, and how they compare. */
static void report_both(struct fleet *fleet)
{
	for (int scope = 0; fleet->count == 2 && scope < SCOPE_COUNT; scope++) {
		struct report *const side[2] = {fleet->member[0].report[scope],
						fleet->member[1].report[scope]};

		for (size_t i = 0; i < 2; i++)
			report_build(side[i], shown(&fleet->member[i]), fleet->view,
				     (enum scope)scope);
		compare_build(fleet->comparison[scope], side[0], side[1]);
	}
}

void fleet_report(struct fleet *fleet, size_t i)
{
	const struct model *models[FLEET_MAX];
	struct member *member = &fleet->member[i];

	if (!member->frozen)
		model_note_clock(member->model);
	if (fleet->comparison[SCOPE_TOTAL]) {
		report_both(fleet);
		return;
	}
	for (size_t j = 0; j < fleet->count; j++)
		models[j] = shown(&fleet->member[j]);
	for (int scope = 0; scope < SCOPE_COUNT; scope++) {
		if (fleet->view == &views[VIEW_VMS])
			report_build_vms(member->report[scope], models[i], models, fleet->count,
					 (enum scope)scope);
		else
			report_build(member->report[scope], models[i], fleet->view,
				     (enum scope)scope);
	}
}

bool fleet_settled(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		if (!fleet->member[i].model->settled)
			return false;
	return true;
}

void fleet_tick(struct fleet *fleet, size_t i, double now)
{
	/* Of two that are compared, one that has ended does nothing any more. */
	if (fleet->comparison[SCOPE_TOTAL] && !fleet_settled(fleet))
		model_unsettle(fleet->member[i].model);
	model_tick(fleet->member[i].model, now);
	if (!fleet->member[i].frozen)
		fleet_report(fleet, i);
}

void fleet_detail(const struct fleet *fleet, size_t i, const struct report *report,
		  const struct detail_key *key, struct detail *detail)
{
	detail_build(detail, report, shown(&fleet->member[i]), key);
}

void fleet_freeze(struct fleet *fleet, bool frozen)
{
	for (size_t i = 0; i < fleet->count; i++) {
		struct member *member = &fleet->member[i];

		model_copy_free(member->frozen);
		model_note_clock(member->model);
		member->frozen = frozen ? model_copy(member->model) : NULL;
		fleet_report(fleet, i);
	}
}

void fleet_rewind(struct fleet *fleet)
{
	struct vts_error error;

	fleet_freeze(fleet, false);
	for (size_t i = 0; i < fleet->count; i++)
		model_rewind(fleet->member[i].model, &error); /* it stays where it is otherwise */
}

int fleet_compare(struct fleet *fleet, const char *const which[2], double step,
		  struct vts_error *error)
{
	for (int i = 0; i < SCOPE_COUNT; i++) {
		fleet->comparison[i] = calloc(1, sizeof(struct report));
		if (!fleet->comparison[i]) {
			snprintf(error->text, sizeof(error->text),
				 "out of memory: end other programs and try again");
			return -1;
		}
	}
	for (int i = 0; i < 2; i++) {
		bool trace = strchr(which[i], '/') || access(which[i], F_OK) == 0;

		if ((trace ? fleet_replay(fleet, which[i], step, error)
			   : fleet_attach(fleet, which[i], error)) < 0)
			return -1;
	}
	return 0;
}

bool fleet_ended(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		if (!model_ended(fleet->member[i].model))
			return false;
	return true;
}
