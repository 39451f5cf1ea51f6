# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += tools_symbols tools_unwind tools_bars
tools_symbols_SRC := tests/unit/tools_symbols.c $(symbols_SRC)
tools_symbols_LIBS := $(symbols_LIBS)
tools_unwind_SRC := tests/unit/tools_unwind.c $(unwind_SRC)
tools_unwind_LIBS := $(symbols_LIBS)
tools_bars_SRC := tests/unit/tools_bars.c $(bars_SRC)
