# SPDX-License-Identifier: GPL-2.0-only
# Each area registers its tests in a file of its own.
include $(wildcard $(srcdir)/tests/*/*.mk)
