# SPDX-License-Identifier: GPL-2.0-only
# PCI and virtio devices on the fake machine.
virtio_unit_TESTS := pci virtio virtio_malformed virtio_blk virtio_console
virtio_unit_SRC   := $(addprefix tests/unit/, fake/machine.c pci_machine.c virtio_driver.c ram_disk.c) \
	$(addprefix core-vmm/, memory/guest_memory.c \
	device/bus.c device/console.c device/disk.c device/pci.c device/pci_msi.c device/pci_msix.c device/timer.c device/virtio.c device/virtio_pci.c device/virtio_queue.c \
	device/virtio_blk.c device/virtio_console.c)
UNIT_TESTS        += $(virtio_unit_TESTS)
$(foreach t,$(virtio_unit_TESTS),$(eval $(t)_SRC := tests/unit/test_$(t).c $(virtio_unit_SRC)))
$(patsubst %.c,obj/asan/%.o,$(virtio_unit_SRC) $(virtio_unit_TESTS:%=tests/unit/test_%.c)): \
	HOST += -I$(srcdir)/tests/unit/fake

# The same under fuzzers.
E2E_TESTS += virtio-fuzz
FUZZERS   += virtio
fuzz_virtio_SRC := $(virtio_unit_SRC)
