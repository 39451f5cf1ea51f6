# SPDX-License-Identifier: GPL-2.0-only
# Test VMMs: the product's own objects, with test code that the linker lets in at some functions (wrap.h).
core_tests = $(1:%=core-vmm/test/%.c)
wraps      = $(1:%=-Xlinker --wrap=%)

hostile_SRC  := $(call core_tests,hostile hostile_guest hostile_code hostile_elements hostile_devices vm_life tally)
hostile_LINK := $(call wraps,vm_create guest_image_load vmx_handle_exit platform_wake platform_panic log_to)
secret_SRC   := $(call core_tests,secret vm_life tally)
secret_LINK  := $(call wraps,vm_create guest_image_load platform_wake)
mutant_SRC   := $(call core_tests,mutant)
mutant_LINK  := $(call wraps,guest_memory_back shadow_fault shadow_write virtio_queue_is_valid virtio_queue_take) -Xlinker --defsym=mutation=

$(eval $(call VMM,vmm-hostile,obj/core,$(core_SRC) core-vmm/memory/shadow_check.c $(hostile_SRC),$(hostile_LINK)))
$(eval $(call VMM,vmm-secret,obj/core,$(core_SRC) $(secret_SRC),$(secret_LINK)))
# The same in the test build: it also checks isolation at random points, and that no flush is owed at an entry.
$(eval $(call VMM,vmm-hostile-check,obj/core-test,$(core_TEST_ALL) $(hostile_SRC),$(hostile_LINK) $(call SYMBOLS,4,-1)))

# Broken on purpose, to see that the tests notice: as test_variant.h says; unreset gives a guest the registers of the
# VM before; mutant.c says what is wrong with the mutants.
$(eval $(call VMM,vmm-hostile-badentry,obj/core-test,$(core_TEST_ALL) $(hostile_SRC),$(hostile_LINK) $(call SYMBOLS,2,-1)))
$(eval $(call VMM,vmm-hostile-fault,obj/core-test,$(core_TEST_ALL) $(hostile_SRC),$(hostile_LINK) $(call SYMBOLS,3,-1)))
$(eval $(call VMM,vmm-hostile-escape,obj/core-test,$(core_TEST_ALL) $(hostile_SRC),$(hostile_LINK) $(call SYMBOLS,5,-1)))
$(eval $(call VMM,vmm-secret-unclean,obj/core-test,$(core_TEST_ALL) $(secret_SRC),$(secret_LINK) $(call SYMBOLS,6,-1)))
$(eval $(call VMM,vmm-secret-unreset,obj/core,$(core_SRC) $(secret_SRC) $(call core_tests,unreset),\
	$(secret_LINK) $(call wraps,reset_unswitched)))
$(eval $(call VMM,vmm-mutant-1,obj/core,$(core_SRC) $(mutant_SRC),$(mutant_LINK)1))
$(eval $(call VMM,vmm-mutant-2,obj/core,$(core_SRC) $(mutant_SRC),$(mutant_LINK)2))
$(eval $(call VMM,vmm-mutant-3,obj/core,$(core_SRC) $(mutant_SRC),$(mutant_LINK)3))
$(eval $(call VMM,vmm-mutant-4,obj/core,$(core_SRC) $(mutant_SRC),$(mutant_LINK)4))
$(eval $(call VMM,vmm-mutant-5,obj/core,$(core_SRC) $(mutant_SRC),$(mutant_LINK)5))

CHECK_FILES += $(addprefix lib/vmm-,hostile.elf hostile-check.elf hostile-badentry.elf hostile-fault.elf \
	hostile-escape.elf secret.elf secret-unclean.elf secret-unreset.elf mutant-1.elf mutant-2.elf mutant-3.elf mutant-4.elf mutant-5.elf)
-include $(patsubst %.c,obj/core/%.d,$(hostile_SRC) $(secret_SRC) $(mutant_SRC) core-vmm/memory/shadow_check.c) \
	$(patsubst %.c,obj/core-test/%.d,$(hostile_SRC) $(secret_SRC))
