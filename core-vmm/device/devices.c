/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/devices.h"

#include "core-vmm/device/debug_exit.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"

static void pv_create(struct vm *vm)
{
	virtio_console_create(vm, &vm->devices->virtio_console);
	if (vm->disk && vm->disk->sectors)
		virtio_blk_create(vm, &vm->devices->virtio_blk, vm->disk);
}

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
	pci_create(vm);
	acpi_create(vm);
	if (vm->config.pv)
		pv_create(vm);
	return ata_create(vm);
}
