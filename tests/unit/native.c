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

#define STATE(offset) #offset "+native_state(%rip)"

__asm__(
    ".text\n"
    "native_call:\n"
    "	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp, " STATE(136) "\n"
			       "	push " STATE(128) "\n	popfq\n"
							  "	mov " STATE(
							      0) ", %rax\n	mov " STATE(8) ", "
											       "%rc"
											       "x\n"
											       "	mov " STATE(16) ", %rdx\n	mov " STATE(24) ", %rbx\n"
																			"	mov " STATE(40) ", %rbp\n	mov " STATE(48) ", %rsi\n"
																										"	mov " STATE(56) ", %rdi\n	mov " STATE(64) ", %r8\n"
																																	"	mov " STATE(72) ", %r9\n	mov " STATE(80) ", %r10\n"
																																								"	mov " STATE(88) ", %r11\n	mov " STATE(96) ", %r12\n"
																																															"	mov " STATE(104) ", %r13\n	mov " STATE(112) ", %r14\n"
																																																						 "	mov " STATE(
																																																						     120) ", %r15\n"
																																																							  "	jmp *" STATE(
																																																							      144) "\n"
																																																								   "native_return:\n"
																																																								   "	mov %rax, " STATE(0) "\n	mov %rcx, " STATE(8) "\n"
																																																															     "	mov %rdx, " STATE(16) "\n	mov %rbx, " STATE(24) "\n"
																																																																						      "	mov %rbp, " STATE(
																																																																							  40) "\n	mov %rsi, " STATE(48) "\n"
																																																																											      "	mov %rdi, " STATE(56) "\n	mov %r8, " STATE(
																																																																												  64) "\n"
																																																																												      "	mov %r9, " STATE(72) "\n	mov %r10, " STATE(
																																																																													  80) "\n"
																																																																													      "	mov %r11, " STATE(88) "\n	mov %r12, " STATE(96) "\n"
																																																																																				      "	mov %r13, " STATE(104) "\n	mov %r14, " STATE(
																																																																																					  112) "\n"
																																																																																					       "	mov %r15, " STATE(
																																																																																						   120) "\n"
																																																																																							"	pushfq\n	pop " STATE(
																																																																																							    128) "\n	cld\n"
																																																																																								 "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
																																																																																								 "	ret\n");

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
