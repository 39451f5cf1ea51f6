#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 180
# vmtop --compare: two traces whose every figure is known, and two running VMs, side by side.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/terminal.sh"

export XDG_CONFIG_HOME=$tap_dir/config
vmtop=$PWD/bin-asan/vmtop
a=$tap_dir/a b=$tap_dir/b
unit/vmtop-source record "$a"
unit/vmtop-source rich "$b"
unit/vmtop-source record "$tap_dir/lossy" 7

# ---- as text ----
tap_ok "--compare" $vmtop --compare "$a" "$b" --once
tap_says '^vmtop lost 0  comparing  twin \(A\) and twin \(B\)  total$' "what is compared"
tap_says '^A: twin  lost 0  ended: guest_exit, status 3  1\.67 s of trace time  engine bochs  paging ept  io pv  vpid yes  unit instr  guest mixed\.elf' "A: loss, result, engine, configuration, unit"
tap_says '^B: twin  lost 0  ended: guest_exit, status 0  0\.75 s of trace time ' "B"
tap_says '^cpuid +1000 +300 +-700 +0\.30 +100000 +31350 +-68650 +0\.31 +100\.0 +104\.5 +1\.0[45] +100 +104 +100 +109$' "a row of both: difference and ratio"
tap_says '^ept_violation +500 +0 +-500 +0\.00 +300000 +0 +-300000 +0\.00 ' "a row of A only"
tap_says '^exception_nmi +0 +300 +\+300 +- +0 +230000 +\+230000 +- ' "a row of B only: more, and no ratio"
tap_says '^all exits +1671 +761 +-910 +0\.46 +460010 +376020 +-83990 +0\.82 ' "all of them"
tap_result "$(grep -A2 '^all exits' "$tap_dir/output" | cut -d' ' -f1 | tr '\n' ' ' | grep -qx 'all ept_violation exception_nmi '; echo $?)" "the largest difference in time comes first, whichever way"
tap_ok "--view io --top 1" $vmtop --compare "$a" "$b" --once --view io --top 1
tap_says '^virtio_blk pv +0 +200 +\+200 +- +0 +100000 ' "another view"
tap_says '^other \(4 rows\) +150 +42 +-108 +0\.28 +40000 +12020 ' "and the rest of it adds up"
for name in exits flushes memory io hot cr3 vms phases; do
	tap_ok "JSON: $name" $vmtop --compare "$a" "$b" --once --json --view $name
	tap_says "^\{\"a\":\{\"name\":\"twin\",.*\"exits\":1671,.*\"b\":\{\"name\":\"twin\",.*\"exits\":761,.*\"view\":\"$name\",\"other\":null\}" "JSON: $name: both VMs"
done
tap_ok "JSON: a row" $vmtop --compare "$a" "$b" --once --json --filter cpuid
tap_says '"rows":\[\{"name":"cpuid","count_a":1000,"count_b":300,"count_difference":-700\.0,"count_ratio":0\.29[0-9]*,|"count_ratio":0\.3,"sum_a":100000,"sum_b":31350,' "JSON: difference and ratio"
tap_ok "a row opened" $vmtop --compare "$a" "$b" --once --row cpuid
tap_result "$(grep -c '^exits by reason: *cpuid' "$tap_dir/output" | grep -qx 2; echo $?)" "is A's and B's"
tap_says '^ +100 +1000  [█#]+' "with A's histogram"
tap_says '^ +101 +30  [█#]+' "and B's"
tap_ok "a row opened, that A only has" $vmtop --compare "$a" "$b" --once --row ept_violation
tap_says '^exits by reason: *none here' "is none of B"
tap_ok "a row opened, that B only has" $vmtop --compare "$a" "$b" --once --json --row exception_nmi
tap_says '"row":\{"a":\{[^}]*"count":0,.*"b":\{"reason":"exception_nmi",[^}]*"count":300,' "is in JSON, too"
tap_ok "all of them opened" $vmtop --compare "$a" "$b" --once --json --row 'all exits'
tap_says '"row":\{"a":\{[^}]*"count":1671,.*"histogram":\[.*"b":\{[^}]*"count":761,.*"histogram":\[' "each side's"
tap_ok "by code" $vmtop --compare "$a" "$b" --once --view io --json --row 'virtio_blk pv'
tap_says '"row":\{"a":\{[^}]*"count":0,.*"b":\{[^}]*"count":200,' "a row whose name is of two parts"
tap_ok "the same twice" $vmtop --compare "$a" "$a" --once
tap_says '^all exits +1671 +1671 +0 +1\.00 +460010 +460010 +0 +1\.00 ' "does not differ"
tap_ok "a lossy one" $vmtop --compare "$a" "$tap_dir/lossy" --once
tap_says '^vmtop LOST 7 ' "is said to be"
tap_says '^B: twin  lost 7 ' "and which of them it is"
tap_ok "intervals" $vmtop --compare "$a" "$b" --json --interval 0.2
count() { grep -o '"all":{[^}]*}' "$tap_dir/output" | grep -o "\"count_$1\":[0-9]*" | cut -d: -f2 | paste -sd+; }
tap_result "$([ $(($(count a))) = 1671 ] && [ $(($(count b))) = 761 ]; echo $?)" "their sums are the totals of both"
tap_fails 2 "one only" $vmtop --compare "$a"
tap_says '^vmtop: --compare: two are compared: ' "is said"
tap_fails 2 "and one that is not there" $vmtop --compare "$a" "$tap_dir/nothing" --once

