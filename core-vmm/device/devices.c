/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/devices.h"

#include "core-vmm/device/debug_exit.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"

bool devices_create(struct vm *vm)
{
	size_t pages = (sizeof(struct devices) + PAGE_SIZE - 1) >> PAGE_SHIFT;

	vm->devices = platform_pages_alloc(pages);
	if (!vm->devices)
		return false;
	platform_clear(vm->devices, pages << PAGE_SHIFT);
	vm->devices->ports.limit = 0x10000;
	vm->devices->memory.limit = ~0ull;
	uart_create(vm);
	debug_exit_create(vm);
	return ata_create(vm);
}
