# SPDX-License-Identifier: GPL-2.0-only
# The source kvm on this host's KVM, with a guest of our own.
ifdef HAVE_BPF
E2E_TESTS   += kvm-counts kvm-privileges
CHECK_FILES += unit/kvm-guest
endif

unit/kvm-guest: obj/host/tests/kvm/kvm_guest.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^
