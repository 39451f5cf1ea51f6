# SPDX-License-Identifier: GPL-2.0-only
# What exitstat stores: baselines, histories, rules.
E2E_TESTS += exitstat-fuzz
FUZZERS   += stored

fuzz_stored_SRC := $(exitstat_CORE) $(exitstat_GATE) tools/exitstat/gate_print.c tools/exitstat/gate_formats.c $(trace_SRC)
fuzz_stored_LIBS := $(exitstat_LIBS) $(trace_LIBS)
