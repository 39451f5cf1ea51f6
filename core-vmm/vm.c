/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vm.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/loader/guest_image.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/filter.h"

const char *vm_create(struct vcpu *vcpu, const struct guest_image *image, struct guest_entry *entry,
		      enum vts_how *cause)
{
	struct vm *vm = vcpu->vm;
	const char *error;

	vm->paging = vm->config.paging == VTS_VM_START_EPT ? &paging_ept : &paging_shadow;
	vcpu->vpid = vm->config.vpid;
	vcpu->identity = (uint64_t)vm->id << 32 | (uint64_t)vcpu->id << 40;
	*cause = VTS_VM_STOP_NO_MEMORY;
	if (!filter_create(vcpu) ||
	    guest_memory_init(&vm->memory, vm->config.memory, vm->config.backing) ||
	    vm->paging->create(vcpu) || !devices_create(vm) || !apicv_create(vcpu))
		return "no memory for the VM's tables";
	irq_create(vcpu);
	error = guest_image_load(&vm->memory, image, entry);
	*cause = VTS_VM_STOP_BAD_GUEST;
	return error;
}

void vm_refuse(struct vcpu *vcpu, enum vts_how cause)
{
	uint64_t tsc = platform_tsc();
	struct vts_event *event = record_begin_at(vcpu, tsc, tsc, VTS_KIND_VM_STOP, cause, 0, 0);

	for (unsigned i = 0; i < 5; i++)
		event->word[i] = 0;
	record_end(vcpu);
}

void vm_records_end(struct vcpu *vcpu)
{
	filter_end(vcpu);
	vcpu->ring.control->ended = 1;
	if (!vts_ring_packet_empty(&vcpu->ring))
		record_packet_close(vcpu);
}

void record_packet_close(struct vcpu *vcpu)
{
	if (vcpu->filter) {
		filter_forward(vcpu);
		return;
	}
	vts_ring_close_packet(&vcpu->ring);
	platform_wake(VTS_HOP_PACKET);
}
