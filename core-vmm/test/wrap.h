/* SPDX-License-Identifier: GPL-2.0-only */
/* The product's functions that the linker (--wrap, see build.mk) leads to test code first. */
#ifndef CORE_VMM_TEST_WRAP_H
#define CORE_VMM_TEST_WRAP_H

#include <stdint.h>

#include "core-vmm/loader/guest_image.h"
#include "core-vmm/vm.h"

struct vts_hop;

#define WRAP(type, name, ...)                                                                      \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __real_##name(__VA_ARGS__)

WRAP(const char *, vm_create, struct vcpu *vcpu, const struct guest_image *image,
     struct guest_entry *entry, enum vts_how *cause);
WRAP(const char *, guest_image_load, struct guest_memory *memory, const struct guest_image *image,
     struct guest_entry *entry);
WRAP(int, vmx_handle_exit, struct vcpu *vcpu);
WRAP(void, platform_wake, uint8_t byte);
WRAP(void, log_to, struct vts_hop *hop);
_Noreturn void __wrap_platform_panic(const char *format, uint64_t a, uint64_t b, uint64_t c);
_Noreturn void __real_platform_panic(const char *format, ...);

#endif
