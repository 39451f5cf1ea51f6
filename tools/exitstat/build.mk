# SPDX-License-Identifier: GPL-2.0-only
# exitstat: one file or a few for each subcommand. Debian packages: libjansson-dev, libelf-dev, libsqlite3-dev.

exitstat_CORE := $(symbols_SRC) $(unwind_SRC) $(bars_SRC) $(patsubst %,tools/exitstat/%.c,message nearest options open progress text table json \
	reason breakdown intern stack group guest dimension \
	dimension_where dimension_list describe host slowest slowest_view folded heat heat_draw proto view tally tally_alike recorder filter flight flight_options)
exitstat_GATE := $(patsubst %,tools/exitstat/%.c,figures figures_tally measured_read measured_match \
	measured_file measured_results results samples baseline_file rules gate_judge gate_words causes \
	edivisive history_file history_find)
exitstat_SRC := $(exitstat_CORE) $(exitstat_GATE) $(patsubst %,tools/exitstat/%.c,main record report \
	report_text report_summary report_host report_json hist diff diff_rows diff_view diff_results list \
	flame outliers timeline export export_words export_csv export_folded export_openmetrics \
	export_perfetto perfetto $(if $(HAVE_SQLITE3),export_sqlite,export_sqlite_absent) \
	baseline gate gate_print gate_formats diff_options diff_samples diff_samples_view history history_print)
exitstat_LIBS := -ljansson $(symbols_LIBS) -lm $(if $(HAVE_SQLITE3),-lsqlite3)
PROGRAMS += exitstat
MAN_PAGES += $(patsubst %,docs/man/%.1,exitstat exitstat-record exitstat-report exitstat-hist \
	exitstat-diff exitstat-baseline exitstat-gate exitstat-history exitstat-list exitstat-flame exitstat-outliers \
	exitstat-timeline exitstat-export)
