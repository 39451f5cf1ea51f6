# SPDX-License-Identifier: GPL-2.0-only
# Debian packages: grub-common, grub-pc-bin, xorriso, mtools.
E2E_TESTS += grub
