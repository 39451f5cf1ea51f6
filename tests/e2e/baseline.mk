# SPDX-License-Identifier: GPL-2.0-only
# The micro-workloads' counts and instructions, against those stored (tests/baseline).
E2E_TESTS += baseline

# Store them anew, and say what moved.
baseline: all
	@bin/vtbench run --quick --force --out results/baseline
	@$(srcdir)/tests/baseline store results/baseline
.PHONY: baseline
