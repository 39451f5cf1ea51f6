# SPDX-License-Identifier: GPL-2.0-only
exitstat_TESTS := exitstat_breakdown exitstat_guest exitstat_slowest exitstat_heat exitstat_proto exitstat_text exitstat_tally exitstat_recorder
UNIT_TESTS += $(exitstat_TESTS)
$(foreach t,$(exitstat_TESTS),$(eval $(t)_SRC := tests/unit/$(t).c $(exitstat_CORE)))
$(foreach t,$(exitstat_TESTS),$(eval $(t)_LIBS := $(exitstat_LIBS)))
exitstat_GATE_TESTS := exitstat_samples exitstat_rules exitstat_edivisive
UNIT_TESTS += $(exitstat_GATE_TESTS)
$(foreach t,$(exitstat_GATE_TESTS),$(eval $(t)_SRC := tests/unit/$(t).c $(exitstat_CORE) $(exitstat_GATE)))
$(foreach t,$(exitstat_GATE_TESTS),$(eval $(t)_LIBS := $(exitstat_LIBS)))
exitstat_recorder_SRC += tests/unit/trace_fixture.c
