#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 120
# Whole screens of vmtop, at the end of a trace whose every figure is known, against stored ones
# (tests/data/vmtop-screens). UPDATE=1 writes them anew: look at each before it is committed.
. "$SRCDIR/tests/tap.sh"

if ! command -v tmux >/dev/null; then
	tap_skip "vmtop's screens" "no tmux"
	tap_done
	exit
fi
export LC_ALL=C
vmtop=$PWD/bin-asan/vmtop
screens=$SRCDIR/tests/data/vmtop-screens
trace=$tap_dir/trace
symbols=$tap_dir/symbols
unit/vmtop-source rich "$trace"
unit/vmtop-source record "$tap_dir/other"
unit/vmtop-source record "$tap_dir/lossy" 7
printf '000000000000%s t %s\n' 1000 alpha 1020 beta 2000 gamma 3000 end >"$symbols"

number=0 # each screen has a server of its own: one that ends is in the way of the next
mux() { tmux -L "vmtop-golden-$$-$number" -f /dev/null "$@"; }
trap 'mux kill-server 2>/dev/null; rm -rf "$tap_dir"' EXIT
keys() { mux send-keys "$@"; }
# start WIDTH HEIGHT OPTION...: vmtop, at the end of its trace.
start()
{
	mux kill-server 2>/dev/null
	number=$((number + 1))
	export XDG_CONFIG_HOME=$tap_dir/config$number # what the last one keeps as it ends is not for this one
	mux new-session -d -x "$1" -y "$2" "$vmtop --interval 0.05 ${*:3}"
	until mux capture-pane -p 2>/dev/null | grep -q '^vmtop'; do sleep 0.05; done
	keys End
}
picture() { mux capture-pane -p | sed 's/^vmtop [0-9.]*: keys/vmtop: keys/'; }
# same NAME: a test point: the screen comes to be the stored one.
same()
{
	local end=$((SECONDS + 10)) status=0
	: >"$tap_dir/diff"
	[ -z "$UPDATE" ] || { sleep 1; picture >"$screens/$1.txt"; }
	until picture >"$tap_dir/screen" && diff "$screens/$1.txt" "$tap_dir/screen" >"$tap_dir/diff" 2>&1; do
		[ $SECONDS -lt $end ] || { status=1; break; }
		sleep 0.05
	done
	tap_result $status "the screen: $1"
	[ $status = 0 ] || sed 's/^/# /' "$tap_dir/diff"
}

start 80 24 --replay "$trace" --guest "$symbols"
same exits
for view in T:flushes M:memory D:io G:hot C:cr3 V:vms P:phases; do
	keys "${view%:*}"
	same "${view#*:}"
done
keys G Down Down Enter
same function
keys h
same help
start 160 45 --replay "$trace" --guest "$symbols" --view io
same wide-io
keys Down Enter
same wide-device
start 30 8 --replay "$tap_dir/lossy"
same small
keys D
same small-io
start 80 24 --compare "$tap_dir/other" "$trace"
same compare
start 160 30 --compare "$tap_dir/other" "$trace" --view memory
same wide-compare
tap_done
