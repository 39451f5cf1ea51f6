/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments, exceptions, and code at CPL 3. A guest runs on a GDT, TSS and IDT of this library's. An
 * exception that nobody expects is printed and ends the guest with status TRAP_STATUS + vector.
 */
#ifndef WORKLOADS_LIB_TRAP_H
#define WORKLOADS_LIB_TRAP_H

#include <stdint.h>

#define TRAP_STATUS 64

/* Selectors besides the ABI's three; in the order that SYSRET wants (SDM vol. 2, SYSRET). */
#define SYSRET_BASE_SELECTOR 0x28
#define USER_DATA_SELECTOR   (0x30 | 3)
#define USER_CODE_SELECTOR   (0x38 | 3)

#define TRAP_NONE	 256 /* struct trap.vector: there was none */
#define TRAP_USER_RETURN 0x80

/** What the entry code leaves on the stack. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

struct trap {
	uint64_t vector; /* TRAP_NONE if there was none */
	uint64_t error;	 /* 0 where the exception has no error code */
	uint64_t rip, cr2, cs;
};

/** The last expected exception (TRY, user_run). */
extern struct trap trap_seen;
/** RIP at which an expected exception goes on, and RSP if not 0 (then for one exception only). */
extern uint64_t trap_resume, trap_resume_rsp;

/**
 * In inline assembly: run @instructions; an exception in them is noted in trap_seen and skips the
 * rest of them. Clobbers nothing. Label 9 is taken.
 */
#define TRY(instructions)                                                                          \
	"movq $256, trap_seen(%%rip)\n\t"                                                          \
	"movq $9f, trap_resume(%%rip)\n\t" instructions "\n9:\tmovq $0, trap_resume(%%rip)\n\t"

typedef void (*trap_handler)(struct trap_frame *frame);

/** Load them. The library does, before main. */
void trap_init(void);
/** NULL: the default. A handler may change the frame; its return is the exception's. */
void trap_set_handler(unsigned vector, trap_handler handler);
/**
 * Bypass the library: the processor jumps straight to @entry (assembly). NULL: back to the
 * library's.
 */
void trap_set_gate(unsigned vector, void (*entry)(void));
/**
 * On which interrupt stack (TSS) the processor delivers @vector: 0 the current one, 1 to 3 one of
 * its own.
 */
void trap_set_stack(unsigned vector, unsigned ist);

/** Where interrupt stack @ist (1 to 3) begins; it grows down from there. */
void trap_set_stack_top(unsigned ist, uint64_t top);

/**
 * Run @code at CPL 3 with @argument in RDI until it executes INT TRAP_USER_RETURN or faults: what
 * happened, with vector TRAP_USER_RETURN in the first case; @result, if not NULL, is set to its
 * RAX.
 */
struct trap user_run(void (*code)(void), uint64_t argument, uint64_t *result);

/** The end of code at CPL 3. */
#define USER_RETURN "int $0x80"

#endif
