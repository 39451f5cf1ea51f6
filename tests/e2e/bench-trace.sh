#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 120
# The programs of `make bench` on a little work: their tables are whole, what counts instructions or bytes holds, and
# nothing is left behind. How fast anything is is not judged here.
. "$SRCDIR/tests/tap.sh"

command -v "${BOCHS:-bochs-bin}" >/dev/null || { tap_skip "make bench on a little work" "no Bochs"; tap_done; exit; }
mkdir "$tap_dir/tmp"
TMPDIR=$tap_dir/tmp bash "$SRCDIR/bench/trace/bench.sh" small >"$tap_dir/output" 2>&1
status=$?
sed 's/^/# /' "$tap_dir/output"
# 1: a bar of speed missed, on so little work, or on a machine that does other things
tap_result "$([ $status -le 1 ]; echo $?)" "all could be measured"

# row TEXT: a row of that name, with nothing in it but numbers above zero.
row()
{
	awk -v text="$1" 'index($0, text) == 1 {
		rest = substr($0, length(text) + 1); gsub(/,/, "", rest)
		if (split(rest, cell, " ") < 3) next
		good = 1
		for (i in cell) if (cell[i] !~ /^[0-9]+(\.[0-9]+)?$/ || cell[i] + 0 <= 0) good = 0
		if (good) found = 1
	} END { exit !found }' "$tap_dir/output"
	tap_result $? "figures: $1"
}
row "RDTSC alone"
row "RDTSC, 64 bytes copied"
row "vtscope: core-vmm/vm.o"
row "exitstat report --by ..."
row "mixed.elf, alone"
row "the same, vmtop and a recorder attached"
[ -z "$(command -v babeltrace2)" ] || row "babeltrace2 into sink.utils.counter"
! grep -q '^zipped' "$tap_dir/output" || { row plain; row zipped; }
# peer NAME: measured, or it says why not.
peer() { grep -qE "^$1 +([0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+|not measured: .+)$" "$tap_dir/output"; tap_result $? "$1: measured, or why not"; }
peer "BPF ring buffer, uprobe"
peer "LTTng-UST, 64 bytes"
tap_says "^bar: instructions more, exactly 0: 0: holds$" "attached readers cost no instruction"
tap_says "^the two traces: the same to the byte, the recorder's: too;" "and change no event"
tap_result "$(grep -q 'were not recorded' "$tap_dir/output"; [ $? = 1 ]; echo $?)" "every event that was timed was recorded"
tap_result "$([ -z "$(ls -A "$tap_dir/tmp")" ]; echo $?)" "no file is left"
# A bar that is missed is said, and is the status.
tap_result "$(. "$SRCDIR/bench/trace/lib.sh"; [ "$(bar x 1.31 "<=" 1.3)" = "bar: x: 1.31: missed" ] && bar x 2 ">=" 3 >/dev/null; [ "$missed" = 1 ]; echo $?)" "a missed bar is seen"
tap_done
