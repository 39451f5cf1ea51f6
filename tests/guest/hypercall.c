// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls: privileges, hostile arguments. Natively there is nobody to call. */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

struct call {
	uint64_t number, a, b;
	int64_t want;
	const char *name;
};

#define EDGE 0xfffffffffffffffful

static const struct call calls[] = {
    {3, 0, 0, -VTG_ENOSYS, "the first unknown number"},
    {EDGE, 0, 0, -VTG_ENOSYS, "the last unknown number"},
    {1ul << 32, 0, 0, -VTG_ENOSYS, "a number that is known in its lower half only"},
    {VTG_EXIT, 256, 0, -VTG_EINVAL, "an exit with a status of 256"},
    {VTG_EXIT, EDGE, 0, -VTG_EINVAL, "an exit with a status of -1"},
    {VTG_MARK, 3, 0, -VTG_EINVAL, "a mark of unknown kind"},
    {VTG_MARK, 0xff, 0, -VTG_EINVAL, "a mark of kind 255"},
    {VTG_MARK, VTG_MARK_POINT | 0xffff00, 0, 0, "a mark with the largest id"},
};

/* Paravirtual only. The address in pages of memory's end, then bytes. */
static const struct {
	int64_t from_end, bytes;
	int64_t want;
	const char *name;
} writes[] = {
    {0, 1, -VTG_EFAULT, "a write from behind memory"},
    {-16, 17, -VTG_EFAULT, "a write that runs over memory's end"},
    {-16, 0, 0, "a write of nothing"},
    {-8192, 4097, -VTG_EINVAL, "a write of 4097 bytes"},
    {-8192, -1, -VTG_EINVAL, "a write of 2^64 - 1 bytes"},
    {INT64_MAX, 1, -VTG_EFAULT, "a write from far away"},
};

static __attribute__((naked)) void user_vmcall(void)
{
	__asm__("mov %rdi, %rax\n\t"
		"xor %edi, %edi\n\t"
		"xor %esi, %esi\n\t"
		"vmcall\n\t" USER_RETURN);
}

static void privileges(void)
{
	uint64_t result = 0;

	user_run(user_vmcall, VTG_EXIT, &result);
	test_equal(result, -(uint64_t)VTG_EPERM, "an exit from CPL 3 is refused");
	user_run(user_vmcall, VTG_CONSOLE_WRITE, &result);
	test_ok(result == -(uint64_t)VTG_EPERM ||
		    (!machine.pv_console && result == -(uint64_t)VTG_ENOSYS),
		"a console write from CPL 3 is refused");
	user_run(user_vmcall, VTG_MARK, &result);
	test_equal(result, 0, "a mark from CPL 3 is served");
	user_run(user_vmcall, 12345, &result);
	test_equal(result, -(uint64_t)VTG_ENOSYS, "an unknown number from CPL 3");
}

static void console(void)
{
	for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		test_equal(
		    (uint64_t)hypercall(VTG_CONSOLE_WRITE,
					machine.boot->memory_bytes + (uint64_t)writes[i].from_end,
					(uint64_t)writes[i].bytes),
		    (uint64_t)writes[i].want, writes[i].name);
}

/* All but RAX are the guest's: set each to a value of its own, call, and compare. */
static void registers(void)
{
	uint64_t changed;

	__asm__ volatile("push %%rbx\n\t"
			 "push %%rbp\n\t"
			 "mov $0x1001, %%rbx\n\t"
			 "mov $0x1002, %%rcx\n\t"
			 "mov $0x1003, %%rdx\n\t"
			 "mov $0x1004, %%rsi\n\t"
			 "mov $0x1005, %%rdi\n\t"
			 "mov $0x1006, %%rbp\n\t"
			 "mov $0x1007, %%r8\n\t"
			 "mov $0x1008, %%r9\n\t"
			 "mov $0x1009, %%r10\n\t"
			 "mov $0x100a, %%r11\n\t"
			 "mov $0x100b, %%r12\n\t"
			 "mov $0x100c, %%r13\n\t"
			 "mov $0x100d, %%r14\n\t"
			 "mov $0x100e, %%r15\n\t"
			 "mov $0x7fff, %%eax\n\t"
			 "vmcall\n\t"
			 "xor $0x1001, %%rbx\n\t"
			 "xor $0x1002, %%rcx\n\t"
			 "xor $0x1003, %%rdx\n\t"
			 "xor $0x1004, %%rsi\n\t"
			 "xor $0x1005, %%rdi\n\t"
			 "xor $0x1006, %%rbp\n\t"
			 "xor $0x1007, %%r8\n\t"
			 "xor $0x1008, %%r9\n\t"
			 "xor $0x1009, %%r10\n\t"
			 "xor $0x100a, %%r11\n\t"
			 "xor $0x100b, %%r12\n\t"
			 "xor $0x100c, %%r13\n\t"
			 "xor $0x100d, %%r14\n\t"
			 "xor $0x100e, %%r15\n\t"
			 "or %%rbx, %%rcx\n\t"
			 "or %%rcx, %%rdx\n\t"
			 "or %%rdx, %%rsi\n\t"
			 "or %%rsi, %%rdi\n\t"
			 "or %%rdi, %%rbp\n\t"
			 "or %%rbp, %%r8\n\t"
			 "or %%r8, %%r9\n\t"
			 "or %%r9, %%r10\n\t"
			 "or %%r10, %%r11\n\t"
			 "or %%r11, %%r12\n\t"
			 "or %%r12, %%r13\n\t"
			 "or %%r13, %%r14\n\t"
			 "or %%r14, %%r15\n\t"
			 "mov %%r15, %%rax\n\t"
			 "pop %%rbp\n\t"
			 "pop %%rbx"
			 : "=a"(changed)::"rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			   "r12", "r13", "r14", "r15", "memory", "cc");
	test_equal(changed, 0, "a hypercall changes no register but RAX");
}

static void without_vmm(void)
{
	test_ok(true, "there is no VMM, and the guest knows it");
}

int main(void)
{
	paging_init();
	if (!machine.vmm) {
		without_vmm();
		return test_done();
	}
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		test_equal((uint64_t)hypercall(calls[i].number, calls[i].a, calls[i].b),
			   (uint64_t)calls[i].want, calls[i].name);
	registers();
	privileges();
	if (machine.pv_console)
		console();
	return test_done();
}
