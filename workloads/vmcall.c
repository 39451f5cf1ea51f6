// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCALL with a number that no VMM knows. The answer must be -VTG_ENOSYS and no other register may
 * change: the digest is over how often that was not so. Natively there is nobody to call, and the
 * loop runs without the instruction.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/workload.h"

#define UNKNOWN_NUMBER 0x7fffffffu
#define ARGUMENT       0x0123456789abcdeful

static uint64_t wrong;

static uint64_t vmcall_prepare(uint64_t ops)
{
	return ops;
}

static uint32_t vmcall_sample(void)
{
	if (!machine.vmm)
		return 0;
	return TIMED_ASM("mov %1, %%eax", "vmcall", "i"(UNKNOWN_NUMBER));
}

static void vmcall_run(uint64_t ops)
{
	uint64_t argument = ARGUMENT, count = 0;
	bool vmm = machine.vmm;

	for (; ops; ops--) {
		uint64_t number = UNKNOWN_NUMBER;

		if (!vmm)
			number = -(uint64_t)VTG_ENOSYS;
		else
			__asm__ volatile("vmcall" : "+a"(number), "+D"(argument));
		count += number != -(uint64_t)VTG_ENOSYS;
		__asm__ volatile("" : "+r"(count));
	}
	wrong = count + (argument != ARGUMENT);
}

static uint64_t vmcall_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, ops), wrong);
}

const struct workload vmcall_workload = {
    .name = "vmcall",
    .keys = "",
    .ops = 100000,
    .prepare = vmcall_prepare,
    .sample = vmcall_sample,
    .run = vmcall_run,
    .digest = vmcall_digest,
};
