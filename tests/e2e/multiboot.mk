# SPDX-License-Identifier: GPL-2.0-only
# A Multiboot image of 32-bit code: as an ELF32 file, and flat with the header's address fields.
multiboot_CC := $(CC) -m32 -std=c11 -O2 -g0 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
	-mgeneral-regs-only -Wall -Wextra -Werror -I$(srcdir)
multiboot_IMAGES := tests/multiboot-elf tests/multiboot-flat
CHECK_FILES += $(multiboot_IMAGES)

obj/multiboot/main.o: $(srcdir)/tests/guest/multiboot/main.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(multiboot_CC) -MMD -MP -c -o $@ $<
-include obj/multiboot/main.d
obj/multiboot/entry-%.o: $(srcdir)/tests/guest/multiboot/entry.S
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(multiboot_CC) $(if $(filter flat,$*),-DFLAT) -c -o $@ $<
obj/multiboot/%.elf: obj/multiboot/entry-%.o obj/multiboot/main.o $(srcdir)/tests/guest/multiboot/image.ld
	$(call say,LINK,$@)
	$(Q)$(multiboot_CC) -nostdlib -static -Wl,-T,$(srcdir)/tests/guest/multiboot/image.ld -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments -o $@ $(filter %.o,$^)
tests/multiboot-elf: obj/multiboot/elf.elf
	@mkdir -p $(@D)
	$(Q)cp $< $@
tests/multiboot-flat: obj/multiboot/flat.elf
	@mkdir -p $(@D)
	$(Q)objcopy -O binary $< $@

guest-tests: $(multiboot_IMAGES)
E2E_TESTS += multiboot
