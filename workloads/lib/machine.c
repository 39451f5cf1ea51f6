// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/machine.h"

#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/native.h"
#include "workloads/lib/string.h"
#include "workloads/lib/trap.h"

struct machine machine;

_Noreturn void machine_start(const struct vtg_boot_info *boot);

/* The hypervisor bit alone says that there is some VMM; only the signature says that it is ours. */
static void machine_detect(const struct vtg_boot_info *boot)
{
	struct cpuid leaf = cpuid(1, 0);

	machine.boot = boot;
	machine.args = (const char *)boot->args;
	if (!(leaf.ecx & 1u << 31))
		return;
	leaf = cpuid(VTG_CPUID_SIGNATURE, 0);
	if (memcmp(&leaf.ebx, VTG_SIGNATURE, 12))
		return;
	leaf = cpuid(VTG_CPUID_FEATURES, 0);
	machine.features = leaf.ebx;
	machine.vmm = leaf.ebx & VTG_FEATURE_HYPERCALLS;
	machine.pv_console = leaf.ebx & VTG_FEATURE_PV_CONSOLE;
	machine.shadow = leaf.ebx & VTG_FEATURE_SHADOW;
}

/* Called by the entry code, on the guest's own stack. */
_Noreturn void machine_start(const struct vtg_boot_info *boot)
{
	machine_detect(boot);
	trap_init();
	machine_exit((uint8_t)main());
}

void image_touch(void)
{
	for (char *page = image_start; page < image_end; page += PAGE_SIZE)
		__asm__ volatile("lock orb $0, %0" : "+m"(*page));
}

void native_record(const struct vts_event *event)
{
	rep_out8(VTG_NATIVE_PORT, event, sizeof(*event));
}

/* What the UART still holds would be lost with the power. */
static void native_exit(uint8_t status)
{
	struct vts_event stop = {.kind = VTS_KIND_VM_STOP, .how = VTS_VM_STOP_GUEST_EXIT};

	uart_drain();
	stop.vm_stop.status = status;
	stop.tsc = stop.exit_tsc = rdtsc();
	native_record(&stop);
	rep_out8(VTG_NATIVE_POWER_OFF, "Shutdown", 8);
}

_Noreturn void machine_exit(uint8_t status)
{
	if (machine.vmm)
		hypercall(VTG_EXIT, status, 0);
	else
		native_exit(status);
	for (;;)
		halt();
}
