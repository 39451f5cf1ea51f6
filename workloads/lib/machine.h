/* SPDX-License-Identifier: GPL-2.0-only */
/* What is under the guest: a VMM or the bare machine, its memory, and how to end. */
#ifndef WORKLOADS_LIB_MACHINE_H
#define WORKLOADS_LIB_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/abi/guest.h"

#define PAGE_SIZE  4096ul
#define LARGE_SIZE (2ul << 20)

struct machine {
	bool vmm;	   /* a vtscope VMM, with hypercalls; otherwise the bare machine */
	bool pv_console;   /* VTG_CONSOLE_WRITE works */
	bool shadow;	   /* shadow paging; otherwise EPT, or no VMM */
	uint32_t features; /* VTG_FEATURE_* */
	const struct vtg_boot_info *boot;
	const char *args;
};

/** Filled in before main. */
extern struct machine machine;

/** The processor as the guest found it, kept by the entry code. */
struct entry_state {
	uint64_t rsp, rflags;
	uint8_t idtr[10], gdtr[10];
	uint16_t cs, ss, ds, es, fs, gs, tr, ldtr;
} __attribute__((packed));

extern struct entry_state entry_state;

extern char image_start[], image_end[];

/**
 * Write to every page of the image without changing it, so that no later access is the first one.
 */
void image_touch(void);

/** End the VM, or natively the machine. */
_Noreturn void machine_exit(uint8_t status);

/** What a guest defines; its value is the exit status. */
int main(void);

/** Four arguments and R8 (VTG_MARK's value). */
static inline int64_t hypercall5(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
				 uint64_t e)
{
	register uint64_t r8 __asm__("r8") = e;
	int64_t result;

	__asm__ volatile("vmcall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "c"(d), "r"(r8)
			 : "memory");
	return result;
}

static inline int64_t hypercall(uint64_t number, uint64_t a, uint64_t b)
{
	return hypercall5(number, a, b, 0, 0, 0);
}

#endif
