# SPDX-License-Identifier: GPL-2.0-only
# The trapped ATA disk over an array; ata_rig_SRC is in tests/fuzz/ata.mk.
UNIT_TESTS += ata
ata_SRC := tests/unit/test_ata.c $(ata_rig_SRC)
$(patsubst %.c,obj/asan/%.o,$(ata_SRC)): HOST += -I$(srcdir)/tests/unit/fake
