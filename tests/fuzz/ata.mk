# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS += ata-fuzz
FUZZERS   += ata

ata_rig_SRC := tests/unit/fake/ata_rig.c tests/unit/fake/machine.c $(addprefix core-vmm/, device/ata.c device/ata_identify.c \
	device/bus.c device/disk.c memory/guest_memory.c)
fuzz_ata_SRC := $(ata_rig_SRC)
