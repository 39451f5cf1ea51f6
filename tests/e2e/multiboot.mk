# SPDX-License-Identifier: GPL-2.0-only
# A Multiboot 1 image, 32-bit code: as ELF32, and flat.
multiboot_FLAGS := -m32 -march=i686 -std=c11 -O2 -g -ffreestanding -fno-pic -fno-pie -mgeneral-regs-only -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none $(WARNINGS) -MMD -MP
multiboot_LINK := $(CC) -m32 -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments \
	-T $(srcdir)/tests/multiboot/image.ld

obj/multiboot/image.o: $(srcdir)/tests/multiboot/image.c obj/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(CC) $(multiboot_FLAGS) -c -o $@ $<
obj/multiboot/entry.o obj/multiboot/entry-flat.o: obj/multiboot/entry%.o: $(srcdir)/tests/multiboot/entry.S obj/flags
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(CC) $(multiboot_FLAGS) $(if $*,-DFLAT) -c -o $@ $<
tests/multiboot.elf obj/multiboot/flat.elf: obj/multiboot/image.o $(srcdir)/tests/multiboot/image.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(multiboot_LINK) -o $@ $(filter %.o,$^)
tests/multiboot.elf: obj/multiboot/entry.o
obj/multiboot/flat.elf: obj/multiboot/entry-flat.o
tests/multiboot-flat: obj/multiboot/flat.elf
	@mkdir -p $(@D)
	$(OBJCOPY) -O binary $< $@

CHECK_FILES += tests/multiboot.elf tests/multiboot-flat
E2E_TESTS   += multiboot
