# SPDX-License-Identifier: GPL-2.0-only
# What is installed for guests that are made outside this tree (docs/sdk.md): the library as an archive,
# its linker script, the headers as <vtscope/NAME.h>, and a pkg-config file.

sdk_HEADERS := $(filter-out native,$(basename $(notdir $(wildcard $(srcdir)/workloads/lib/*.h))))
sdk_OBJ     := $(sort $(guest_LIB) $(guest_BLOCK) obj/guest/workloads/lib/main.o)
sdk_INCLUDE := lib/sdk/vtscope/guest.h $(sdk_HEADERS:%=lib/sdk/vtscope/%.h)
sdk_LIB     := lib/sdk/libvtguest.a lib/sdk/vtscope-guest.ld

ALSO_FILES += $(sdk_INCLUDE) $(sdk_LIB) lib/sdk/vtscope-guest.pc
INSTALLED  += $(sdk_INCLUDE:%='644 % $(includedir)/vtscope') $(sdk_LIB:%='644 % $(libdir)/vtscope') \
	'644 lib/sdk/vtscope-guest.pc $(libdir)/pkgconfig' \
	$(patsubst %,'644 $(srcdir)/docs/examples/guest/% $(docdir)/examples/guest',Makefile stride.c)
OWN_DIRS   += $(includedir)/vtscope $(docdir)/examples/guest $(docdir)/examples $(docdir)

# In the tree a header is known by its path, elsewhere by <vtscope/NAME.h>.
sdk_installed = @mkdir -p $(@D); sed 's,workloads/lib/\([a-z_]*\.h\),vtscope/\1,; s,core-vmm/abi/guest\.h,vtscope/guest.h,' $< >$@

lib/sdk/vtscope/guest.h: $(srcdir)/core-vmm/abi/guest.h
	$(sdk_installed)
lib/sdk/vtscope/%.h: $(srcdir)/workloads/lib/%.h
	$(sdk_installed)
lib/sdk/vtscope-guest.ld: $(srcdir)/workloads/lib/guest.ld
	$(sdk_installed)
lib/sdk/libvtguest.a: $(sdk_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	rm -f $@ && $(AR) rcs $@ $^

sdk_prefixed = $(patsubst $(prefix)/%,$${prefix}/%,$(1))
lib/sdk/vtscope-guest.pc: $(srcdir)/workloads/sdk/vtscope-guest.pc.in obj/flags
	@mkdir -p $(@D)
	$(call say,PC,$@)
	sed -e 's,@prefix@,$(prefix),; s,@libdir@,$(call sdk_prefixed,$(libdir)),; s,@includedir@,$(call sdk_prefixed,$(includedir)),' \
		-e 's,@version@,$(VERSION),; s/@cflags@/$(GUEST_CFLAGS)/; s/@ldflags@/$(guest_LDFLAGS)/' $< >$@
