/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For `make bench`: the core's own recording, called on the host. This is linked with core-vmm/vm.o
 * as the VMM has it; vm_refuse reads the TSC, fills one record in and publishes it. The one thing that
 * is not as in the VMM: a full packet wakes nobody.
 */
#include "core-vmm/record.h"
#include "core-vmm/test/record_bench.h"

static struct vcpu vcpu;
static struct vts_ring_control control;

void platform_wake(uint8_t byte)
{
	(void)byte;
}

void record_bench_start(void *packets)
{
	control = (struct vts_ring_control){.abi = VTS_ABI_VERSION,
					    .packet_bytes = VTS_HOP_PACKET_BYTES,
					    .packets = VTS_HOP_PACKETS};
	vts_ring_init(&vcpu.ring, &control, packets);
}

void record_bench_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		vm_refuse(&vcpu, VTS_VM_STOP_NO_VMX);
}

uint64_t record_bench_recorded(void)
{
	return control.head;
}
