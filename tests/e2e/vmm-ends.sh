#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The VMM's own bad ends: a fault of its own, and an entry that the processor refuses. Each says what, on standard error
# and in the trace.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# broken VARIANT: run on that VMM, recorded.
broken()
{
	rm -rf "$tap_dir/trace"
	bin/vtrun --timeout 60 --vmm "vmm-$1.elf" --record "$tap_dir/trace" workloads/null.elf
}

tap_fails 125 'a fault in the VMM' broken fault
tap_says '^vmm: fault in the VMM: vector 14, error code 0x3$' '  the fault is named: a write to its own text, which is read-only'
tap_says '^vmm:   rip [0-9a-f]{16} cs 0008 ' '  the registers are dumped'
tap_says '^vmm:   cr0 [0-9a-f]{16} cr2 0*[1-9a-f][0-9a-f]* ' '  and where it wrote'
tap_says '^vtrun: the VMM stopped for a fault of its own' '  vtrun says so'
tap_ok '  the trace reads' bin/exitstat report "$tap_dir/trace"
tap_says 'the VM ended: vmm_fault' '  and tells the cause'

tap_fails 126 'a refused entry' broken badentry
tap_says '^vmm: VM entry failed .*: guest RFLAGS: reserved bits' '  the broken rule is named'
tap_says '^vmm:   guest rflags 0x0$' '  the state is dumped'
tap_ok '  the trace reads' bin/exitstat report "$tap_dir/trace"
tap_says 'the VM ended: entry_failure' '  and tells the cause'
tap_done
