#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Paging states outside 64-bit mode: a guest that passes through all of them prints the same everywhere.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

modes_run()
{
	bin/vtrun --timeout 60 "$@" tests/guest/modes.elf
}

same_as_native()
{
	modes_run "$@" >"$tap_dir/under" || return
	diff "$tap_dir/native" "$tap_dir/under"
}

native_run()
{
	modes_run --paging native >"$tap_dir/native"
}

tap_ok 'native' native_run
tap_ok 'ept, 4 KiB' same_as_native --ept-pages 4k
tap_ok 'ept, 2 MiB' same_as_native --ept-pages 2m
tap_ok 'ept, no VPID' same_as_native --no-vpid
tap_ok 'ept, every flush of the guest counted' same_as_native --count-flushes
tap_ok 'ept, descriptor-table accesses intercepted' same_as_native --intercept descriptors
tap_ok 'ept, a forced exit every 100' same_as_native --ept-pages 4k --tick 100
# Real mode is where shadow paging ends: the guest's last test is skipped there.
shadow_same()
{
	modes_run --paging shadow "$@" >"$tap_dir/under" || return
	diff <(sed 's/^\(ok 37 - real mode\).*/\1/' "$tap_dir/native") <(sed 's/^\(ok 37 - real mode\) # SKIP.*/\1/' "$tap_dir/under")
}
tap_ok 'shadow, 4 KiB' shadow_same --ept-pages 4k
tap_ok 'shadow, 2 MiB' shadow_same --ept-pages 2m
tap_ok 'shadow, no VPID' shadow_same --no-vpid
tap_ok 'shadow, a forced exit every 100' shadow_same --ept-pages 4k --tick 100
tap_ok 'shadow, descriptor-table accesses intercepted' shadow_same --intercept descriptors
tap_ok 'shadow, the ledger of owed flushes kept' shadow_same --ept-pages 4k --vmm vmm-test.elf
tap_ok 'shadow, all that the guest can reach checked' shadow_same --ept-pages 4k --tick 50 --vmm vmm-check.elf
tap_fails 126 'shadow: real mode is refused' bin/vtrun --timeout 60 --paging shadow tests/guest/modes.elf -- real=1
tap_says 'refuses CR0.PE = 0 \(SDM vol. 3, 27.3.1.1\): run it with --paging ept' '  and the rule named'
tap_done
