# SPDX-License-Identifier: GPL-2.0-only
# The trace library: events, ring, recorded traces, live channel, statistics: these need libc only, compressed traces libzstd-dev. KVM hosts as
# a source: Debian packages libbpf-dev, clang, bpftool.

trace_SRC := trace/names.c trace/hist.c trace/counts.c trace/host_time.c trace/stats.c trace/alike.c trace/error.c \
	trace/checksum.c trace/packet.c trace/ctf_metadata.c trace/ctf_writer.c trace/metadata.c \
	trace/source.c trace/source_dir.c trace/stream.c trace/file_window.c \
	trace/source_live.c trace/ring_reader.c trace/channel.c trace/publish.c
trace_LIBS :=

# Two sums added to at once by a vector instruction make each exit wait for the one before.
obj/host/trace/alike.o: HOST += -fno-tree-slp-vectorize

ifneq ($(HAVE_ZSTD),)
trace_SRC  += trace/zip.c trace/unzip.c
trace_LIBS += -lzstd
else
trace_SRC  += trace/zip_absent.c
endif

ifdef HAVE_BPF
trace_SRC  += trace/kvm_source.c trace/kvm_attach.c trace/kvm_vm.c trace/kvm_privilege.c
trace_LIBS += -lbpf

# The programs, and all that loads them as a C header. bpftool leaves the debugging sections out.
obj/bpf/kvm.bpf.o: $(srcdir)/trace/bpf/kvm.bpf.c obj/flags
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(CLANG) -target bpf -mcpu=v3 -O2 -g -ffreestanding -Wall -Wextra -Wshadow -Wno-unused-parameter -Werror -MMD -MP \
	-I$(srcdir) -idirafter /usr/include/$(shell uname -m)-linux-gnu -c -o $(@:.o=.full.o) -MT $@ $<
	$(BPFTOOL) gen object $@ $(@:.o=.full.o)
trace_SKELETON := obj/bpf/kvm.skel.h
$(trace_SKELETON): obj/bpf/kvm.bpf.o
	$(BPFTOOL) gen skeleton $< name kvm_bpf >$@
$(foreach o,host asan,obj/$(o)/trace/kvm_source.o obj/$(o)/trace/kvm_attach.o): $(trace_SKELETON)
else
trace_SRC  += trace/kvm_absent.c trace/kvm_vm.c
endif
