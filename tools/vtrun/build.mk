# SPDX-License-Identifier: GPL-2.0-only
# vtrun and the boot sector. Debian packages: libelf-dev (build), bochs and bochsbios (run).
PROGRAMS += vtrun
vtrun_SRC := $(patsubst $(srcdir)/%,%,$(sort $(wildcard $(srcdir)/tools/vtrun/*.c)))
vtrun_LIBS := -lelf

lib/boot.bin: $(srcdir)/core-vmm/platform/bare/boot.S
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(CC) -m32 -c -o lib/boot.o $<
	$(CC) -m32 -nostdlib -static -Wl,-Ttext=0x7c00,--build-id=none -o lib/boot.elf lib/boot.o
	$(OBJCOPY) -O binary -j .text lib/boot.elf $@

LIB_FILES += lib/boot.bin
MAN_PAGES += docs/man/vtrun.1
CLEAN_FILES += lib/boot.o lib/boot.elf
