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

# What changed, the largest cause first.
tap_fails 1 "a slower exit: why" $exitstat diff "$tap_dir/known" "$tap_dir/slower"
tap_says '^VMM time rose by 7 instr \(\+0\.03 %\): cpuid \+7 \(each takes 149\.6 instead of 149\.5 instr\)\. Guest time is the same\.$' "  in a sentence"
tap_says '^cpuid +\+7 +100\.0 % +100 +100 +149\.5 +149\.6 +149 +149 +199 +199 ' "  by reason: counts, means, p50 and p99"
tap_says '^alpha +\+7 +100\.0 % +115 +115 ' "  by phase"
tests/exitstat-trace many "$tap_dir/many" 100
tests/exitstat-trace many "$tap_dir/more" 164
tap_fails 1 "more exits, as long as before" $exitstat diff "$tap_dir/many" "$tap_dir/more"
tap_says '^VMM time rose by [0-9,]+ instr \(\+.* \(3 of them instead of 2, and each takes' "  is told from longer ones"
tap_says '^VMM time by exit reason, the largest change first; times in instr$' "  in order"
sed -n '/^VMM time by exit reason/,/^every/p' "$tap_dir/output" |
	awk 'NR > 2 && $2 ~ /^[+-]/ { gsub(/[+,-]/, "", $2); print $2 }' >"$tap_dir/changes"
[ "$(wc -l <"$tap_dir/changes")" -ge 20 ] && sort -nrc "$tap_dir/changes"
tap_result $? "  and the largest change comes first"

# Several runs a side. On a deterministic engine they must be equal, and one stands for all.
tests/exitstat-trace known "$tap_dir/known2"
tests/exitstat-trace slower "$tap_dir/slower2"
tap_fails 1 "twins on both sides: exact" $exitstat diff "$tap_dir/known" "$tap_dir/known2" -- "$tap_dir/slower" "$tap_dir/slower2"
tap_says '^exit +cpuid +time +14,950 +14,957 +\+7' "  as of one each"
tap_fails 2 "runs of one side that differ where they should not" $exitstat diff "$tap_dir/known" "$tap_dir/slower" -- "$tap_dir/known2"
tap_says 'two runs of one configuration must be equal on this engine' "  says so"
for ((i = 1; i <= 6; i++)); do
	tests/exitstat-trace varying "$tap_dir/a$i" $i 0
	tests/exitstat-trace varying "$tap_dir/b$i" 10$i 0
	tests/exitstat-trace varying "$tap_dir/c$i" 20$i 10
done
tap_fails 1 "10 % more in cycles, over 6 runs" $exitstat diff "$tap_dir"/a? -- "$tap_dir"/c?
tap_says '^changed +reason cpuid +p50 .* \+16 +\+10\.19 % +\+12 to \+18 ' "  is found, with an interval"
tap_says '^Changed: .*sum of reason cpuid .* with 95 % confidence .* [0-9]+ are uncertain' "  and said, with what is uncertain"
grep '^changed' "$tap_dir/output" | grep -Evq 'reason cpuid|run +vmm'
tap_result $(($? == 0)) "  and nothing but that"
tap_fails 2 "6 runs of the same: no change, but not all is certain" $exitstat diff "$tap_dir"/a? -- "$tap_dir"/b?
tap_says '^No figure of [0-9]+ surely changed\. [0-9]+ are uncertain' "  called so"
# Runs of one distribution, 5 times 6 against 6: of 200 figures 10 would change by chance, were each judged by itself.
for ((i = 1; i <= 60; i++)); do
	tests/exitstat-trace varying "$tap_dir/n$i" 5$i 0
done
for ((i = 0; i < 5; i++)); do
	sides=()
	for ((j = 12 * i + 1; j <= 12 * i + 12; j++)); do
		[ $j = $((12 * i + 7)) ] && sides+=(--)
		sides+=("$tap_dir/n$j")
	done
	$exitstat diff --margin 0 "${sides[@]}"
done >"$tap_dir/chance"
alarms=$(grep -c '^changed' "$tap_dir/chance")
echo "# changed by chance: $alarms figures in 5 comparisons"
[ "$(grep -c '^B: 6 runs' "$tap_dir/chance")" = 5 ] && [ "$alarms" -le 2 ]
tap_result $? "chance is hardly ever taken for a change"
tap_ok "  within a wide margin they are equal" $exitstat diff --margin 110 --phase alpha "$tap_dir"/a? -- "$tap_dir"/b?
tap_says '^equal within the margin$' "  says so"
tap_fails 2 "one run a side tells nothing" $exitstat diff "$tap_dir/a1" -- "$tap_dir/c1"
$exitstat diff --json "$tap_dir"/a? -- "$tap_dir"/c? >"$tap_dir/json"
tap_ok "  JSON" tests/exitstat-json verdict runs_a rows.key=cpuid.finding rows.key=cpuid.change.low causes.key=cpuid.a.count <"$tap_dir/json"
tap_says '^"changed"$' "  has the findings"
tap_fails 2 "instr against cycles: never" $exitstat diff --force "$tap_dir/known" -- "$tap_dir"/a?
tap_says 'unit is instr in .*, cycles in ' "  says why"
tap_fails 2 "nothing behind --" $exitstat diff "$tap_dir/a1" --
tap_fails 2 "an option behind --" $exitstat diff "$tap_dir/a1" -- "$tap_dir/c1" --json
tap_says 'options stand before --' "  says so"
tap_fails 2 "--margin is a number" $exitstat diff "$tap_dir/a1" "$tap_dir/c1" --margin x

head -c 5000 "$tap_dir/known/vcpu0" >"$tap_dir/again/vcpu0"
tap_fails 2 "a cut trace: cannot judge" $exitstat diff "$tap_dir/known" "$tap_dir/again"
tap_fails 1 "with --force: what is missing differs" $exitstat diff "$tap_dir/known" "$tap_dir/again" --force
tap_says 'against the end of the trace' "  and where it ends"
tap_done
