#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vtbench interrupted, killed, without space, without what it needs: what is done stays readable, nothing runs on.
. "$SRCDIR/tests/tap.sh"

# children PID: the vtrun processes of a vtbench.
children()
{
	pgrep -P "$1" -x vtrun
}

# gone PID...: all of them end within five seconds.
gone()
{
	local i
	for i in $(seq 50); do
		kill -0 "$@" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# start DIR: a matrix in the background, until some cells are done and others run; $vtbench and $vtruns.
start()
{
	local i
	bin/vtbench run --workload cpuid,ptemod --reps 20 --timeout 60 --jobs 2 --out "$1" >"$tap_dir/output" 2>&1 &
	vtbench=$!
	for i in $(seq 300); do
		[ "$(wc -l 2>/dev/null <"$1/results.jsonl")" -ge 2 ] 2>/dev/null && vtruns=$(children $vtbench) && break
		sleep 0.1
	done
	[ -n "$vtruns" ]
}

start "$tap_dir/int"
tap_result $? "cells run"
kill -INT $vtbench
wait $vtbench
[ $? = 2 ]
tap_result $? "interrupted: status 2"
tap_says '^vtbench: interrupted by Interrupt: [0-9]+ of 120 cells are in ' "says what it kept"
gone $vtruns
tap_result $? "its children are gone"
[ ! -e "$tap_dir/int/traces" ]
tap_result $? "so are their traces"
tap_ok "what was done reads" bin/vtbench report "$tap_dir/int"
tap_says '^[0-9]+ cells, [0-9]+ ok, 0 not ok' "and is ok"

vtruns=
start "$tap_dir/kill"
kill -KILL $vtbench
wait $vtbench 2>/dev/null
gone $vtruns
tap_result $? "killed: its children are gone"
tap_ok "what was done reads" bin/vtbench report "$tap_dir/kill"

# A lone vtrun that dies fails its cell, and no other.
vtruns=
start "$tap_dir/child"
kill -KILL $(echo $vtruns | cut -d' ' -f1)
sleep 2
kill -INT $vtbench
wait $vtbench
tap_says 'FAILED: vtrun was killed by signal 9' "a vtrun that is killed fails its cell"
[ "$(grep -c '"ok":false' "$tap_dir/child/results.jsonl")" = 1 ]
tap_result $? "and only that"

mkdir "$tap_dir/small"
if mount -t tmpfs -o size=96k tmpfs "$tap_dir/small" 2>/dev/null; then
	bin/vtbench run --workload cpuid --reps 40 --ops 10 --timeout 60 --out "$tap_dir/small/out" >"$tap_dir/output" 2>&1
	[ $? = 2 ]
	tap_result $? "a full disk: status 2"
	tap_says '^vtbench: .*No space left on device; .*free some space' "says so"
	tap_ok "what was done reads" bin/vtbench report "$tap_dir/small/out"
	umount "$tap_dir/small"
else
	tap_skip "a full disk" "no right to mount a small file system"
fi

mkdir "$tap_dir/empty"
tap_fails 1 "no VMM" env VTSCOPE_LIBDIR="$tap_dir/empty" bin/vtbench run --workload null --out "$tap_dir/novmm"
tap_says 'null ept: FAILED: vtrun ended with status 125: vtrun: .*No such file' "is the reason given"
tap_fails 1 "no Bochs" env BOCHS=/nonexistent/bochs bin/vtbench run --workload null --out "$tap_dir/nobochs"
tap_says 'FAILED: vtrun ended with status 125: vtrun: .*nonexistent' "is the reason given"
tap_fails 1 "a cell that takes too long" bin/vtbench run --workload null --paging native --ops 4000m --timeout 1 \
	--out "$tap_dir/slow"
tap_says 'null native: FAILED: vtrun ended with status 124: .*time-out' "is ended"
tap_done
