# SPDX-License-Identifier: GPL-2.0-only
# The tools where nothing is set up for them.
E2E_TESTS += environment
