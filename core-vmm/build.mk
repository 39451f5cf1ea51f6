# SPDX-License-Identifier: GPL-2.0-only
# The VMM: one set of sources. vmm.elf is the product; vmm-norecord.elf has recording compiled out, to measure
# what it costs. The others are broken on purpose, to see that tests and the VMM itself notice: vmm-corrupt.elf
# answers CPUID wrongly, vmm-badentry.elf breaks a rule of VM entry, vmm-fault.elf writes to its own text.
# vmm-hooks.elf raises interrupts and NMIs when a guest test asks for them; vmm-ledger.elf keeps account of owed
# flushes (memory/ledger.h).
core_SRC := $(addprefix core-vmm/, vm.c \
	vmx/capability.c vmx/vmcs.c vmx/vmcs_dump.c vmx/vmcs_rules.c vmx/run.c vmx/switch.S \
	dispatch/dispatch.c dispatch/cpuid.c dispatch/cr.c dispatch/descriptor.c dispatch/ept_violation.c dispatch/exception.c \
	dispatch/hypercall.c dispatch/inject.c dispatch/io.c dispatch/instruction.c dispatch/io_string.c dispatch/linear.c dispatch/misc.c dispatch/msr.c dispatch/pending.c \
	dispatch/shadow_page_fault.c \
	memory/guest_memory.c memory/ledger.c memory/tlb.c memory/ept.c memory/pae.c memory/paging_ept.c memory/paging_shadow.c \
	memory/walk.c memory/shadow.c memory/shadow_entry.c memory/shadow_page.c memory/shadow_write.c \
	device/console.c device/debug_exit.c device/uart.c \
	loader/elf64.c loader/guest_image.c \
	platform/bare/entry.S platform/bare/start.c platform/bare/multiboot.c platform/bare/config.c \
	platform/bare/pages.c platform/bare/map.c platform/bare/trap.c platform/bare/log.c \
	platform/bare/hop.c platform/bare/native.c platform/bare/string.c) \
	$(patsubst $(srcdir)/%,%,$(sort $(wildcard $(srcdir)/core-vmm/interpret/*.c)))
# No function may need more than 1 KiB of the 32 KiB stack (platform/bare/entry.S); the deepest chain of calls has nine.
CORE := $(FREESTANDING) -I$(srcdir)/core-vmm/platform/bare -Wframe-larger-than=1024
core_LINKER := $(srcdir)/core-vmm/platform/bare/linker.ld

core_LINK = $(CC) -nostdlib -static -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments \
	-T $(core_LINKER)

# $(call VMM,name,objects' folder,flags)
define VMM
$(2)/%.o: $(srcdir)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(CC) $(CORE) $(3) -c -o $$@ $$<
$(2)/%.o: $(srcdir)/%.S
	@mkdir -p $$(@D)
	$$(call say,AS,$$@)
	$$(CC) -MMD -MP -c -o $$@ $$<
lib/$(1).elf: $(patsubst %,$(2)/%.o,$(basename $(core_SRC))) $(core_LINKER)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(core_LINK) -Wl,--defsym=flush_removed=$$(or $$*,-1) -o $$@ $$(filter %.o,$$^)
-include $(patsubst %,$(2)/%.d,$(basename $(core_SRC)))
endef
$(eval $(call VMM,vmm,obj/core,))
$(eval $(call VMM,vmm-norecord,obj/core-norecord,-DVTS_NO_RECORD))
$(eval $(call VMM,vmm-corrupt,obj/core-corrupt,-DVTS_TEST_CORRUPT))
$(eval $(call VMM,vmm-badentry,obj/core-badentry,-DVTS_TEST_BAD_ENTRY))
$(eval $(call VMM,vmm-fault,obj/core-fault,-DVTS_TEST_FAULT))
$(eval $(call VMM,vmm-hooks,obj/core-hooks,-DVTS_TEST_HOOKS))
$(eval $(call VMM,vmm-ledger,obj/core-ledger,-DVTS_TEST_LEDGER))
# The same with flush call number % taken out: tests/e2e/ledger.sh makes and runs them all.
$(eval $(call VMM,vmm-ledger-%,obj/core-ledger,-DVTS_TEST_LEDGER))

LIB_FILES   += lib/vmm.elf
CHECK_FILES += $(addprefix lib/vmm-,norecord.elf corrupt.elf badentry.elf fault.elf hooks.elf ledger.elf)
