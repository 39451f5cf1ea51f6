# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += vtrun-options vtrun-elf vtrun-image vtrun-hop vtrun-native vtrun-discard vtrun-console

vtrun_unit_SRC := $(addprefix tools/vtrun/,util.c options.c names.c)
vtrun-options_SRC := tests/unit/test_vtrun_options.c tools/vtrun/config.c $(addprefix tools/vtrun/,disk_file.c discard.c) $(vtrun_unit_SRC)
vtrun-elf_SRC := tests/unit/test_vtrun_elf.c tests/unit/vtrun_elf.c tools/vtrun/elf_image.c tools/vtrun/util.c
vtrun-elf_LIBS := -lelf
vtrun-image_SRC := tests/unit/test_vtrun_image.c tests/unit/vtrun_elf.c \
	$(addprefix tools/vtrun/,image.c elf_image.c util.c)
vtrun-image_LIBS := -lelf
vtrun-hop_SRC := tests/unit/test_vtrun_hop.c $(addprefix tools/vtrun/,hop.c scan.c sink.c console.c util.c)
vtrun-console_SRC := tests/unit/test_vtrun_console.c $(addprefix tools/vtrun/,console.c util.c)
vtrun-discard_SRC := tests/unit/test_vtrun_discard.c tools/vtrun/discard.c
vtrun-native_SRC := tests/unit/test_vtrun_native.c $(addprefix tools/vtrun/,native.c sink.c util.c)
UNIT_TESTS += multiboot_image
multiboot_image_SRC := tests/unit/test_multiboot_image.c
