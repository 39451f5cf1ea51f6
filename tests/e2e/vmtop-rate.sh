#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 60
# vmtop on a million records a second: none is lost, it costs little, and memory does not grow with time.
. "$SRCDIR/tests/tap.sh"

name=vmtop-rate-$$
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tap_dir"' EXIT
# share VIEW: attach for four seconds; then the records a second, those lost, and the hundredths of a core.
share()
{
	bin/vmtop --attach "$name" --json -n 4 --view "$1" >"$tap_dir/output" &
	local pid=$! ticks=0 sum
	while sum=$(awk '{ print $14 + $15 }' /proc/$pid/stat 2>/dev/null) && [ -n "$sum" ]; do
		ticks=$sum
		kb=$(awk '/VmRSS/ { print $2 }' /proc/$pid/status 2>/dev/null)
		[ -z "$kb" ] || rss=$kb
		sleep 0.1
	done
	wait $pid || return 1
	events=$((($(grep -o '"events":[0-9]*' "$tap_dir/output" | tail -3 | cut -d: -f2 | paste -sd+)) / 3))
	# What was overwritten before it came is lost to it too; from then on nothing is.
	lost=$(grep -o '"lost":[0-9]*' "$tap_dir/output" | cut -d: -f2 | sort -nu | paste -sd ' ')
	lost=$((${lost##* } - ${lost%% *}))
	cost=$((ticks * 100 / $(getconf CLK_TCK) / 4))
	echo "# $1: $events records a second, $lost lost, $cost % of a core, $rss kB"
}
unit/vmtop-source rate "$name" 1000000 30 &
# It listens, by the flags of its socket.
until grep -q " 00010000 .*vtscope/.*/$name" /proc/net/unix; do sleep 0.02; done
for view in exits hot; do
	share $view
	tap_result $? "$view: attached"
	tap_result "$([ "$lost" = 0 ]; echo $?)" "$view: nothing is lost"
	tap_result "$([ "$events" -gt 0 ]; echo $?)" "$view: it shows them; what that costs, make bench judges"
	tap_result "$([ "$rss" -lt 60000 ]; echo $?)" "$view: and 60 MB"
done
tap_done
