#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make bench`: all of it, in the build directory. bench/trace/bench.sh [small]: with so little work that only the
# tables mean something, for tests. Exit status: 1 if a bar was missed, 2 if something could not be measured.
here=${0%/*}
. "$here/lib.sh"
rounds=40000 events=20000000 repeats=5 guest=8
[ "$1" != small ] || rounds=200 events=100000 repeats=1 guest=1

status=0
# part COMMAND...: the worst status counts.
part()
{
	"$@"
	local got=$?
	[ $got -le $status ] || status=$got
	echo
}

# vmtop_rate: the test's own figures; its sums are awk's whole numbers.
vmtop_rate()
{
	echo "vmtop on a million events a second, attached for four seconds"
	SRCDIR=$here/../.. bash "$here/../../tests/e2e/vmtop-rate.sh" >"$log"
	sed -n 's/^# //p' "$log"
	grep -q '^# .*records a second' "$log" || { echo "vmtop: not measured"; return 2; }
	bar "records a second, the fewest, at least 900000" "$(sed -n 's/^# [a-z]*: \([0-9]*\) records.*/\1/p' "$log" | sort -n | head -n 1)" ">=" 900000
	bar "hundredths of a core, the worst, under 5" "$(sed -n 's/^# .* \([0-9]*\) % of a core.*/\1/p' "$log" | sort -n | tail -n 1)" "<" 5
	bar "events lost" "$(sed -n 's/^# .* \([0-9]*\) lost.*/\1/p' "$log" | sort -n | tail -n 1)" == 0
	return $missed
}

log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
echo "Recording one event, its time stamp included; the same loop around each, in batches of 100"
part bash "$here/record.sh" $rounds
part bash "$here/report.sh" $events $repeats
[ "$1" = small ] || part vmtop_rate
part bash "$here/readers.sh" $guest
exit $status
