# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += exitstat_breakdown exitstat_bars exitstat_symbols exitstat_text

exitstat_breakdown_SRC := tests/unit/exitstat_breakdown.c $(exitstat_CORE)
exitstat_breakdown_LIBS := $(exitstat_LIBS)
exitstat_bars_SRC := tests/unit/exitstat_bars.c $(exitstat_CORE)
exitstat_bars_LIBS := $(exitstat_LIBS)
exitstat_symbols_SRC := tests/unit/exitstat_symbols.c $(exitstat_CORE)
exitstat_symbols_LIBS := $(exitstat_LIBS)
exitstat_text_SRC := tests/unit/exitstat_text.c $(exitstat_CORE)
exitstat_text_LIBS := $(exitstat_LIBS)
