/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare machine's main: bring the machine up, run one VM, power off. */
#include "core-vmm/device/console.h"
#include "core-vmm/loader/guest_image.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/bare/disk.h"
#include "core-vmm/platform/bare/port.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/run.h"
#include "trace/hop.h"

_Noreturn void bare_start(uint32_t magic, uint64_t info);

void platform_wake(uint8_t byte)
{
	hop_wake(byte);
}

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK	0xa1

/** No device of the machine is ours to serve, and an interrupt that nobody takes would exit for
 *  ever. */
static void interrupts_mask(void)
{
	port_out8(PIC_MASTER_MASK, 0xff);
	port_out8(PIC_SLAVE_MASK, 0xff);
}

static struct console console_make(const struct bare_boot *boot, const struct bare_config *config,
				   struct vts_hop *hop)
{
	return (struct console){
	    .ring = config->has_hop ? (char *)hop + VTS_HOP_CONSOLE_OFFSET : NULL,
	    .head = &hop->console_head,
	    .input = boot->stdin.data,
	    .input_bytes = boot->stdin.bytes,
	    .read_raw = config->vm.interactive ? serial_read : NULL,
	    .write_raw = serial_write,
	};
}

/** Make and run the VM; its trace tells how it ended, whatever way. */
static void vm_start(struct vcpu *vcpu, const struct bare_boot *boot)
{
	struct vm *vm = vcpu->vm;
	struct guest_image image = {.file = boot->guest.data,
				    .bytes = boot->guest.bytes,
				    .modules = boot->initrd,
				    .module_count = boot->initrds,
				    .args = vm->config.args,
				    .hz = vm->config.hz,
				    .seed = vm->config.seed};
	struct guest_entry entry;
	enum vts_how cause;
	const char *error = vm_create(vcpu, &image, &entry, &cause);

	if (error) {
		platform_log("%s", error);
		vm_refuse(vcpu, cause);
		return;
	}
	msr_write(MSR_TSC, 0);
	vm_run(vcpu, &entry);
}

_Noreturn static void vmm_start(const struct bare_boot *boot, const struct bare_config *config,
				struct vts_hop *hop)
{
	struct console console = console_make(boot, config, hop);
	struct capability capability = {0};
	struct disk disk;
	struct vm vm = {.config = config->vm, .console = &console};
	struct vcpu *vcpu = platform_pages_alloc(1);
	const char *error;

	_Static_assert(sizeof(*vcpu) <= PAGE_SIZE, "a vCPU is one page");
	if (!vcpu)
		platform_panic("no memory for a vCPU");
	*vcpu = (struct vcpu){.vm = &vm, .capability = &capability};
	if (config->has_disk) {
		error = bare_disk_open(&disk, config->disk_read_only);
		if (error)
			platform_panic("%s", error);
		vm.disk = &disk;
	}
	vts_ring_init(&vcpu->ring, &hop->ring, (char *)hop + VTS_HOP_BLOCK_BYTES);
	if (capability_read(&capability, &vm.config) || vmx_on(&capability))
		vm_refuse(vcpu, VTS_VM_STOP_NO_VMX);
	else
		vm_start(vcpu, boot);
	vm_records_end(vcpu);
	hop_end(config->has_hop);
}

_Noreturn void bare_start(uint32_t magic, uint64_t info)
{
	struct bare_boot boot;
	struct bare_config config;
	struct vts_hop *hop;
	const char *error;

	serial_init();
	trap_init();
	error = multiboot_parse(magic, info, &boot);
	if (error)
		platform_panic("%s", error);
	pages_init(boot.used_end, boot.memory_end);
	error = config_parse(boot.cmdline, &config);
	if (error)
		platform_panic("%s", error);
	if (config.native && config.vm.memory > boot.used_end)
		pages_init(config.vm.memory, boot.memory_end); /* what is below is the guest's */
	map_init(boot.memory_end);
	if (config.native)
		native_run(&boot, &config);
	interrupts_mask();
	hop = hop_create(&config);
	if (!hop)
		platform_panic("no memory for the shared rings");
	if (config.has_hop) {
		hop_greet(hop);
		log_to(hop);
		if (config.vm.interactive)
			serial_pace();
	} else {
		hop_reset(hop);
	}
	vmm_start(&boot, &config, hop);
}
