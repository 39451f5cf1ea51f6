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

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define EDGE	    0xfffffffffffffffful

static const struct call calls[] = {
    {3, 0, 0, -VTG_ENOSYS, "the first unknown number"},
    {EDGE, 0, 0, -VTG_ENOSYS, "the last unknown number"},
    {1ul << 32, 0, 0, -VTG_ENOSYS, "a number that is known in its lower half only"},
    {VTG_EXIT, 256, 0, -VTG_EINVAL, "an exit with a status of 256"},
    {VTG_EXIT, EDGE, 0, -VTG_EINVAL, "an exit with a status of -1"},
    {VTG_MARK, 4, 0, -VTG_EINVAL, "a mark of unknown kind"},
    {VTG_MARK, 0xff, 0, -VTG_EINVAL, "a mark of kind 255"},
    {VTG_MARK, VTG_MARK_POINT | 0xffff00, 0, 0, "a mark with the largest id"},
};

/* Paravirtual only. The address, from memory's end on, then bytes. */
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

/* What may be done at CPL 3. */
static const struct {
	uint64_t number;
	int64_t want;
	const char *name;
} user_calls[] = {
    {VTG_EXIT, -VTG_EPERM, "an exit from CPL 3 is refused"},
    {VTG_CONSOLE_WRITE, -VTG_EPERM, "a console write from CPL 3 is refused"},
    {VTG_MARK, 0, "a mark from CPL 3 is served"},
    {12345, -VTG_ENOSYS, "an unknown number from CPL 3"},
};

static void privileges(void)
{
	for (unsigned i = 0; i < ROWS(user_calls); i++) {
		uint64_t result = 0;

		if (!machine.vmm) {
			test_skip(user_calls[i].name, "there is no VMM");
			continue;
		}
		user_run(user_vmcall, user_calls[i].number, &result);
		test_equal(result, (uint64_t)user_calls[i].want, user_calls[i].name);
	}
}

static void console(void)
{
	for (unsigned i = 0; i < ROWS(writes); i++) {
		uint64_t from = machine.boot->memory_bytes + (uint64_t)writes[i].from_end;

		if (machine.pv_console)
			test_equal(
			    (uint64_t)hypercall(VTG_CONSOLE_WRITE, from, (uint64_t)writes[i].bytes),
			    (uint64_t)writes[i].want, writes[i].name);
		else
			test_skip(writes[i].name, "there is no paravirtual console");
	}
}

/* All but RAX are the guest's: set each to a value of its own, call, and compare. */
static void registers(void)
{
	const char *name = "a hypercall changes no register but RAX";
	uint64_t changed;

	if (!machine.vmm) {
		test_skip(name, "there is no VMM");
		return;
	}
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
	test_equal(changed, 0, name);
}

int main(void)
{
	paging_init();
	for (unsigned i = 0; i < ROWS(calls); i++) {
		const struct call *row = &calls[i];

		if (machine.vmm)
			test_equal((uint64_t)hypercall(row->number, row->a, row->b),
				   (uint64_t)row->want, row->name);
		else
			test_skip(row->name, "there is no VMM");
	}
	registers();
	privileges();
	console();
	return test_done();
}
