# SPDX-License-Identifier: GPL-2.0-only
# Each area registers its tests in a file of its own.
include $(wildcard $(srcdir)/tests/*/*.mk)

# FUZZERS += NAME: tests/fuzz/fuzz_NAME.c with fuzz_NAME_SRC and fuzz_NAME_LIBS becomes unit/fuzz-NAME (clang's
# libFuzzer) and, from the same file, unit/afl-NAME (AFL++).
fuzz_HEADERS := $(wildcard $(addprefix $(srcdir)/,trace/*.h trace/*.def tools/exitstat/*.h tools/exitstat/*.def \
	core-vmm/*/*.h tests/unit/*.h tests/unit/fake/*.h)) $(trace_SKELETON)
fuzz_FLAGS    = $(filter-out -MMD -MP,$(HOST)) -I$(srcdir)/tests/unit/fake -O1 -g -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
define FUZZER
unit/fuzz-$(1) unit/afl-$(1): $$(addprefix $$(srcdir)/,tests/fuzz/fuzz_$(1).c $$(fuzz_$(1)_SRC)) $$(fuzz_HEADERS)
	@mkdir -p unit
	$$(call say,FUZZ,$$@)
	$$(if $$(@:unit/afl-%=),$$(CLANG),$$(AFL_CLANG)) $$(fuzz_FLAGS) -o $$@ $$(filter %.c,$$^) $$(fuzz_$(1)_LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call FUZZER,$(f))))
ifneq ($(HAVE_FUZZER),)
CHECK_FILES += $(FUZZERS:%=unit/fuzz-%)
endif
# Of AFL++'s the tests run one.
ifneq ($(AFL_CLANG),)
CHECK_FILES += unit/afl-trace
fuzz-afl: $(FUZZERS:%=unit/afl-%)
endif

# All of them under AFL++, for so long together: make fuzz-afl [TIME=300]
fuzz-afl: TIME := 300
fuzz-afl:
	@$(srcdir)/tests/aflfuzz $(TIME) $(FUZZERS)
.PHONY: fuzz-afl
