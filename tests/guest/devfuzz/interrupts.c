// SPDX-License-Identifier: GPL-2.0-only
/* Moments in which whatever interrupt the seed has provoked may come. */
#include "tests/guest/devfuzz/devfuzz.h"

#include "core-vmm/abi/guest.h"

/* Before an NMI storm or a line that stays high takes over: so many interrupts, and IF is clear again. */
#define INTERRUPTS_MAX 64

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

void devfuzz_interrupt(void);
extern int devfuzz_interrupts;
int devfuzz_interrupts;

/* Any vector: none has an error code, as nothing here faults. When there were enough, the interrupted code goes on with IF clear. */
__asm__(".globl devfuzz_interrupt\n"
	"devfuzz_interrupt:\n\t"
	"decl devfuzz_interrupts(%rip)\n\t"
	"jg 1f\n\t"
	"andl $~0x200, 16(%rsp)\n"
	"1:\tiretq");

void interrupts_open(void)
{
	static struct {
		uint64_t low, high;
	} gates[256] __attribute__((aligned(4096)));
	struct table_register plain = {sizeof(gates) - 1, (uint64_t)gates}, library;
	uint64_t entry = (uint64_t)devfuzz_interrupt, turns = 300;

	for (unsigned i = 0; i < 256; i++) {
		gates[i].low = (entry & 0xffff) | (uint64_t)VTG_CODE_SELECTOR << 16 | 0x8eul << 40 |
			       (entry >> 16 & 0xffff) << 48;
		gates[i].high = entry >> 32;
	}
	devfuzz_interrupts = INTERRUPTS_MAX;
	__asm__ volatile("sidt %1\n\t"
			 "lidt %2\n\t"
			 "sti\n"
			 "1:\tdecq %0\n\t"
			 "jnz 1b\n\t"
			 "cli\n\t"
			 "lidt %1"
			 : "+r"(turns), "=m"(library)
			 : "m"(plain)
			 : "memory", "cc");
}
