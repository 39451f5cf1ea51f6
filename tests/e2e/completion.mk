# SPDX-License-Identifier: GPL-2.0-only
# What a shell offers while a command is typed.
E2E_TESTS += completion
