/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/test/vm_life.h"

#include "core-vmm/device/console.h"
#include "core-vmm/loader/guest_image.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/record.h"
#include "core-vmm/test/wrap.h"
#include "core-vmm/vmx/run.h"

/* The VM that lives now, and its ring of one packet, which is counted whenever it is full. */
static struct {
	struct vm_life *life;
	struct vts_ring_control *control;
} living;

static void dropped(char c)
{
	(void)c;
}

struct console vm_life_silence = {.write_raw = dropped};

/** The ring's one packet is closed: count what is in it. */
static void packet_take(void)
{
	const struct vts_packet_header *header =
	    (const void *)((const char *)living.control + living.control->data_offset);
	const struct vts_event *event = (const void *)header;
	uint64_t records = header->content_size / 8 / VTS_RECORD_BYTES;

	for (uint64_t i = 1; i < records; i++) {
		living.life->records += event[i].kind == VTS_KIND_EXIT;
		if (living.life->tally)
			tally_add(living.life->tally, &event[i]);
	}
}

void __wrap_platform_wake(uint8_t byte)
{
	if (living.life && byte == VTS_HOP_PACKET)
		packet_take();
	else
		__real_platform_wake(byte);
}

static void ring_make(struct vcpu *vcpu)
{
	struct vts_ring_control *control =
	    platform_pages_alloc(VTS_HOP_PACKET_BYTES / PAGE_SIZE + 1);

	if (!control)
		platform_panic("no memory for a test VM's ring");
	*control = (struct vts_ring_control){.abi = VTS_ABI_VERSION,
					     .packet_bytes = VTS_HOP_PACKET_BYTES,
					     .packets = 1,
					     .data_offset = PAGE_SIZE};
	living.control = control;
	vts_ring_init(&vcpu->ring, control, (char *)control + PAGE_SIZE);
}

/** The processor may still hold parts of the VMCS, and would write them where the next VM's memory
 * is. */
static void vmcs_clear(const struct vcpu *vcpu)
{
	uint64_t address = platform_phys(vcpu->vmcs);

	__asm__ volatile("vmclear %0" : : "m"(address) : "cc", "memory");
}

static const char *live(struct vm_life *life, struct vm *vm, struct vcpu *vcpu)
{
	struct guest_entry entry;
	enum vts_how cause;
	const char *error;

	*vcpu = (struct vcpu){.vm = vm, .capability = life->capability};
	ring_make(vcpu);
	error = __real_vm_create(vcpu, life->image, &entry, &cause);
	if (error)
		return error;
	vm_run(vcpu, &entry);
	vm_records_end(vcpu);
	if (life->judge)
		life->judge(vcpu);
	life->stop = vm->stop;
	life->exits = vcpu->exits;
	vmcs_clear(vcpu);
	return NULL;
}

const char *vm_life(struct vm_life *life)
{
	struct pages_mark mark = pages_mark();
	struct vm vm = {.config = life->config, .console = life->console};
	struct vcpu *vcpu = platform_pages_alloc(1);
	const char *error;

	life->records = 0;
	living.life = life;
	error = vcpu ? live(life, &vm, vcpu) : "no memory for a vCPU";
	living.life = NULL;
	pages_release(mark);
	return error;
}
