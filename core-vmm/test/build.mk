# SPDX-License-Identifier: GPL-2.0-only
# Test VMMs: the product's own objects, with test code that the linker lets in at these functions (wrap.h).
core_TEST_WRAPS := vm_create guest_image_load vmx_handle_exit platform_wake platform_panic log_to
mutant_WRAPS := shadow_fault shadow_write
core_TEST_LINK = $(CC) -nostdlib -static -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments \
	-Wl,--defsym=flush_removed=-1 $(core_TEST_WRAPS:%=-Wl,--wrap=%) -Wl,--defsym=mutation=$(or $(mutation),0) -T $(core_LINKER) -o $@ $(filter %.o,$^)

hostile_OBJECTS := $(addprefix obj/core/core-vmm/test/,hostile.o hostile_guest.o hostile_code.o vm_life.o tally.o) \
	obj/core/core-vmm/memory/shadow_check.o

# $(call TEST_VMM,name,folder of the product's objects,test objects)
define TEST_VMM
lib/$(1).elf: $(patsubst %,$(2)/%.o,$(basename $(core_SRC))) $(3) $(core_LINKER)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(core_TEST_LINK)
CHECK_FILES += lib/$(1).elf
-include $(3:.o=.d)
endef
$(eval $(call TEST_VMM,vmm-hostile,obj/core,$(hostile_OBJECTS)))
# Broken on purpose: the hostile guests must notice.
$(eval $(call TEST_VMM,vmm-hostile-fault,obj/core-fault,$(hostile_OBJECTS)))
$(eval $(call TEST_VMM,vmm-hostile-badentry,obj/core-badentry,$(hostile_OBJECTS)))
# core-vmm/test/mutant.c says what is wrong with each.
$(eval $(call TEST_VMM,vmm-mutant-1,obj/core,obj/core/core-vmm/test/mutant.o))
$(eval $(call TEST_VMM,vmm-mutant-2,obj/core,obj/core/core-vmm/test/mutant.o))
lib/vmm-mutant-%.elf: core_TEST_WRAPS := $(mutant_WRAPS)
lib/vmm-mutant-1.elf: mutation := 1
lib/vmm-mutant-2.elf: mutation := 2
