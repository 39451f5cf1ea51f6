# SPDX-License-Identifier: GPL-2.0-only
# The trace library: events, ring, recorded traces, live channel, statistics. It needs libc only.

trace_SRC := trace/names.c trace/hist.c trace/counts.c trace/stats.c
trace_LIBS :=
