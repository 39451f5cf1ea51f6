# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += kvm-rows exitstat-host
kvm-rows_SRC      := tests/unit/test_kvm_rows.c
exitstat-host_SRC := tests/unit/test_exitstat_host.c tools/exitstat/host.c

ifdef HAVE_BPF
UNIT_TESTS += kvm-programs
kvm-programs_SRC := tests/unit/test_kvm_programs.c

# What the source kvm costs, beside others: make bench-kvm. Debian package linux-perf for the whole table.
obj/bpf/count.bpf.o: $(srcdir)/tests/kvm/count.bpf.c obj/flags
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(CLANG) -target bpf -O2 -g -Wall -Wno-unused-parameter -Werror \
	-idirafter /usr/include/$(shell uname -m)-linux-gnu -c -o $@ $<
obj/bpf/count.skel.h: obj/bpf/count.bpf.o
	$(BPFTOOL) gen skeleton $< name count_bpf >$@
obj/host/tests/kvm/kvm_count.o: obj/bpf/count.skel.h
unit/kvm-count: obj/host/tests/kvm/kvm_count.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf

bench-kvm: all unit/kvm-guest unit/kvm-count
	@$(srcdir)/tests/kvm/bench.sh

# The same guests under vtscope and under this host's KVM, side by side.
compare-kvm: all unit/kvm-workload
	@$(srcdir)/tests/kvm/compare.sh $(COMPARE)

# On kvm-intel or kvm-amd, in an emulated machine: minutes, and packages of its own. KERNEL="FILE.deb ...": another
# kernel.
check-kvm-intel check-kvm-amd: check-kvm-%: all unit/kvm-guest unit/kvm-count unit/kvm-workload
	@SRCDIR='$(abspath $(srcdir))' KERNEL='$(KERNEL)' $(srcdir)/tests/kvm/kvm-machine.sh $*
.PHONY: bench-kvm compare-kvm check-kvm-intel check-kvm-amd
endif
