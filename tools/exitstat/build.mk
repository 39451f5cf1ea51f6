# SPDX-License-Identifier: GPL-2.0-only
# exitstat: record, report, hist, diff, baseline, gate, history, list. Debian packages: libjansson-dev, libelf-dev.

exitstat_CORE := $(patsubst %,tools/exitstat/%.c,message nearest options open text table json \
	breakdown symbols dimension host tally bars recorder)
exitstat_GATE := $(patsubst %,tools/exitstat/%.c,figures figures_tally measured_read measured_match \
	measured_file samples baseline_file rules gate_judge gate_words causes \
	edivisive history_file history_find)
exitstat_SRC := $(exitstat_CORE) $(patsubst %,tools/exitstat/%.c,main record report \
	report_text report_summary report_host report_json hist diff diff_rows diff_view diff_results list) \
	$(exitstat_GATE) $(patsubst %,tools/exitstat/%.c,baseline gate gate_print gate_formats diff_options diff_samples diff_samples_view history history_print)
exitstat_LIBS := -ljansson -lelf -lm
PROGRAMS += exitstat
MAN_PAGES += $(patsubst %,docs/man/%.1,exitstat exitstat-record exitstat-report exitstat-hist \
	exitstat-diff exitstat-baseline exitstat-gate exitstat-history exitstat-list)
