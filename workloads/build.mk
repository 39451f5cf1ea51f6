# SPDX-License-Identifier: GPL-2.0-only
# Guests: freestanding programs over one small library. guest_link is also how tests/guest are linked.

guest_WORKLOADS := null cpuid vmcall msr demand ptemod pgfault syscall ctxswitch invlpg mmapchurn tlbchase console \
	in cr8wr callret divzero wptoggle remap cowfork ptsweep timer ipi hlt mmio blockread blockwrite
GUESTS += $(guest_WORKLOADS:%=workloads/%.elf) workloads/mixed.elf

guest_LIB := $(addprefix obj/guest/workloads/lib/,apic.o entry.o machine.o trap.o string.o console.o uart.o mark.o memory.o ata.o \
	paging.o pic.o pit.o line.o args.o workload.o)
# What only guests with these devices are linked with.
guest_VIRTIO := $(addprefix obj/guest/workloads/lib/,pci.o virtio.o virtio_blk.o virtio_console.o)
guest_BLOCK := obj/guest/workloads/lib/block.o $(guest_VIRTIO)
guest_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
guest_LINK = $(CC) $(guest_LDFLAGS) -Wl,-T,$(srcdir)/workloads/lib/guest.ld

obj/guest/%.o: $(srcdir)/%.c obj/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(FREESTANDING) -c -o $@ $<
obj/guest/%.o: $(srcdir)/%.S obj/flags
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) $(FREESTANDING) -c -o $@ $<

# The name `workload` in lib/main.c is bound to the one that the guest is made of.
$(guest_WORKLOADS:%=workloads/%.elf): workloads/%.elf: obj/guest/workloads/%.o obj/guest/workloads/lib/main.o \
		$(guest_LIB) $(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(guest_LINK) -Wl,--defsym=workload=$*_workload -o $@ $(filter %.o,$^)

workloads/blockread.elf workloads/blockwrite.elf: $(guest_BLOCK)
workloads/console.elf: $(guest_VIRTIO)
workloads/mixed.elf: $(guest_WORKLOADS:%=obj/guest/workloads/%.o) obj/guest/workloads/mixed.o $(guest_LIB) $(guest_BLOCK) \
		$(srcdir)/workloads/lib/guest.ld
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(guest_LINK) -o $@ $(filter %.o,$^)

guests: $(GUESTS)
.PHONY: guests
