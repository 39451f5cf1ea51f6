# SPDX-License-Identifier: GPL-2.0-only
# What `make install` gives to somebody who writes a guest elsewhere.
E2E_TESTS += sdk
