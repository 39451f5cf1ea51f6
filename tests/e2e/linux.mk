# SPDX-License-Identifier: GPL-2.0-only
# Debian's kernels as guests. `make check` boots one in each paging mode; `make check-linux` does the rest, in minutes.
E2E_TESTS += linux

check-linux: check-build
	@SRCDIR='$(abspath $(srcdir))' $(srcdir)/tests/run $(srcdir)/tests/e2e/linux-long.sh
.PHONY: check-linux
