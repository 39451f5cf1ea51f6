#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same cell again, side by side with others, recorded or not, watched or not: the same to the last record.
. "$SRCDIR/tests/tap.sh"

out=$tap_dir/out
select="--workload ptemod,console --paging ept,shadow --ops 300 --timeout 60"

tap_ok "three repetitions are identical" bin/vtbench run $select --reps 3 --keep-traces --out "$out"
for cell in ptemod-ept ptemod-shadow console-ept console-ept-pv console-shadow console-shadow-pv; do
	cmp "$out/traces/$cell/vcpu0" "$out/traces/$cell-rep-2/vcpu0" &&
		cmp "$out/traces/$cell/metadata" "$out/traces/$cell-rep-2/metadata" &&
		cmp "$out/traces/$cell/vcpu0" "$out/traces/$cell-rep-3/vcpu0"
	tap_result $? "$cell: their traces are the same files"
done

# What may differ between two runs of a matrix.
stable()
{
	sed -E 's/"(command|host_seconds)":("[^"]*"|[0-9.e-]*)//g' "$1/results.jsonl"
}
tap_ok "one at a time" bin/vtbench run $select --reps 3 --jobs 1 --out "$tap_dir/one"
cmp <(stable "$out") <(stable "$tap_dir/one")
tap_result $? "gives the same results in the same order"

# vtrun itself: without recording, with a recorder outside, and watched.
guest="--paging shadow --seed 1 --mem 256M --timeout 60 --name repeat-$$ ptemod -- ops=300"
bin/vtrun --record "$tap_dir/plain" $guest >"$tap_dir/console-recorded" 2>"$tap_dir/errors"
tap_result $? "recorded"
bin/vtrun $guest >"$tap_dir/console-plain" 2>>"$tap_dir/errors"
tap_result $? "not recorded"
cmp "$tap_dir/console-plain" "$tap_dir/console-recorded"
tap_result $? "the guest measured the same"
cmp "$tap_dir/plain/vcpu0" "$out/traces/ptemod-shadow/vcpu0"
tap_result $? "and its trace is vtbench's, whatever the VM's name"
tap_ok "recorded through the live channel" bin/exitstat record -o "$tap_dir/live" -- $guest
report()
{
	bin/exitstat report --json "$1" | grep -v '"\(trace\|source\|path\|name\)"'
}
[ "$(report "$tap_dir/plain" | wc -l)" -gt 50 ] && cmp <(report "$tap_dir/plain") <(report "$tap_dir/live")
tap_result $? "is the same trace to exitstat"

# Long enough to be watched.
guest="${guest%300}60000"
bin/vtrun --record "$tap_dir/unwatched" $guest >/dev/null 2>>"$tap_dir/errors"
tap_result $? "a longer run"
bin/vtrun --record "$tap_dir/watched" $guest >/dev/null 2>>"$tap_dir/errors" &
vtrun=$!
for _ in $(seq 100); do
	grep -q " 00010000 .*@vtscope/.*/repeat-$$\$" /proc/net/unix && break
	sleep 0.05
done
bin/vmtop --attach "repeat-$$" --batch --json -i 0.05 >"$tap_dir/vmtop" 2>&1 &
vmtop=$!
bin/exitstat record --attach "repeat-$$" -o "$tap_dir/reader" >/dev/null 2>&1 &
reader=$!
wait $vtrun
tap_result $? "again, with vmtop and exitstat on it"
wait $vmtop
[ "$(grep -c '"exits"' "$tap_dir/vmtop")" -ge 2 ]
tap_result $? "vmtop drew it"
wait $reader
tap_result $? "exitstat recorded it"
cmp "$tap_dir/unwatched/vcpu0" "$tap_dir/watched/vcpu0"
tap_result $? "the trace is the same file"
tap_done
