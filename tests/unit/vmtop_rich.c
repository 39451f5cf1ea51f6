/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/vmtop_rich.h"

#include <string.h>

struct rich {
	struct vts_event *next;
	uint64_t now;
	uint8_t vcpu;
};

static struct vts_event *add(struct rich *rich, unsigned kind, unsigned how, unsigned reason)
{
	struct vts_event *event = rich->next++;

	memset(event, 0, sizeof(*event));
	event->kind = (uint8_t)kind;
	event->how = (uint8_t)how;
	event->reason = (uint16_t)reason;
	event->vcpu = rich->vcpu;
	event->tsc = event->exit_tsc = rich->now;
	return event;
}

/** The exit's own record, after its details. */
static struct vts_event *end_exit(struct rich *rich, unsigned reason, unsigned how,
				  uint64_t latency)
{
	struct vts_event *event;

	rich->now += latency;
	event = add(rich, VTS_KIND_EXIT, how, reason);
	event->exit_tsc = rich->now - latency;
	event->exit.rip = 0x2000;
	event->exit.cr3 = 0x5000;
	return event;
}

static void mark(struct rich *rich, unsigned how, const char *name, unsigned id, uint64_t ops)
{
	struct vts_event *event;

	rich->now += 1000;
	event = add(rich, VTS_KIND_MARK, how, id);
	memcpy(event->mark.name, name, strlen(name));
	event->mark.ops = ops;
	end_exit(rich, VTS_REASON_VMCALL, VTS_EXIT_HYPERCALL, 50)->exit.qualification =
	    VTS_HYPERCALL_MARK;
}

/** 300: leaves 0 to 2, four addresses, two roots; latencies 100 to 109. */
static void cpuids(struct rich *rich)
{
	for (unsigned i = 0; i < 300; i++) {
		struct vts_event *event;

		rich->now += 900;
		event = end_exit(rich, VTS_REASON_CPUID, VTS_EXIT_EMULATED, 100 + i % 10);
		event->exit.qualification = i % 3;
		event->exit.rip = 0x1000 + 16 * (i % 4);
		event->exit.cr3 = i % 2 ? 0x6000 : 0x5000;
	}
}

/** 200 fills of five pages, and 100 writes to a page table, each with a flush. */
static void faults(struct rich *rich)
{
	for (unsigned i = 0; i < 200; i++) {
		struct vts_event *event;

		rich->now += 300;
		event = add(rich, VTS_KIND_SHADOW_FAULT, VTS_SHADOW_FAULT_FILL, 0);
		event->shadow_fault.gpa = 0x10000 + 0x1000 * (i % 5);
		event->shadow_fault.size = 4096;
		event->shadow_fault.clear = 20;
		end_exit(rich, VTS_REASON_EXCEPTION_NMI, VTS_EXIT_SHADOW, 700)->exit.gpa = 14;
	}
	for (unsigned i = 0; i < 100; i++) {
		rich->now += 100;
		add(rich, VTS_KIND_SHADOW_FAULT, VTS_SHADOW_FAULT_PT_WRITE, 0)->shadow_fault.gpa =
		    0x20000;
		add(rich, VTS_KIND_TLB_FLUSH, VTS_TLB_FLUSH_INVVPID_ADDRESS, VTS_CAUSE_SHADOW_ZAP)
		    ->tlb_flush.address = 0x400000;
		end_exit(rich, VTS_REASON_EXCEPTION_NMI, VTS_EXIT_PT_WRITE, 900)->exit.gpa = 14;
	}
}

/** 50 notifications for four requests each, and 40 accesses to a port. */
static void requests(struct rich *rich)
{
	for (unsigned i = 0; i < 50; i++) {
		rich->now += 500;
		for (unsigned j = 0; j < 4; j++)
			add(rich, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_PV, VTS_DEVICE_VIRTIO_BLK)
			    ->io_request.bytes = 512;
		end_exit(rich, VTS_REASON_EPT_MISCONFIG, VTS_EXIT_IO, 2000);
	}
	for (unsigned i = 0; i < 40; i++) {
		struct vts_event *event;

		rich->now += 200;
		event = add(rich, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, VTS_DEVICE_ATA);
		event->io_request.bytes = 2;
		event->io_request.address = 0x1f0;
		end_exit(rich, VTS_REASON_IO_INSTRUCTION, VTS_EXIT_IO, 300)->exit.qualification =
		    0x1f0 << 16 | 1;
	}
}

/** What no table of names has. */
static void unknown(struct rich *rich)
{
	for (unsigned i = 0; i < 7; i++) {
		rich->now += 10;
		if (i < 3)
			add(rich, VTS_KIND_TLB_FLUSH, 99, 77);
		if (i < 2)
			add(rich, VTS_KIND_IO_REQUEST, 55, 1234);
		end_exit(rich, 200, VTS_EXIT_NONE, 10);
	}
}

/** The second vCPU halts 60 times. */
static void halts(struct rich *rich)
{
	rich->vcpu = 1;
	for (unsigned i = 0; i < 60; i++) {
		struct vts_event *warp = add(rich, VTS_KIND_TIME_WARP, 0, 0);

		warp->word[0] = rich->now;
		warp->word[1] = rich->now + 10000;
		end_exit(rich, VTS_REASON_HLT, VTS_EXIT_EMULATED, 40);
	}
	rich->vcpu = 0;
}

size_t vmtop_rich(struct vts_event events[VMTOP_RICH_MAX])
{
	struct rich rich = {.next = events};
	struct vts_event *start = add(&rich, VTS_KIND_VM_START, VTS_VM_START_SHADOW, 0);

	start->vm_start.config = VTS_CONFIG_VPID;
	start->vm_start.hz = VMTOP_RICH_HZ;
	cpuids(&rich);
	mark(&rich, VTS_MARK_BEGIN, "warm", 1, 0);
	faults(&rich);
	mark(&rich, VTS_MARK_END, "warm", 1, 300);
	mark(&rich, VTS_MARK_BEGIN, "io", 2, 0);
	requests(&rich);
	mark(&rich, VTS_MARK_END, "io", 2, 240);
	unknown(&rich);
	halts(&rich);
	add(&rich, VTS_KIND_VM_STOP, VTS_VM_STOP_GUEST_EXIT, 0);
	return (size_t)(rich.next - events);
}
