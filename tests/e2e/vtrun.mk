# SPDX-License-Identifier: GPL-2.0-only
# An image in the VMM's place, to try vtrun's end of the hop at full speed and with bad data; and a guest.
hop_test_OBJ := $(addprefix obj/guest/tests/e2e/vtrun-images/,hop-entry.o hop.o)
hop_test_LINKER := $(srcdir)/tests/e2e/vtrun-images/hop.ld

lib/hop-test.elf: $(hop_test_OBJ) $(hop_test_LINKER)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) -nostdlib -static -Wl,--build-id=none,-z,max-page-size=4096 -T $(hop_test_LINKER) \
		-o $@ $(hop_test_OBJ)

workloads/test-talk.elf: obj/guest/tests/e2e/vtrun-images/talk.o $(guest_LIB) $(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(guest_LINK) -o $@ $(filter %.o,$^)

CHECK_FILES += lib/hop-test.elf workloads/test-talk.elf
E2E_TESTS   += disk disk-faults disk-discard tests/e2e/vtrun.sh tests/e2e/vtrun-hop vtrun-filter tests/e2e/vtrun-cleanup.sh
