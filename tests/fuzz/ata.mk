# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS += ata-fuzz

ata_rig_SRC := tests/unit/fake/ata_rig.c tests/unit/fake/machine.c $(addprefix core-vmm/, device/ata.c device/ata_identify.c \
	device/bus.c device/disk.c memory/guest_memory.c)

ifneq ($(HAVE_FUZZER),)
CHECK_FILES += unit/fuzz-ata
unit/fuzz-ata: $(addprefix $(srcdir)/,tests/fuzz/fuzz_ata.c $(ata_rig_SRC)) \
		$(wildcard $(srcdir)/core-vmm/device/*.h $(srcdir)/tests/unit/fake/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(CLANG) $(filter-out -MMD -MP,$(HOST)) -I$(srcdir)/tests/unit/fake -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^)
endif
