# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += tools_symbols
tools_symbols_SRC := tests/unit/tools_symbols.c $(symbols_SRC)
tools_symbols_LIBS := $(symbols_LIBS)
