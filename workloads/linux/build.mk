# SPDX-License-Identifier: GPL-2.0-only
# Debian's kernels as guests (docs/linux.md): make linux downloads what is not in linux/deb yet; make linux-symbols boots
# each once, for its list of symbols.
linux_FLAVOURS := cloud-amd64 amd64

linux: $(linux_FLAVOURS:%=linux/vmlinuz-%)
linux/vmlinuz-%: $(addprefix $(srcdir)/workloads/linux/,make-guest init modules bench.c)
	$(call say,LINUX,$@)
	$(srcdir)/workloads/linux/make-guest $* linux

linux-symbols: $(linux_FLAVOURS:%=linux/kallsyms-%)
linux/kallsyms-%: linux/vmlinuz-% $(srcdir)/workloads/linux/save-symbols | all
	$(call say,LINUX,$@)
	$(srcdir)/workloads/linux/save-symbols $* linux
.PHONY: linux linux-symbols
