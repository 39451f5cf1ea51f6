/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of 8-bit registers at ports: a wider access is as many single ones, as on the ISA bus. */
#ifndef CORE_VMM_DEVICE_ISA_H
#define CORE_VMM_DEVICE_ISA_H

#include "core-vmm/device/bus.h"

/** NAME_isa_read and NAME_isa_write for a bus_region of @ports, from NAME_read and NAME_write of one port. */
#define ISA_ACCESSORS(name, ports)                                                                 \
	static uint64_t name##_isa_read(struct vcpu *vcpu, void *state, uint64_t offset,           \
					unsigned size)                                             \
	{                                                                                          \
		uint64_t value = 0;                                                                \
                                                                                                   \
		for (unsigned i = 0; i < size; i++)                                                \
			value |= (uint64_t)(offset + i < (ports)                                   \
						? name##_read(vcpu, state, (unsigned)offset + i)   \
						: 0xff)                                            \
				 << 8 * i;                                                         \
		return value;                                                                      \
	}                                                                                          \
	static void name##_isa_write(struct vcpu *vcpu, struct exit *exit, void *state,            \
				     uint64_t offset, unsigned size, uint64_t value)               \
	{                                                                                          \
		(void)exit;                                                                        \
		for (unsigned i = 0; i < size && offset + i < (ports); i++)                        \
			name##_write(vcpu, state, (unsigned)offset + i,                            \
				     (uint8_t)(value >> 8 * i));                                   \
	}

#endif
