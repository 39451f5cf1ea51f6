// SPDX-License-Identifier: GPL-2.0-only
/* SYSCALL from CPL 3 and SYSRET back. Read back: what SYSCALL leaves in RCX and R11. */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

static uint64_t sum;

static __attribute__((naked)) void kernel_entry(void)
{
	__asm__("sysretq");
}

/* At CPL 3: RDI operations, the sum in RAX. */
static __attribute__((naked)) void user_loop(void)
{
	__asm__("xor %eax, %eax\n"
		"1:\tsyscall\n\t"
		"add %rcx, %rax\n\t"
		"add %r11, %rax\n\t"
		"dec %rdi\n\t"
		"jnz 1b\n\t" USER_RETURN);
}

/* At CPL 3: one round trip; its time in EAX. */
static __attribute__((naked)) void user_sample(void)
{
	__asm__("rdtsc\n\t"
		"mov %eax, %r8d\n\t"
		"syscall\n\t"
		"rdtsc\n\t"
		"sub %r8d, %eax\n\t" USER_RETURN);
}

static uint64_t syscall_prepare(uint64_t ops)
{
	paging_init();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR,
	      (uint64_t)(SYSRET_BASE_SELECTOR | 3) << 48 | (uint64_t)VTG_CODE_SELECTOR << 32);
	wrmsr(MSR_LSTAR, (uint64_t)kernel_entry);
	wrmsr(MSR_FMASK, 0);
	return ops;
}

static uint32_t syscall_sample(void)
{
	uint64_t time;

	user_run(user_sample, 0, &time);
	return (uint32_t)time - TIMED();
}

static void syscall_run(uint64_t ops)
{
	user_run(user_loop, ops, &sum);
}

static uint64_t syscall_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, ops), sum);
}

const struct workload syscall_workload = {
    .name = "syscall",
    .keys = "",
    .ops = 1000000,
    .prepare = syscall_prepare,
    .sample = syscall_sample,
    .run = syscall_run,
    .digest = syscall_digest,
};
