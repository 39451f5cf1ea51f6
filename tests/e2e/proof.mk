# SPDX-License-Identifier: GPL-2.0-only
include $(srcdir)/core-vmm/test/build.mk
E2E_TESTS += proof-hostile

# Hostile guests for a long time: make hostile [SEEDS=100000] [FIRST=0]
SEEDS := 100000
FIRST := 0
hostile: all lib/vmm-hostile.elf
	@$(srcdir)/tests/hostile $(SEEDS) $(FIRST)
.PHONY: hostile
