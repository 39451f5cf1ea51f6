# SPDX-License-Identifier: GPL-2.0-only
# The core's parts that know no VMCS, on a fake machine. Compiled for the host, with sanitizers.
core_unit_TESTS := walk shadow shadow_random interpret interpret_faults interpret_segments interpret_device
core_unit_SRC   := $(addprefix tests/unit/, fake/machine.c shadow_model.c shadow_twin.c interpret_guest.c) \
	$(addprefix core-vmm/, \
	memory/guest_memory.c memory/walk.c memory/walk_legacy.c memory/shadow.c memory/shadow_32.c memory/shadow_entry.c memory/shadow_page.c \
	memory/shadow_root.c memory/shadow_sync.c memory/shadow_write.c memory/shadow_check.c interpret/decode.c interpret/operand.c \
	interpret/arithmetic.c interpret/execute.c interpret/execute_stack.c interpret/execute_string.c \
	interpret/segment.c interpret/interpret.c)
UNIT_TESTS      += $(core_unit_TESTS)
$(foreach t,$(core_unit_TESTS),$(eval $(t)_SRC := tests/unit/test_$(t).c $(core_unit_SRC)))
$(patsubst %.c,obj/asan/%.o,$(core_unit_SRC) $(core_unit_TESTS:%=tests/unit/test_%.c)): \
	HOST += -I$(srcdir)/tests/unit/fake
interpret_SRC += tests/unit/native.c

# The decoder against another's: where libzydis-dev is installed.
ifneq ($(wildcard /usr/include/Zydis/Zydis.h),)
UNIT_TESTS        += decode_zydis
decode_zydis_SRC  := tests/unit/test_decode_zydis.c core-vmm/interpret/decode.c
decode_zydis_LIBS := -lZydis
obj/asan/tests/unit/test_decode_zydis.o: HOST += -I$(srcdir)/tests/unit/fake
endif

UNIT_TESTS += bus
bus_SRC    := tests/unit/test_bus.c core-vmm/device/bus.c

# Interrupt controllers and timers, on a machine of nothing else.
irq_unit_TESTS := timer pic pit rtc acpi lapic lapic_virtual ioapic irq_random
irq_unit_SRC   := tests/unit/fake/irq_machine.c $(addprefix core-vmm/device/, acpi.c bus.c calendar.c ioapic.c irq.c lapic.c \
	lapic_interrupt.c lapic_timer.c lapic_virtual.c pic.c pit.c rtc.c timer.c)
UNIT_TESTS     += $(irq_unit_TESTS)
$(foreach t,$(irq_unit_TESTS),$(eval $(t)_SRC := tests/unit/test_$(t).c $(irq_unit_SRC)))
$(patsubst %.c,obj/asan/%.o,$(irq_unit_SRC) $(irq_unit_TESTS:%=tests/unit/test_%.c)): \
	HOST += -I$(srcdir)/tests/unit/fake

UNIT_TESTS += linux_load
linux_load_SRC := tests/unit/test_linux_load.c tests/unit/fake/machine.c $(addprefix core-vmm/, memory/guest_memory.c \
	loader/acpi_tables.c loader/boot_layout.c loader/elf64.c loader/guest_image.c loader/linux.c loader/multiboot.c)
$(patsubst %.c,obj/asan/%.o,$(linux_load_SRC)): HOST += -I$(srcdir)/tests/unit/fake

UNIT_TESTS += uart
uart_SRC   := tests/unit/test_uart.c tests/unit/fake/machine.c $(addprefix core-vmm/, \
	device/bus.c device/console.c device/timer.c device/uart.c memory/guest_memory.c)
obj/asan/tests/unit/test_uart.o obj/asan/core-vmm/device/uart.o obj/asan/core-vmm/device/console.o: \
	HOST += -I$(srcdir)/tests/unit/fake
