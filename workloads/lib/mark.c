// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/mark.h"

#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/native.h"
#include "workloads/lib/string.h"

struct mark mark_make(const char *name, uint16_t id, uint64_t ops, uint64_t value)
{
	struct mark mark = {.id = id, .ops = ops, .value = value};
	size_t length = strlen(name);

	memcpy(mark.name, name, length < sizeof(mark.name) ? length : sizeof(mark.name));
	return mark;
}

static void mark_hypercall(const struct mark *mark, uint64_t how)
{
	hypercall5(VTG_MARK, how | (uint64_t)mark->id << 8, mark->ops, mark->name[0], mark->name[1],
		   mark->value);
}

static void mark_record(const struct mark *mark, uint64_t how, uint64_t tsc)
{
	struct vts_event event = {.tsc = tsc, .kind = VTS_KIND_MARK, .how = (uint8_t)how};

	event.exit_tsc = tsc;
	event.reason = mark->id;
	event.mark.ops = mark->ops;
	event.mark.name[0] = mark->name[0];
	event.mark.name[1] = mark->name[1];
	event.mark.value = how == VTG_MARK_BEGIN ? 0 : mark->value;
	event.mark.begin_tsc = how == VTG_MARK_END ? mark->begin_tsc : 0;
	native_record(&event);
}

/* Natively the time is read last, since sending the record is not part of the phase. */
void mark_begin(struct mark *mark)
{
	if (machine.vmm) {
		mark_hypercall(mark, VTG_MARK_BEGIN);
		return;
	}
	mark_record(mark, VTG_MARK_BEGIN, rdtsc());
	mark->begin_tsc = rdtsc();
}

/* Natively the time is read first, for the same reason. */
void mark_end(const struct mark *mark)
{
	if (machine.vmm)
		mark_hypercall(mark, VTG_MARK_END);
	else
		mark_record(mark, VTG_MARK_END, rdtsc());
}

void mark_point(const struct mark *mark)
{
	if (machine.vmm)
		mark_hypercall(mark, VTG_MARK_POINT);
	else
		mark_record(mark, VTG_MARK_POINT, rdtsc());
}

void mark_process(const char *name)
{
	struct mark mark = mark_make(name, 0, 0, 0);

	if (machine.vmm)
		mark_hypercall(&mark, VTG_MARK_PROCESS);
}
