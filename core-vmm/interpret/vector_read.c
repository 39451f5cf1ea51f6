/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's vector registers: the VMM uses none, so they are still in the processor. */
#include "core-vmm/interpret/execute.h"

#define REGISTER(n)                                                                                \
	case n:                                                                                    \
		__asm__ volatile("movups %%xmm" #n ", %0" : "=m"(*(uint8_t(*)[16])to));            \
		break

void vector_read(unsigned number, void *to)
{
	switch (number) {
		REGISTER(0);
		REGISTER(1);
		REGISTER(2);
		REGISTER(3);
		REGISTER(4);
		REGISTER(5);
		REGISTER(6);
		REGISTER(7);
		REGISTER(8);
		REGISTER(9);
		REGISTER(10);
		REGISTER(11);
		REGISTER(12);
		REGISTER(13);
		REGISTER(14);
		REGISTER(15);
	}
}