# ---- running VMs ----
one=vmtop-one-$$ two=vmtop-two-$$
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tap_dir"' EXIT
unit/vmtop-source live $one 1 &
unit/vmtop-source live $two 1 &
until [ "$(grep -cE " 00010000 .*vtscope/.*/($one|$two)" /proc/net/unix)" -ge 2 ]; do sleep 0.02; done
sleep 1.5
tap_ok "two running VMs" $vmtop --compare $one $two --once --interval 0.2
tap_says "^vmtop lost 0  comparing  $one \(A\) and $two \(B\)" "by name"
tap_says '^cpuid +1000 +1000 +0 +1\.00 ' "all of what they did"

if ! command -v tmux >/dev/null; then
	tap_skip "the comparison in a terminal" "no tmux"
	tap_done
	exit
fi

# ---- in a terminal ----
trap 'mux kill-server 2>/dev/null; kill $(jobs -p) 2>/dev/null; rm -rf "$tap_dir"' EXIT
terminal 150 30
sees 'ready>$'
keys "$vmtop --compare $a $b" Enter
sees '^vmtop lost 0  comparing'
keys End
screen "both traces to their ends" '^all exits +1671 +761 +-910 +0\.46 '
screen "the row that differs most" '^ept_violation +500 +0 +-500 '
keys D
screen "another view" '^virtio_blk pv +0 +200 +\+200 '
keys E / c p u Enter Down Enter
screen "a row opened: A's beside B's" '^vmtop .*\[1/2\].* vmtop .*\[2/2\]'
screen "with A's histogram" ' +100 +1000  [█#]+'
screen "and B's" ' +101 +30  [█#]+'
keys e C-u "$tap_dir/row.json" Enter
screen "written" 'row\.json: written'
tap_result "$(grep -q '^{"a":{.*"row":{"a":{"reason":"cpuid",[^}]*"count":1000,.*"b":{"reason":"cpuid",[^}]*"count":300,' "$tap_dir/row.json"; echo $?)" "as JSON: A's and B's"
keys e C-u "$tap_dir/row.txt" Enter
screen "written" 'row\.txt: written'
tap_result "$(grep -c '^exits by reason: *cpuid' "$tap_dir/row.txt" | grep -qx 2; echo $?)" "as text: A's and B's"
keys Escape
screen "a filter" '^other \([0-9]+ rows\) +671 +461 '
keys e C-u "$tap_dir/out.json" Enter
screen "written" 'out\.json: written'
tap_result "$(grep -q '^{"a":{.*"rows":\[{"name":"cpuid","count_a":1000,"count_b":300,' "$tap_dir/out.json"; echo $?)" "as JSON"
mux resize-window -x 80 -y 24
screen "80x24: A, B, difference and ratio" '^cpuid +1000 +300 +-700 +0\.30'
keys q
screen "q" 'ready>$'
keys clear Enter "$vmtop --compare $one $two" Enter
screen "running VMs" "^A: $one .*lost 0"
keys q
screen "q" 'ready>$'
tap_done
