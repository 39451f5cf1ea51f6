#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# A guest that halts: what wakes it, what can never, what of that is in its trace; the interrupt controllers and timers
# under forced exits and without skipping of idle time.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# idle HOW OPTIONS...
idle()
{
	bin/vtrun --timeout 60 "${@:2}" tests/guest/idle.elf -- how="$1" 2>&1
}

halted()
{
	local output status
	output=$(idle "$@")
	status=$?
	echo "status $status: $output"
	[ $status = 126 ] && [[ $output == *'the guest halted, and nothing can wake it'* ]]
}

number()
{
	tests/exitstat-json "$1" <"$tap_dir/json"
}

for options in '--paging ept' '--paging shadow' '--idle realtime' '--tick 700'; do
	# Options are words.
	# shellcheck disable=SC2086
	{
		tap_ok "IF=0: nothing wakes it, $options" halted closed $options
		tap_ok "masked: nothing wakes it, $options" halted masked $options
		tap_ok "in service: nothing wakes it, $options" halted in_service $options
		tap_ok "below the TPR: nothing wakes it, $options" halted below_tpr $options
		tap_ok "behind a thousand that do not, one wakes it, $options" idle behind_others $options
		tap_ok "a hundred periods of a millisecond, $options" idle wakes $options
		tap_says '^100 in (99|100) ms$' '  take a hundred'
		tap_ok "a storm of interrupts ends, $options" idle storm $options
		tap_ok "deadlines that come too fast let the guest go on, $options" idle unheard $options
		for test in apic irq; do
			tap_ok "$test, $options" bin/vtrun --timeout 60 $options tests/guest/$test.elf
		done
	}
done

tap_ok 'recorded' idle wakes --record "$tap_dir/one"
tap_ok 'and again' idle wakes --record "$tap_dir/two"
tap_ok 'the same, event for event' bin/exitstat diff "$tap_dir/one" "$tap_dir/two"
bin/exitstat report --json "$tap_dir/one" >"$tap_dir/json"
# 100 ms are 5 million time units.
tap_ok 'the idle time is skipped' test "$(number idle)" -gt 4000000
tap_ok '  and in no latency' test "$(number vmm)" -lt 500000

tap_ok 'recorded, waiting' idle wakes --idle realtime --record "$tap_dir/real"
bin/exitstat report --json "$tap_dir/real" >"$tap_dir/json"
tap_ok '  nothing is skipped' test "$(number idle)" = 0
tap_ok '  the guest waits' test "$(number guest)" -gt 4000000
tap_ok '  and that is in no latency' test "$(number vmm)" -lt 500000

tap_done
