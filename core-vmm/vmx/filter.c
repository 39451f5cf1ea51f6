/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vmx/filter.h"

#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

struct filter {
	struct vts_ring ring; /* the VM's */
	struct vts_ring_control aside;
	const struct vm_filter *config;
};

/* Kinds without which a trace cannot be read. */
#define FRAMES                                                                                     \
	(1ull << VTS_KIND_MARK | 1ull << VTS_KIND_VM_START | 1ull << VTS_KIND_VM_STOP |            \
	 1ull << VTS_KIND_LOST)

_Static_assert(VTS_KIND_COUNT <= 64, "a bit each in vm_filter");

bool filter_create(struct vcpu *vcpu)
{
	const struct vm_filter *config = &vcpu->vm->config.filter;
	struct filter *filter;
	void *aside;

	if (!config->by_reason && !config->by_kind)
		return true;
	filter = platform_pages_alloc(1);
	aside = platform_pages_alloc(1);
	if (!filter || !aside)
		return false;
	filter->config = config;
	filter->ring = vcpu->ring;
	filter->aside = (struct vts_ring_control){
	    .abi = VTS_ABI_VERSION, .packet_bytes = PAGE_SIZE, .packets = 1};
	vts_ring_init(&vcpu->ring, &filter->aside, aside);
	vcpu->filter = filter;
	return true;
}

void filter_begin(struct vcpu *vcpu)
{
	struct vts_event *event;

	if (!vcpu->filter || !vcpu->vm->config.filter.by_reason)
		return;
	event = record_begin_at(vcpu, vcpu->tsc_start, vcpu->tsc_start, VTS_KIND_LOST,
				VTS_LOST_LEFT_OUT, 0, 0);
	for (unsigned i = 0; i < 5; i++)
		event->word[i] = 0;
	record_end(vcpu);
}

static void give(struct filter *filter, const struct vts_event *event)
{
	struct vts_event *to = vts_ring_reserve(&filter->ring);

	*to = *event;
	if (event->kind == VTS_KIND_VM_STOP)
		to->vm_stop.records = filter->ring.control->head;
	if (vts_ring_publish(&filter->ring)) {
		vts_ring_close_packet(&filter->ring);
		platform_wake(VTS_HOP_PACKET);
	}
}

/** Whether records from @event up to @end, all of one exit, are wanted. @open: the exit is not done. */
static bool group_is_wanted(const struct vm_filter *config, const struct vts_event *event,
			    const struct vts_event *end, bool open)
{
	if (!config->by_reason ||
	    (open && vm_has_reason(config->reasons, vmcs_read(VMCS_EXIT_REASON))))
		return true;
	for (; event < end; event++)
		if (FRAMES >> event->kind & 1 ||
		    (event->kind == VTS_KIND_EXIT && vm_has_reason(config->reasons, event->reason)))
			return true;
	return false;
}

static bool detail_is_wanted(const struct vm_filter *config, unsigned kind)
{
	return !config->by_kind || kind == VTS_KIND_EXIT || (FRAMES | config->kinds) >> kind & 1;
}

/** One past the records that belong to the same exit as the one at @event. */
static const struct vts_event *group_end(const struct vts_event *event, const struct vts_event *end)
{
	const struct vts_event *next = event;

	while (next->kind != VTS_KIND_EXIT && next + 1 < end && next[1].exit_tsc == event->exit_tsc)
		next++;
	return next + 1;
}

void filter_forward(struct vcpu *vcpu)
{
	struct filter *filter = vcpu->filter;
	const struct vts_event *event, *end, *next;

	if (!filter)
		return;
	end = vcpu->ring.next;
	for (event = vcpu->ring.data + 1; event < end; event = next) {
		bool wanted;

		next = group_end(event, end);
		/* An exit that fills all the room there is goes on. */
		wanted = group_is_wanted(filter->config, event, next, end == vcpu->ring.packet_end);
		for (; event < next; event++)
			if (wanted && detail_is_wanted(filter->config, event->kind))
				give(filter, event);
	}
	vcpu->ring.next = vcpu->ring.data + 1;
}

void filter_end(struct vcpu *vcpu)
{
	filter_forward(vcpu);
	if (vcpu->filter)
		vcpu->ring = vcpu->filter->ring;
	vcpu->filter = NULL;
}
