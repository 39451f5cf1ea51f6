# SPDX-License-Identifier: GPL-2.0-only
# What exitstat stores: baselines, histories, rules.
E2E_TESTS += exitstat-fuzz

ifneq ($(HAVE_FUZZER),)
CHECK_FILES += unit/fuzz-stored
fuzz_stored_SRC = tests/fuzz/fuzz_stored.c $(exitstat_CORE) $(exitstat_GATE) tools/exitstat/gate_print.c \
	tools/exitstat/gate_formats.c $(trace_SRC)
unit/fuzz-stored: $(srcdir)/tests/fuzz/fuzz_stored.c $(wildcard $(srcdir)/tools/exitstat/*.[ch] $(srcdir)/tools/exitstat/*.def) \
		$(wildcard $(srcdir)/trace/*.h $(srcdir)/trace/*.def) $(trace_SKELETON)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(CLANG) $(filter-out -MMD -MP,$(HOST)) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(fuzz_stored_SRC:%=$(srcdir)/%) $(exitstat_LIBS) $(trace_LIBS)
endif
