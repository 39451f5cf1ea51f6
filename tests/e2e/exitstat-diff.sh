#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat diff: equal, different, and cannot judge.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat

for kind in known slower shadow lossy cycles; do
	tests/exitstat-trace $kind "$tap_dir/$kind" || exit 1
done
tests/exitstat-trace known "$tap_dir/again"

tap_ok "the same run twice is equal" $exitstat diff "$tap_dir/known" "$tap_dir/again"
tap_says '^equal: 167 events, each with its time$' "  event for event"
tap_fails 1 "a slower exit is different" $exitstat diff "$tap_dir/known" "$tap_dir/slower"
tap_says '^exit +cpuid +time +14,950 +14,957 +\+7 +\+0\.05 % +instr$' "  which one, and by how much"
tap_says '^first difference: event 46: exit, reason cpuid, at 9,443, against .* at 9,450$' "  and where"
tap_says '^phase +0:alpha +total +25,250 +25,257 +\+7' "  and the phase"
tap_fails 1 "and in the phase" $exitstat diff "$tap_dir/known" "$tap_dir/slower" --phase alpha

$exitstat diff "$tap_dir/known" "$tap_dir/slower" --json >"$tap_dir/json"
tests/exitstat-json equal first_difference.index first_difference.b.tsc rows \
	rows.table=exit.{key,figure,unit,a,b} <"$tap_dir/json" >"$tap_dir/values"
tap_ok "  and in JSON" diff "$tap_dir/values" <(printf '%s\n' false 46 9450 5 '"cpuid"' '"time"' '"instr"' 14950 14957)

tap_fails 2 "other paging: cannot judge" $exitstat diff "$tap_dir/known" "$tap_dir/shadow"
tap_says 'paging is ept in .*, shadow in ' "  says why"
tap_fails 1 "with --force it does" $exitstat diff "$tap_dir/known" "$tap_dir/shadow" --force
tap_fails 2 "a lossy trace: cannot judge" $exitstat diff "$tap_dir/known" "$tap_dir/lossy"
tap_says 'lost 5 events' "  says why"
tap_ok "with --force it does" $exitstat diff "$tap_dir/known" "$tap_dir/lossy" --force
tap_fails 2 "other units: never, not even with --force" $exitstat diff "$tap_dir/known" "$tap_dir/cycles" --force
tap_says 'counts instr, .* counts cycles' "  says why"

head -c 5000 "$tap_dir/known/vcpu0" >"$tap_dir/again/vcpu0"
tap_fails 2 "a cut trace: cannot judge" $exitstat diff "$tap_dir/known" "$tap_dir/again"
tap_fails 1 "with --force: what is missing differs" $exitstat diff "$tap_dir/known" "$tap_dir/again" --force
tap_says 'against the end of the trace' "  and where it ends"
tap_done
