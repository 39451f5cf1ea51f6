# SPDX-License-Identifier: GPL-2.0-only
# The source kvm on this host's KVM, with a guest of our own.
ifdef HAVE_BPF
E2E_TESTS   += kvm-counts kvm-privileges kvm-relocations kvm-compare
CHECK_FILES += unit/kvm-guest unit/kvm-workload unit/kvm-relocations

obj/host/tests/kvm/kvm_relocations.o obj/host/tests/kvm/kvm_btf.o: obj/bpf/kvm.skel.h
unit/kvm-relocations unit/kvm-btf: unit/kvm-%: obj/host/tests/kvm/kvm_%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf
endif

unit/kvm-guest unit/kvm-workload: unit/kvm-%: obj/host/tests/kvm/kvm_%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^
