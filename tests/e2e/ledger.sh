#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# No missing flush. vmm-test.elf keeps account of owed flushes and stops if one is owed at VM entry
# (core-vmm/memory/ledger.h): over these guests none ever is. Then each flush call of the core is taken out in turn, and the
# same guests must notice.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

runs=(
	'tests/guest/boot.elf'
	'--paging shadow tests/guest/control.elf'
	'tests/guest/msr.elf'
	'--count-flushes tests/guest/control.elf'
	'--paging shadow tests/guest/paging.elf'
	'--count-flushes workloads/invlpg.elf -- ops=100'
	'--count-flushes tests/guest/modes.elf'
	'--track writes workloads/tlbchase.elf -- ops=100'
	'--paging shadow --ept-pages 4k tests/guest/ptlife.elf'
	'--paging shadow tests/guest/ptstorm.elf'
	'tests/guest/apic_mmio.elf'
)

# owed VMM RUN: whether the ledger stopped the run. Another end is no verdict here: tests/e2e/guest.sh judges guests.
owed()
{
	# Options are words.
	# shellcheck disable=SC2086
	bin/vtrun --timeout 100 --vmm "$1" $2 >"$tap_dir/run" 2>&1
	grep 'a flush is owed at VM entry' "$tap_dir/run"
}

# sound RUN: it ends well, and no flush is ever owed.
sound()
{
	# shellcheck disable=SC2086
	bin/vtrun --timeout 100 --vmm vmm-test.elf $1
}

# caught NUMBER: some run notices that flush call NUMBER is missing.
caught()
{
	make --no-print-directory "lib/vmm-ledger-$1.elf" || return
	for run in "${runs[@]}"; do
		if owed "vmm-ledger-$1.elf" "$run"; then
			echo "by $run"
			rm -f "lib/vmm-ledger-$1.elf"
			return 0
		fi
	done
	rm -f "lib/vmm-ledger-$1.elf"
	return 1
}

# The number of flush calls: the size of their section.
sites()
{
	local start end
	start=$(nm lib/vmm-test.elf | sed -n 's/ R flush_sites_start$//p')
	end=$(nm lib/vmm-test.elf | sed -n 's/ R flush_sites_end$//p')
	echo $(((16#$end - 16#$start) / 16))
}

for run in "${runs[@]}"; do
	tap_ok "no flush is owed: $run" sound "$run"
done
count=$(sites)
tap_ok "the core has flush calls: $count" test "$count" -ge 10
for ((number = 0; number < count; number++)); do
	tap_ok "without flush call $number: noticed" caught $number
done
tap_done
