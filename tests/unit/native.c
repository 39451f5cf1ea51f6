/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/prctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/native.h"

/* The registers of the run, the processor's own stack meanwhile, and where the code jumps when
 * done. */
struct native_state {
	struct native native;
	uint64_t rsp;
	uint64_t code;
};
struct native_state native_state;

void native_call(void);
void native_return(void);

#define LOAD(offset, reg) "	mov " #offset "+native_state(%rip), %" #reg "\n"
#define SAVE(offset, reg) "	mov %" #reg ", " #offset "+native_state(%rip)\n"

/* clang-format off */
__asm__(".text\n"
	"native_call:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, 136+native_state(%rip)\n"
	"	push 128+native_state(%rip)\n	popfq\n"
	LOAD(0, rax) LOAD(8, rcx) LOAD(16, rdx) LOAD(24, rbx) LOAD(40, rbp) LOAD(48, rsi)
	LOAD(56, rdi) LOAD(64, r8) LOAD(72, r9) LOAD(80, r10) LOAD(88, r11) LOAD(96, r12)
	LOAD(104, r13) LOAD(112, r14) LOAD(120, r15)
	"	jmp *144+native_state(%rip)\n"
	"native_return:\n"
	SAVE(0, rax) SAVE(8, rcx) SAVE(16, rdx) SAVE(24, rbx) SAVE(40, rbp) SAVE(48, rsi)
	SAVE(56, rdi) SAVE(64, r8) SAVE(72, r9) SAVE(80, r10) SAVE(88, r11) SAVE(96, r12)
	SAVE(104, r13) SAVE(112, r14) SAVE(120, r15)
	"	pushfq\n	pop 128+native_state(%rip)\n	cld\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	ret\n");
/* clang-format on */

static void map_at(uint64_t address, uint64_t bytes, int protection)
{
	if (mmap((void *)address, bytes, protection,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)address)
		abort();
}

void native_init(void)
{
	map_at(NATIVE_CODE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	map_at(NATIVE_DATA, NATIVE_BYTES, PROT_READ | PROT_WRITE);
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, NATIVE_DATA))
		abort();
}

void native_run(struct native *native, const uint8_t *code, unsigned bytes)
{
	/* jmp *0(%rip), and the address */
	static const uint8_t jump[6] = {0xff, 0x25};
	uint8_t *at = (uint8_t *)NATIVE_CODE;
	void (*target)(void) = native_return;

	memcpy(at, code, bytes);
	memcpy(at + bytes, jump, sizeof(jump));
	memcpy(at + bytes + sizeof(jump), &target, sizeof(target));
	native_state.native = *native;
	native_state.code = NATIVE_CODE;
	native_call();
	*native = native_state.native;
}
