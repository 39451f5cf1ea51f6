#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# However vtrun ends, it says so, its trace reads, and nothing is left: no process, no file, no terminal mode.
. "$SRCDIR/tests/tap.sh"

vtrun=$PWD/bin/vtrun
dir=$tap_dir
mkdir "$dir/tmp" "$dir/cwd"
export TMPDIR=$dir/tmp
exec </dev/null
set -m # background jobs take SIGINT

# start ARGS...: an endless guest, recorded to $dir/trace; sets pid and engine.
start()
{
	rm -rf "$dir/trace"
	"$vtrun" --timeout 100 --record "$dir/trace" "$@" workloads/mixed.elf >"$dir/out" 2>"$dir/said" &
	pid=$!
	engine=
	for _ in {1..300}; do
		found=$(pgrep -P $pid bochs) && engine=$found # at first the one that is asked for its version
		[ -n "$engine" ] && [ -s "$dir/trace/vcpu0" ] && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	[ -n "$engine" ] || echo "# no engine was started"
}

# gone PID: within five seconds.
gone()
{
	for _ in {1..50}; do
		[ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" || return 0
		sleep 0.1
	done
	return 1
}

# ended STATUS WHAT CAUSE: how the last started one ended; the recorded cause, "" for none.
ended()
{
	local status
	wait $pid 2>/dev/null
	status=$?
	tap_ok "$2: status $1" test $status = "$1"
	tap_ok "$2: the engine is gone" gone "$engine"
	tap_ok "$2: the trace reads" bin/exitstat report "$dir/trace"
	if [ -n "$3" ]; then
		tap_ok "$2: the trace says why" bash -c "od -An -v -tx1 -w64 '$dir/trace/vcpu0' |
			grep -q '^\( ..\)\{8\} 0c $3'"
	fi
	tap_ok "$2: no file is left" test -z "$(ls -A "$TMPDIR")"
}

start
kill -INT $pid
ended 130 "Ctrl-C" 11
tap_ok "Ctrl-C: it is said" grep -q "ended by signal 2" "$dir/said"
start
kill -TERM $pid
ended 143 "SIGTERM" 11
start
kill -HUP $pid
ended 129 "SIGHUP" 11
start --timeout 3
ended 124 "time-out" 10
tap_ok "time-out: it is said" grep -q "time-out: not ended after 3 s" "$dir/said"
start
kill -KILL $pid
ended 137 "kill -9 of vtrun" ""
start
kill -KILL "$engine"
ended 125 "kill -9 of Bochs" 12
tap_ok "kill -9 of Bochs: it is said" grep -q "Bochs ended before its guest did, by signal 9" "$dir/said"
start
kill -STOP "$engine"
sleep 0.2
kill -TERM $pid
ended 143 "a stopped Bochs" 11

# Standard output that goes away, and that is full.
"$vtrun" --record "$dir/pipe" workloads/test-talk.elf -- flood=100000000 2>"$dir/said" | head -c 100 >/dev/null
tap_ok "nobody reads the output: status 141" test "${PIPESTATUS[0]}" = 141
tap_ok "nobody reads the output: it is said" grep -q "standard output: nobody reads it" "$dir/said"
tap_ok "nobody reads the output: the trace reads" bin/exitstat report "$dir/pipe"
tap_fails 125 "standard output is full" bash -c "'$vtrun' workloads/test-talk.elf -- flood=1000 >/dev/full"
tap_says "standard output: No space left on device" "standard output is full: it is said"
tap_fails 7 "the guest's own status comes before that" \
	bash -c "'$vtrun' workloads/test-talk.elf -- flood=1000 status=7 >/dev/full"

# A full disk: a file system of 1 MiB, in a mount namespace of its own. full.sh DIR VTRUN SIZE TRACE [OPTION]
cat >"$dir/full.sh" <<'SH'
mount -t tmpfs -o size=$3 none "$1/small" || exit 99
"$2" --record "$1/small/trace" $5 workloads/cpuid.elf -- ops=40000
status=$?
cp -r "$1/small/trace" "$1/$4"
exit $status
SH
mkdir "$dir/small"
unshare -m true 2>/dev/null && namespace="unshare -m" || namespace="unshare -rm"
$namespace bash "$dir/full.sh" "$dir" "$vtrun" 1m full-trace >"$dir/out" 2>"$dir/said"
status=$?
if [ $status = 99 ] || grep -q '^unshare:' "$dir/said"; then
	tap_skip "a full disk" "no file system can be mounted here"
else
	tap_ok "a full disk: status 125" test $status = 125
	tap_ok "a full disk: it is said" grep -qE "^vtrun: recording: .*No space left.*; the first [1-9][0-9]* records are safe" \
		"$dir/said"
	tap_ok "a full disk: said once" test "$(grep -c '^vtrun' "$dir/said")" = 1
	tap_ok "a full disk: the guest went on to its end" grep -q "^cpuid: ops 40000 digest" "$dir/out"
	tap_ok "a full disk: as many records as said are there" bash -c "
		safe=\$(grep -o 'first [0-9]*' '$dir/said' | cut -d' ' -f2)
		[ \$(babeltrace2 '$dir/full-trace' | wc -l) = \$safe ]"
	if grep -q '^HAVE_ZSTD *:= yes' Makefile && command -v zstd >/dev/null; then
		$namespace bash "$dir/full.sh" "$dir" "$vtrun" 160k full-zstd --zstd >"$dir/out" 2>"$dir/said"
		tap_ok "a full disk, compressed: status 125" test $? = 125
		tap_ok "a full disk, compressed: it is said, once" \
			grep -qE "^vtrun: recording: .*vcpu0.zst: .*No space left.*; the frames before are safe" "$dir/said"
		tap_ok "a full disk, compressed: the guest went on to its end" grep -q "^cpuid: ops 40000 digest" "$dir/out"
		tap_ok "a full disk, compressed: a whole frame is there" test -s "$dir/full-zstd/vcpu0.zst"
		tap_ok "a full disk, compressed: and no part of one" zstd -q -t "$dir/full-zstd/vcpu0.zst"
	else
		tap_skip "a full disk, compressed" "no zstd"
	fi
fi

# A terminal, which must be as it was; script(1) gives us one.
terminal()
{
	rm -f "$dir/out" "$dir/pid"
	script -qec "stty -g >$dir/before; bash -c 'echo \$\$ >$dir/pid; exec $vtrun --timeout 30 workloads/test-talk.elf -- $1';
		stty -g >$dir/after" /dev/null </dev/null >"$dir/out" 2>&1 &
	for _ in {1..100}; do
		grep -qs talk "$dir/out" && break
		sleep 0.1
	done
	[ -z "$2" ] || kill "-$2" "$(cat "$dir/pid")"
	wait $!
	cmp "$dir/before" "$dir/after"
}
tap_ok "the terminal after the guest's end" terminal status=0 ""
tap_ok "the terminal after SIGTERM" terminal loop=1 TERM
tap_ok "the terminal after Ctrl-C" terminal loop=1 INT

# Two at once, by name.
start --name "clean-$$"
first=$pid first_engine=$engine
tap_fails 125 "a name that is taken" "$vtrun" --name "clean-$$" workloads/null.elf
tap_says "clean-$$" "a name that is taken: it is said"
tap_ok "two at once" "$vtrun" --name "other-$$" workloads/null.elf
kill -TERM $first
wait $first
tap_ok "two at once: the first ends as ever" gone "$first_engine"
tap_ok "the name is free again" "$vtrun" --name "clean-$$" workloads/null.elf
tap_done
