#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Compressed traces: what exitstat record --zstd writes, and what zstd(1) makes of a trace, read as the trace itself.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
name=exitstat-zstd-$$

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}
grep -q '^HAVE_ZSTD *:= yes' Makefile || skip_all "no zstd"
command -v zstd >/dev/null || skip_all "no zstd(1)"

# same_report A B: but for the name.
same_report()
{
	diff <($exitstat report "$1" --by rip,reason,gpa --json | grep -v '"trace":') \
		<($exitstat report "$2" --by rip,reason,gpa --json | grep -v '"trace":')
}

many=$tap_dir/many
tests/exitstat-trace many "$many" 100000
cp -r "$many" "$tap_dir/zipped"
zstd -q --rm "$tap_dir/zipped/vcpu0"
tap_ok "a trace compressed by zstd, in one frame" test -s "$tap_dir/zipped/vcpu0.zst" -a ! -e "$tap_dir/zipped/vcpu0"
tap_ok "  gives the same report" same_report "$many" "$tap_dir/zipped"
tap_ok "  and is the same to diff" $exitstat diff "$many" "$tap_dir/zipped"
zstd -q -d "$tap_dir/zipped/vcpu0.zst"
tap_ok "  where both files are there, nothing is counted twice" same_report "$many" "$tap_dir/zipped"
head -c 100000 "$tap_dir/zipped/vcpu0.zst" >"$tap_dir/cut" && rm "$tap_dir/zipped/vcpu0"
mv "$tap_dir/cut" "$tap_dir/zipped/vcpu0.zst"
tap_ok "  cut off, it gives what is there" $exitstat report "$tap_dir/zipped"
tap_says 'damaged \(.*cut' "    and says so"
head -c 5000 /dev/urandom >"$tap_dir/zipped/vcpu0.zst"
tap_fails 2 "  bytes that are no zstd" $exitstat report "$tap_dir/zipped"
tap_says 'nothing could be read' "    are told"

command -v "${BOCHS:-bochs}" >/dev/null || command -v bochs-bin >/dev/null || { tap_done; exit 0; }
guest="--paging shadow workloads/ptemod.elf"
bin/vtrun --record "$tap_dir/own" --timeout 60 $guest >"$tap_dir/console"
tap_ok "vtrun --record --zstd" bin/vtrun --record "$tap_dir/packed" --zstd --timeout 60 $guest
tap_ok "  decompressed it is the other recording, to the byte" cmp "$tap_dir/own/vcpu0" <(zstd -q -d -c "$tap_dir/packed/vcpu0.zst")
tap_ok "  which is not there itself" test ! -e "$tap_dir/packed/vcpu0"
tap_ok "  and diff finds no difference" $exitstat diff "$tap_dir/own" "$tap_dir/packed"
tap_ok "exitstat record --zstd of a new VM" bin/exitstat record -o "$tap_dir/started" --zstd -- --timeout 60 $guest
tap_ok "  is the same" cmp "$tap_dir/packed/vcpu0.zst" "$tap_dir/started/vcpu0.zst"
tap_fails 125 "vtrun --zstd without --record" bin/vtrun --zstd $guest
tap_says '^vtrun: --zstd: only of a recording: add --record DIR$' "  says what to do"
# start: that guest again, there to be attached to when this returns. $vm is its vtrun.
start()
{
	bin/vtrun --name "$name" --timeout 60 $guest >"$tap_dir/console" 2>&1 </dev/null &
	vm=$!
	for ((i = 0; i < 200; i++)); do
		bin/exitstat list | grep -q "^$name " && return
		sleep 0.05
	done
}

start
tap_ok "record --zstd" $exitstat record --attach "$name" -o "$tap_dir/live" --zstd
tap_says ' MiB in [0-9.]+ MiB \([0-9.]+ : 1\)$' "  says what it gained"
wait $vm
tap_ok "  gives the same report as vtrun's recording" same_report "$tap_dir/own" "$tap_dir/live"
tap_ok "  decompressed it is that recording, to the byte" cmp "$tap_dir/own/vcpu0" <(zstd -q -d -c "$tap_dir/live/vcpu0.zst")
tap_ok "  and much smaller" test $(($(stat -c %s "$tap_dir/live/vcpu0.zst") * 5)) -lt "$(stat -c %s "$tap_dir/own/vcpu0")"
start
tap_fails 2 "record --zstd where 64 KiB is all there is" bash -c "trap '' XFSZ; ulimit -f 64
	exec $exitstat record --attach $name -o '$tap_dir/full' --zstd"
tap_says 'vcpu0.zst: cannot write: File too large' "  is said"
tap_ok "  no frame is left half-written" test ! -s "$tap_dir/full/vcpu0.zst" -a -e "$tap_dir/full/vcpu0.zst"
wait $vm
tap_done
