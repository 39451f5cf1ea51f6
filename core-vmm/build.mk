# SPDX-License-Identifier: GPL-2.0-only
# The VMM: one set of sources, three sets of objects. vmm.elf is the product; vmm-norecord.elf has recording compiled out,
# to measure what it costs; the test build (test_variant.h) is linked as often as there are variants of it:
#   vmm-test.elf      raises interrupts and NMIs, and opens the VMCS, when a guest test asks; keeps account of owed flushes
#   vmm-ledger-N.elf  the same with flush call number N taken out: tests/e2e/ledger.sh makes and runs them all
#   vmm-check.elf     checks at random points all that the guest can reach; vmm-escape.elf has an escape to find
#   vmm-corrupt.elf, vmm-badentry.elf, vmm-fault.elf  are broken on purpose
# All sources of these folders but what only test builds have, and the boot sector.
core_FOLDERS := vmx dispatch memory interpret device loader platform/bare
core_TEST_SRC := $(addprefix core-vmm/memory/,ledger.c isolation.c shadow_check.c)
core_SRC := core-vmm/vm.c $(filter-out $(core_TEST_SRC) core-vmm/platform/bare/boot.S,$(patsubst $(srcdir)/%,%,$(sort \
	$(wildcard $(core_FOLDERS:%=$(srcdir)/core-vmm/%/*.[cS])))))
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
# Without iasl there is none, and no Linux guest.
obj/dsdt.aml: $(srcdir)/core-vmm/loader/dsdt.asl
	@mkdir -p $(@D)
	$(call say,IASL,$@)
	$(if $(IASL),$(IASL) -vs -p $@ $< >$(@:.aml=.log) || { cat $(@:.aml=.log); exit 1; },: >$@)
$(foreach o,core core-norecord core-test,obj/$(o)/core-vmm/loader/dsdt.o): obj/dsdt.aml

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
