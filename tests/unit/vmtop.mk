# SPDX-License-Identifier: GPL-2.0-only
# What of vmtop can be tested without a terminal: everything but main, screen and keys.
vmtop_TESTABLE := $(filter-out $(addprefix tools/vmtop/,batch.c interactive.c screen.c settings.c ui_draw.c ui_keys.c),$(vmtop_CORE)) \
	tests/unit/vmtop_events.c tests/unit/vmtop_rich.c

UNIT_TESTS += vmtop-model vmtop-layout vmtop-json vmtop-collect
vmtop-model_SRC   := tests/unit/vmtop_model.c $(vmtop_TESTABLE)
vmtop-layout_SRC  := tests/unit/vmtop_layout.c $(vmtop_TESTABLE)
vmtop-json_SRC    := tests/unit/vmtop_json.c $(vmtop_TESTABLE)
vmtop-model_LIBS  := $(vmtop_LIBS)
vmtop-layout_LIBS := $(vmtop_LIBS)
vmtop-json_LIBS   := $(vmtop_LIBS)
vmtop-collect_SRC := tests/unit/vmtop_collect.c $(vmtop_TESTABLE)
vmtop-collect_LIBS := $(vmtop_LIBS)
