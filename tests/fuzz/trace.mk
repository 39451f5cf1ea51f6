# SPDX-License-Identifier: GPL-2.0-only
# Fuzzers are built by clang; without its libFuzzer their tests are skipped.
E2E_TESTS += trace-fuzz

ifneq ($(HAVE_FUZZER),)
CHECK_FILES += unit/fuzz-trace
fuzz_trace_SRC := tests/fuzz/fuzz_trace.c $(trace_SRC)
unit/fuzz-trace: $(fuzz_trace_SRC:%=$(srcdir)/%) $(wildcard $(srcdir)/trace/*.h $(srcdir)/trace/*.def) \
		$(trace_SKELETON)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(CLANG) $(filter-out -MMD -MP,$(HOST)) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(trace_LIBS)
endif
