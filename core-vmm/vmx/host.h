/* SPDX-License-Identifier: GPL-2.0-only */
/* The processor's own state while the VMM runs: what VM exits load. */
#ifndef CORE_VMM_VMX_HOST_H
#define CORE_VMM_VMX_HOST_H

#include <stdint.h>

struct host_state {
	uint64_t cr0, cr3, cr4;
	uint64_t gdt_base, idt_base, tr_base;
	uint16_t cs, ss, tr;
};

static inline void host_state_read(struct host_state *host)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdt, idt;
	const uint64_t *descriptor;

	__asm__ volatile("mov %%cr0, %0\n\tmov %%cr3, %1\n\tmov %%cr4, %2"
			 : "=r"(host->cr0), "=r"(host->cr3), "=r"(host->cr4));
	__asm__ volatile("mov %%cs, %0\n\tmov %%ss, %1\n\tstr %2"
			 : "=rm"(host->cs), "=rm"(host->ss), "=rm"(host->tr));
	__asm__ volatile("sgdt %0\n\tsidt %1" : "=m"(gdt), "=m"(idt));
	host->gdt_base = gdt.base;
	host->idt_base = idt.base;
	/* The TSS descriptor (SDM vol. 3, 8.2.3) scatters its base. */
	descriptor = (const uint64_t *)(gdt.base + host->tr);
	host->tr_base =
	    (descriptor[0] >> 16 & 0xffffff) | (descriptor[0] >> 56) << 24 | descriptor[1] << 32;
}

#endif
