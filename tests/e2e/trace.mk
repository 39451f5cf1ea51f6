# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS   += trace-format
CHECK_FILES += unit/trace-tables

unit/trace-tables: obj/asan/tests/e2e/trace_tables.o obj/asan/libvtstrace.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(trace_LIBS)

# Put the tables made from events.def into the document again.
trace_format := $(srcdir)/docs/trace-format.md
trace-format: unit/trace-tables
	{ sed '/^<!-- from trace/,$$d' $(trace_format) && unit/trace-tables && \
	sed '1,/^<!-- end of what/d' $(trace_format); } >unit/trace-format.md
	mv unit/trace-format.md $(trace_format)
.PHONY: trace-format
