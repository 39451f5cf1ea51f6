# SPDX-License-Identifier: GPL-2.0-only
include $(srcdir)/core-vmm/test/build.mk
E2E_TESTS += proof-hostile proof-ptdiff proof-modes proof-secret

# The differential test: one model, in the guest and on the host.
CHECK_FILES += tests/guest/ptdiff.elf tests/ptdiff-oracle
tests/guest/ptdiff.elf: $(addprefix obj/guest/tests/,guest/ptdiff.o diff/model.o diff/print.o) $(guest_LIB) \
		$(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(guest_LINK) -o $@ $(filter %.o,$^)
tests/ptdiff-oracle: $(addprefix $(srcdir)/tests/diff/,oracle.c model.c print.c) \
		$(addprefix $(srcdir)/tests/diff/,model.h print.h)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) -std=c11 -I$(srcdir) $(WARNINGS) $(SANITIZE) -o $@ $(filter %.c,$^)

# The same outside 64-bit mode, where the bare machine is the oracle.
CHECK_FILES += tests/guest/modes_random.elf
tests/guest/modes_random.elf: $(addprefix obj/guest/tests/guest/,modes_random.o modes_switch.o modes_init.o) $(guest_LIB) \
		$(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(guest_LINK) -o $@ $(filter %.o,$^)

# Hostile guests for a long time: make hostile [SEEDS=100000] [FIRST=0]
SEEDS := 100000
FIRST := 0
hostile: all lib/vmm-hostile.elf
	@$(srcdir)/tests/hostile $(SEEDS) $(FIRST)
.PHONY: hostile

# Guests that abuse their devices, for a long time: make devfuzz [SEEDS=20000] [FIRST=0]
devfuzz: SEEDS := 20000
devfuzz: all tests/guest/devfuzz.elf
	@$(srcdir)/tests/devfuzz $(SEEDS) $(FIRST)
.PHONY: devfuzz

CHECK_FILES += tests/guest/secret.elf
tests/guest/secret.elf: obj/guest/tests/guest/secret.o $(guest_LIB) $(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(guest_LINK) -o $@ $(filter %.o,$^)
