# SPDX-License-Identifier: GPL-2.0-only
# vtbench's parts. Each test is linked with what it tests; the core needs libjansson-dev.
bench_TESTS := bench_list bench_cell bench_table bench_result bench_measure bench_report
UNIT_TESTS  += $(bench_TESTS)
$(foreach t,$(bench_TESTS),$(eval $(t)_SRC := tests/unit/test_$(t).c $(vtbench_CORE) bench/store.c))
$(foreach t,$(bench_TESTS),$(eval $(t)_LIBS := -ljansson -lm))
