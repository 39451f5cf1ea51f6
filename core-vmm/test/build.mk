# SPDX-License-Identifier: GPL-2.0-only
# Test VMMs: the product's own objects, with test code that the linker lets in at some functions (wrap.h).
core_test_objects = $(1:%=obj/core/core-vmm/test/%.o)
hostile_OBJECTS := $(call core_test_objects,hostile hostile_guest hostile_code vm_life tally) \
	obj/core/core-vmm/memory/shadow_check.o
hostile_WRAPS  := vm_create guest_image_load vmx_handle_exit platform_wake platform_panic log_to
secret_OBJECTS := $(call core_test_objects,secret vm_life tally)
secret_WRAPS   := vm_create guest_image_load platform_wake
mutant_OBJECTS := $(call core_test_objects,mutant)
mutant_WRAPS   := shadow_fault shadow_write

# $(call TEST_VMM,name,folder of the product's objects,test objects,functions,number of a mutation)
define TEST_VMM
lib/$(1).elf: $(patsubst %,$(2)/%.o,$(basename $(core_SRC))) $(3) $(core_LINKER)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(CC) -nostdlib -static -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments \
		-Wl,--defsym=flush_removed=-1 -Wl,--defsym=mutation=$(or $(5),0) $(4:%=-Wl,--wrap=%) \
		-T $(core_LINKER) -o $$@ $$(filter %.o,$$^)
CHECK_FILES += lib/$(1).elf
-include $(3:.o=.d)
endef
$(eval $(call TEST_VMM,vmm-hostile,obj/core,$(hostile_OBJECTS),$(hostile_WRAPS)))
$(eval $(call TEST_VMM,vmm-secret,obj/core,$(secret_OBJECTS),$(secret_WRAPS)))

# Broken on purpose, to see that the tests notice. unclean gives guests pages as they are; unreset gives them the
# registers of the VM before; mutant.c says what is wrong with the mutants.
$(eval $(call VMM,vmm-unclean,obj/core-unclean,-DVTS_TEST_NO_CLEAR))
$(eval $(call TEST_VMM,vmm-hostile-fault,obj/core-fault,$(hostile_OBJECTS),$(hostile_WRAPS)))
$(eval $(call TEST_VMM,vmm-hostile-badentry,obj/core-badentry,$(hostile_OBJECTS),$(hostile_WRAPS)))
$(eval $(call TEST_VMM,vmm-secret-unclean,obj/core-unclean,$(secret_OBJECTS),$(secret_WRAPS)))
$(eval $(call TEST_VMM,vmm-secret-unreset,obj/core,$(secret_OBJECTS) $(call core_test_objects,unreset),$(secret_WRAPS) \
	reset_unswitched))
$(eval $(call TEST_VMM,vmm-mutant-1,obj/core,$(mutant_OBJECTS),$(mutant_WRAPS),1))
$(eval $(call TEST_VMM,vmm-mutant-2,obj/core,$(mutant_OBJECTS),$(mutant_WRAPS),2))
