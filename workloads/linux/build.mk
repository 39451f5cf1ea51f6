# SPDX-License-Identifier: GPL-2.0-only
# Debian's kernels as guests (docs/linux.md): make linux downloads what is not in linux/deb yet.
linux_FLAVOURS := cloud-amd64 amd64

linux: $(linux_FLAVOURS:%=linux/vmlinuz-%)
linux/vmlinuz-%: $(addprefix $(srcdir)/workloads/linux/,make-guest init modules bench.c)
	$(call say,LINUX,$@)
	$(srcdir)/workloads/linux/make-guest $* linux
.PHONY: linux
