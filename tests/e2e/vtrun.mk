# SPDX-License-Identifier: GPL-2.0-only
# An image in the VMM's place, to try vtrun's end of the hop at full speed and with bad data.
HOP_OBJ := $(addprefix obj/hop-test/,entry.o main.o)

obj/hop-test/%.o: $(srcdir)/tests/e2e/vtrun-hop/%.c
	@mkdir -p $(@D)
	$(CC) $(FREESTANDING) -c -o $@ $<
obj/hop-test/%.o: $(srcdir)/tests/e2e/vtrun-hop/%.S
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<
lib/hop-test.elf: $(HOP_OBJ) $(srcdir)/tests/e2e/vtrun-hop/link.ld
	@mkdir -p $(@D)
	$(CC) -nostdlib -static -no-pie -Wl,--build-id=none,-z,max-page-size=4096 \
		-T $(srcdir)/tests/e2e/vtrun-hop/link.ld -o $@ $(HOP_OBJ)

CHECK_FILES += lib/hop-test.elf

