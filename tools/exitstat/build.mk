# SPDX-License-Identifier: GPL-2.0-only
# exitstat: record, report, hist, diff, list. Debian packages: libjansson-dev, libelf-dev.

exitstat_CORE := $(symbols_SRC) $(bars_SRC) $(patsubst %,tools/exitstat/%.c,message nearest options open text table json \
	breakdown dimension host tally recorder)
exitstat_SRC := $(exitstat_CORE) $(patsubst %,tools/exitstat/%.c,main record report \
	report_text report_summary report_host report_json hist diff diff_rows diff_view diff_results list)
exitstat_LIBS := -ljansson $(symbols_LIBS)
PROGRAMS += exitstat
MAN_PAGES += $(patsubst %,docs/man/%.1,exitstat exitstat-record exitstat-report exitstat-hist \
	exitstat-diff exitstat-list)
