# SPDX-License-Identifier: GPL-2.0-only
E2E_TESTS   += vmtop-text vmtop-views vmtop-compare vmtop-rate vmtop-golden vmtop-screen vmtop-run
CHECK_FILES += unit/vmtop-source

vmtop_source_OBJ := $(patsubst %,obj/asan/tests/%.o,e2e/vmtop_source unit/vmtop_events unit/vmtop_rich)
unit/vmtop-source: $(vmtop_source_OBJ) obj/asan/libvtstrace.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(trace_LIBS)
