# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += names hist stats

names_SRC := tests/unit/test_names.c
hist_SRC := tests/unit/test_hist.c
stats_SRC := tests/unit/test_stats.c
