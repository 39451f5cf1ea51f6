# SPDX-License-Identifier: GPL-2.0-only
# Guests that test what is under them: tests/guest/NAME.c becomes tests/guest/NAME.elf. Their rules are those of workloads/build.mk.

guest_TESTS := apic apic_mmio apicv ata boot console control cpuid discard events exceptions exits flush \
	hypercall idle intercept interpret io irq mmio modes msr paging ptaddress ptlife ptrandom ptstorm ptwrite stack \
	tasks user virtio vmx where wild xstate
guest_TEST_FILES := $(guest_TESTS:%=tests/guest/%.elf)
CHECK_FILES += $(guest_TEST_FILES)

$(guest_TEST_FILES): tests/guest/%.elf: obj/guest/tests/guest/%.o \
		obj/guest/tests/guest/test.o obj/guest/tests/guest/target.o $(guest_LIB) \
		$(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(guest_LINK) -o $@ $(filter %.o,$^)

tests/guest/modes.elf: $(addprefix obj/guest/tests/guest/,modes_switch.o modes_init.o)
tests/guest/tasks.elf: obj/guest/tests/guest/modes_switch.o
tests/guest/interpret.elf: $(addprefix obj/guest/tests/guest/,interpret_case.o step.o step_switch.o)
tests/guest/virtio.elf tests/guest/console.elf tests/guest/discard.elf: $(guest_VIRTIO)
tests/guest/flush.elf: $(guest_BLOCK)

CHECK_FILES += tests/guest/devfuzz.elf
tests/guest/devfuzz.elf: $(addprefix obj/guest/tests/guest/devfuzz/,main.o queues.o setup.o registers.o interrupts.o recover.o) $(guest_LIB) $(guest_VIRTIO) \
		$(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(guest_LINK) -o $@ $(filter %.o,$^)

guest-tests: $(guest_TEST_FILES) tests/guest/devfuzz.elf
.PHONY: guest-tests

E2E_TESTS += guest guest-interpret guest-ends guest-workloads guest-processors guest-ept guest-exits guest-idle guest-apicv \
	guest-virtio guest-console guest-devfuzz
