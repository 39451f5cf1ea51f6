# SPDX-License-Identifier: GPL-2.0-only
# `make bench`: the speed of the trace path, beside its peers (docs/speed.md). Debian packages, all of them optional:
# babeltrace2, liblttng-ust-dev and lttng-tools, libbpf-dev with clang and bpftool.

bench_PROGRAMS := obj/bench/trace-repeat obj/bench/trace-cost obj/bench/trace-record $(if $(HAVE_LTTNG),obj/bench/trace-lttng.so)

obj/bench/trace-repeat: obj/host/bench/trace/repeat.o obj/host/libvtstrace.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(trace_LIBS)

obj/bench/trace-cost: obj/host/bench/trace/cost.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# With the very object that the VMM is linked from; what else vm.o refers to is never called.
obj/core/core-vmm/test/record_bench.o: $(srcdir)/core-vmm/test/record_bench.c
obj/bench/trace-record: $(patsubst %,obj/host/bench/trace/%.o,record method method_lttng method_bpf$(if $(HAVE_BPF),,_absent)) \
		obj/core/core-vmm/test/record_bench.o obj/core/core-vmm/vm.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -no-pie -Wl,--unresolved-symbols=ignore-in-object-files -o $@ $^ \
		$(if $(HAVE_BPF),-lbpf) -ldl
$(foreach o,record method method_lttng method_bpf method_bpf_absent,obj/host/bench/trace/$(o).o): HOST += -fno-pie

ifdef HAVE_BPF
obj/bpf/uprobe.bpf.o: $(srcdir)/bench/trace/uprobe.bpf.c obj/flags
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -D__TARGET_ARCH_x86 \
		-idirafter /usr/include/$(shell uname -m)-linux-gnu -c -o $@ $<
obj/bpf/uprobe.skel.h: obj/bpf/uprobe.bpf.o
	$(BPFTOOL) gen skeleton $< name uprobe_bpf >$@
obj/host/bench/trace/method_bpf.o: obj/bpf/uprobe.skel.h
endif

obj/bench/trace-lttng.so: $(srcdir)/bench/trace/lttng_events.c obj/flags
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) -std=gnu11 -I$(srcdir) $(CFLAGS) -Wall -Wextra -fpic -shared -o $@ $< -llttng-ust -ldl

# The bars are in the output; the status says whether one was missed. One after the other: they would disturb each
# other. KVM's part (tests/unit/kvm.mk) where there is a KVM.
bench: all $(bench_PROGRAMS) unit/vmtop-source
	@$(srcdir)/bench/trace/bench.sh; status=$$?; \
	$(if $(HAVE_BPF),[ ! -w /dev/kvm ] || $(MAKE) --no-print-directory bench-kvm || status=2;) exit $$status
.PHONY: bench
