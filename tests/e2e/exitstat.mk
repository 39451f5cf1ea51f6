# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS += exitstat-report exitstat-damage exitstat-usage exitstat-diff exitstat-gate exitstat-history exitstat-live \
	exitstat-where exitstat-stacks exitstat-timeline exitstat-export exitstat-flight exitstat-zstd ci
CHECK_FILES += tests/exitstat-trace tests/exitstat-json

tests/exitstat-trace: obj/host/tests/e2e/exitstat_trace.o obj/host/libvtstrace.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(trace_LIBS)
tests/exitstat-json: obj/host/tests/e2e/exitstat_json.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson
