# SPDX-License-Identifier: GPL-2.0-only
# The VMM: one set of sources, three sets of objects. vmm.elf is the product; vmm-norecord.elf has recording compiled out,
# to measure what it costs; the test build (test_variant.h) is linked as often as there are variants of it:
#   vmm-test.elf      raises interrupts and NMIs, and opens the VMCS, when a guest test asks; keeps account of owed flushes
#   vmm-ledger-N.elf  the same with flush call number N taken out: tests/e2e/ledger.sh makes and runs them all
#   vmm-check.elf     checks at random points all that the guest can reach; vmm-escape.elf has an escape to find
#   vmm-corrupt.elf, vmm-badentry.elf, vmm-fault.elf  are broken on purpose
core_SRC := $(addprefix core-vmm/, vm.c \
	vmx/apicv.c vmx/capability.c vmx/vmcs.c vmx/vmcs_dump.c vmx/vmcs_rules.c vmx/run.c vmx/reset.c vmx/switch.S \
	dispatch/dispatch.c dispatch/apic.c dispatch/cpuid.c dispatch/cr.c dispatch/descriptor.c dispatch/ept_violation.c dispatch/exception.c \
	dispatch/hypercall.c dispatch/inject.c dispatch/io.c dispatch/instruction.c dispatch/io_string.c dispatch/linear.c dispatch/misc.c dispatch/mmio.c dispatch/msr.c dispatch/pending.c dispatch/time.c \
	dispatch/shadow_page_fault.c \
	memory/guest_memory.c memory/tlb.c memory/ept.c memory/pae.c memory/paging_ept.c memory/paging_shadow.c \
	memory/walk.c memory/walk_legacy.c memory/shadow.c memory/shadow_32.c memory/shadow_entry.c memory/shadow_page.c memory/shadow_root.c memory/shadow_sync.c memory/shadow_write.c \
	device/ata.c device/ata_identify.c device/bus.c device/calendar.c device/console.c device/debug_exit.c device/devices.c device/disk.c device/ioapic.c device/irq.c \
	device/lapic.c device/lapic_interrupt.c device/lapic_timer.c device/lapic_virtual.c device/pic.c device/pit.c device/rtc.c device/timer.c device/uart.c \
	device/pci.c device/pci_msix.c device/virtio.c device/virtio_pci.c device/virtio_queue.c device/virtio_blk.c device/virtio_console.c \
	loader/elf64.c loader/guest_image.c \
	platform/bare/entry.S platform/bare/start.c platform/bare/multiboot.c platform/bare/config.c \
	platform/bare/pages.c platform/bare/map.c platform/bare/trap.c platform/bare/log.c \
	platform/bare/disk.c platform/bare/hop.c platform/bare/native.c platform/bare/string.c) \
	$(patsubst $(srcdir)/%,%,$(sort $(wildcard $(srcdir)/core-vmm/interpret/*.c)))
# No function may need more than 1 KiB of the 32 KiB stack (platform/bare/entry.S); the deepest chain of calls has nine.
CORE := $(FREESTANDING) -I$(srcdir)/core-vmm/platform/bare -Wframe-larger-than=1024
core_LINKER := $(srcdir)/core-vmm/platform/bare/linker.ld

core_LINK = $(CC) -nostdlib -static -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments \
	-T $(core_LINKER)

# $(call OBJECTS,folder,flags)
define OBJECTS
$(1)/%.o: $(srcdir)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(CC) $(CORE) $(2) -c -o $$@ $$<
$(1)/%.o: $(srcdir)/%.S
	@mkdir -p $$(@D)
	$$(call say,AS,$$@)
	$$(CC) -MMD -MP -c -o $$@ $$<
-include $(patsubst %,$(1)/%.d,$(basename $(core_SRC) $(core_TEST_SRC)))
endef
# $(call VMM,name,objects' folder,sources,symbols for the linker)
define VMM
lib/$(1).elf: $(patsubst %,$(2)/%.o,$(basename $(3))) $(core_LINKER)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(core_LINK) $(4) -o $$@ $$(filter %.o,$$^)
endef
core_TEST_SRC := core-vmm/memory/ledger.c core-vmm/memory/isolation.c core-vmm/memory/shadow_check.c
core_TEST_ALL := $(core_SRC) $(core_TEST_SRC)
$(eval $(call OBJECTS,obj/core,))
$(eval $(call OBJECTS,obj/core-norecord,-DVTS_NO_RECORD))
$(eval $(call OBJECTS,obj/core-test,-DVTS_TEST))
$(eval $(call VMM,vmm,obj/core,$(core_SRC)))
$(eval $(call VMM,vmm-norecord,obj/core-norecord,$(core_SRC)))
# $(call TEST_VMM,name,number in enum test_variant)
TEST_VMM = $(call VMM,vmm-$(1),obj/core-test,$(core_TEST_ALL),$(call SYMBOLS,$(2),-1))
SYMBOLS = -Xlinker --defsym=test_variant=$(1) -Xlinker --defsym=flush_removed=$(2)
$(eval $(call TEST_VMM,test,0))
$(eval $(call TEST_VMM,corrupt,1))
$(eval $(call TEST_VMM,badentry,2))
$(eval $(call TEST_VMM,fault,3))
$(eval $(call TEST_VMM,check,4))
$(eval $(call TEST_VMM,escape,5))
$(eval $(call VMM,vmm-ledger-%,obj/core-test,$(core_TEST_ALL),$(call SYMBOLS,0,$$*)))

LIB_FILES   += lib/vmm.elf
CHECK_FILES += $(addprefix lib/vmm-,norecord.elf test.elf corrupt.elf badentry.elf fault.elf check.elf escape.elf)
