# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS += isolation vmm-ends
