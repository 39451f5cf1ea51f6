# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS += trace-fuzz
FUZZERS   += trace

fuzz_trace_SRC  := $(trace_SRC)
fuzz_trace_LIBS := $(trace_LIBS)
