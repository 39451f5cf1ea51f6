#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vmtop without a terminal: --once, --batch and --json over a trace whose every figure is known
# (tests/unit/vmtop_events.h), over a live source of the same events, and bad use.
. "$SRCDIR/tests/tap.sh"

vmtop=bin-asan/vmtop
export ASAN_OPTIONS=abort_on_error=0
trace=$tap_dir/trace
name=vmtop-text-$$
unit/vmtop-source record "$trace"
unit/vmtop-source record "$tap_dir/lossy" 7

# ---- the whole trace as text ----
tap_ok "--replay --once" $vmtop --replay "$trace" --once
tap_says '^vmtop lost 0  twin  ended: guest_exit, status 3  total, 1\.67 s of trace time$' "name, result, span, loss"
tap_says '^engine bochs  paging ept  io pv  vpid yes  unit instr  guest mixed\.elf$' "configuration"
tap_says '^guest 1211000 instr \(72\.5 %\)  VMM 460010 instr \(27\.5 %\)  of it clearing 150000 instr$' "guest and VMM time"
tap_says '^events 2443  exits 1671  lost 0$' "events, exits, loss"
tap_says '^REASON \(times: instr\) +COUNT +/S TRACE +VMM% +TIME +MIN +MEAN +P50 +P90 +P99 +P99\.9 +MAX$' "headings name the unit"
tap_says '^all exits +1671 +1000\.0 100\.0 +460010 +10 +275\.3 +100 +607 +1000 +1000 +1000$' "all exits"
tap_says '^cpuid +1000 +598\.4 +21\.7 +100000 +100 +100\.0( +100){5}$' "a reason: cpuid"
tap_says '^ept_violation +500 +299\.2 +65\.2 +300000 +600 +600\.0( +600){5}$' "a reason: ept_violation"
tap_says '^TLB flushes 20  invvpid_single 20 \(guest_cr3 20\)$' "flushes by kind and cause"
tap_says '^EPT violations 500  demand_fill 500$' "violations by resolution"
tap_says '^I/O requests 150  uart 50 \(bytes 50, trapped 50\)  console 100 \(bytes 1600, pv 100\)$' "I/O by device"
tap_ok "--sort mean" $vmtop --replay "$trace" --once --sort mean
tap_result "$([ "$(sed -n 7p "$tap_dir/output" | cut -d' ' -f1)" = cr_access ]; echo $?)" "the longest mean is first"

# ---- the same as JSON ----
tap_ok "--once --json" $vmtop --replay "$trace" --once --json
tap_result "$([ "$(wc -l <"$tap_dir/output")" = 1 ]; echo $?)" "one object, one line"
tap_says '"unit":"instr","state":"ended","cause":"guest_exit","status":3,' "JSON: state and unit"
tap_says '"events":2443,"lost":0,"problems":0,"problem":null,"span":1671010,"exits":1671,"guest_time":1211000,"vmm_time":460010,"clear_time":150000,' "JSON: totals"
tap_says '\{"reason":"vmcall","number":18,"count":100,"per_second":59\.8[0-9]*,"share":0\.0434[0-9]*,"sum":20000,"min":200,"mean":200\.0,"p50":200,"p90":200,"p99":200,"p999":200,"max":200\}' "JSON: a row"
tap_says '"tlb_flushes":\{"invvpid_single":20\},"tlb_flushes_detail":\{"invvpid_single":\{"guest_cr3":20\}\}' "JSON: a panel"

# ---- intervals of the trace's own time ----
tap_ok "--batch --interval 1" $vmtop --replay "$trace" --batch --interval 1
tap_result "$([ "$(grep -c '^vmtop ' "$tap_dir/output")" = 2 ]; echo $?)" "two tables"
tap_says '^cpuid +999 +999\.0' "the first second has 999 CPUIDs: the last one ends with the next begun"
tap_says '^cpuid +1 +1\.5' "the second has the other one"
tap_ok "--batch -n 1" $vmtop --replay "$trace" --batch -n 1
tap_result "$([ "$(grep -c '^vmtop ' "$tap_dir/output")" = 1 ]; echo $?)" "one table"
tap_ok "--json --interval 0.01" $vmtop --replay "$trace" --json --interval 0.01
sum=$(($(grep -o '"events":[0-9]*' "$tap_dir/output" | cut -d: -f2 | paste -sd+)))
tap_result "$([ "$(wc -l <"$tap_dir/output")" = 168 ] && [ "$sum" = 2443 ]; echo $?)" "168 intervals, and their sum is the total"

# ---- loss and damage ----
tap_ok "a lossy trace" $vmtop --replay "$tap_dir/lossy" --once
tap_says '^vmtop LOST 7 ' "text: loss stands first"
tap_says '^events 2444  exits 1671  lost 7$' "text: and with the counts"
tap_ok "a lossy trace, JSON" $vmtop --replay "$tap_dir/lossy" --once --json
tap_says '"lost":7,' "JSON: loss"
cp -r "$trace" "$tap_dir/cut"
truncate -s 60000 "$tap_dir/cut/vcpu0"
tap_ok "a cut trace is read" $vmtop --replay "$tap_dir/cut" --once
tap_says '^vmtop: twin: .*shown is what could be read$' "what is wrong is said on standard error"
tap_says '^vmtop LOST .* ended without a vm_stop record: the trace is cut' "and in the table"
tap_says '^cpuid +[1-9][0-9]* ' "and the rest is shown"
cp -r "$trace" "$tap_dir/flipped"
printf '\xff' | dd of="$tap_dir/flipped/vcpu0" bs=1 seek=70005 conv=notrunc status=none
tap_ok "a trace with a flipped byte is read" $vmtop --replay "$tap_dir/flipped" --once
tap_says '^vmtop: twin: .*shown is what could be read$' "and what is wrong is said"

# Damage anywhere: never a crash, whatever the clocks in the records then say.
status=0
for i in $(seq 40); do
	cp "$trace/vcpu0" "$tap_dir/flipped/vcpu0"
	printf "\\x$(printf %02x $((i * 37 % 256)))" |
		dd of="$tap_dir/flipped/vcpu0" bs=1 seek=$((i * 3989)) conv=notrunc status=none
	$vmtop --replay "$tap_dir/flipped" --batch --interval 0.2 >"$tap_dir/output" 2>&1 || status=1
done
tap_result $status "forty traces with a wrong byte each are read"

status=0
for i in $(seq 10); do
	unit/vmtop-source wild "$tap_dir/wild$i" "$i"
	$vmtop --replay "$tap_dir/wild$i" --batch --interval 0.5 >"$tap_dir/output" 2>&1 || status=1
	$vmtop --replay "$tap_dir/wild$i" --once --json >"$tap_dir/output" 2>&1 || status=1
done
tap_result $status "ten traces of random records are read"

# ---- a live source ----
unit/vmtop-source live "$name" 3 &
source=$!
until grep -q " 00010000 .*vtscope/.*/$name" /proc/net/unix; do sleep 0.02; done
tap_ok "--attach --json, to the end" $vmtop --attach "$name" --json --interval 0.3
sum=$(($(grep -o '"exits":[0-9]*' "$tap_dir/output" | cut -d: -f2 | paste -sd+)))
tap_ok "--attach --once after the end: the ring still has all" $vmtop --attach "$name" --once --interval 0.05
tap_says '^events 2443  exits 1671  lost 0$' "every event was counted"
tap_says '^REASON.*/S HOST' "rates are per second of the host"
tap_result "$([ "$sum" -le 1671 ] && [ "$sum" -gt 0 ]; echo $?)" "the intervals' exits are part of it"
kill $source
wait $source 2>/dev/null

unit/vmtop-source live "$name" 60 &
source=$!
until grep -q " 00010000 .*vtscope/.*/$name" /proc/net/unix; do sleep 0.02; done
tap_fails 124 "Ctrl-C ends --batch" timeout -s INT 0.7 $vmtop --attach "$name" --batch --interval 60
tap_ok "--batch into a closed pipe ends" bash -c "timeout 5 $vmtop --attach '$name' --batch --interval 0.05 | head -1; [ \${PIPESTATUS[0]} = 141 ]"
kill $source
wait $source 2>/dev/null

# ---- bad use: one clear line, exit status 2 ----
bad()
{
	local pattern=$1 what=$2
	shift 2
	tap_fails 2 "$what" "$@"
	tap_result "$([ "$(wc -l <"$tap_dir/output")" = 1 ] && grep -qE "$pattern" "$tap_dir/output"; echo $?)" "$what: one clear line"
}
bad '^vmtop: /nonexistent: .*: ' "no such trace" $vmtop --replay /nonexistent --once
bad '^vmtop: .*nobody.*: ' "no such VM" $vmtop --attach nobody-$$ --once
bad '^vmtop: --sort x: .*count' "no such column" $vmtop --sort x
bad '^vmtop: --interval 0: ' "no interval" $vmtop --interval 0
bad '^vmtop: --samples -1: ' "no number of samples" $vmtop -n -1
bad '^vmtop: unknown option.*--help' "unknown option" $vmtop --nonsense
bad '^vmtop: more than one source' "two sources" $vmtop --attach a --replay b
bad '^vmtop: x: unexpected' "an argument" $vmtop x
bad '^vmtop: --run: no guest' "--run without a guest" $vmtop --run
bad '^vmtop: no terminal: ' "no terminal" $vmtop --replay "$trace"
bad '^vmtop: standard output: ' "a full disk" bash -c "$vmtop --replay '$trace' --once >/dev/full"
if unshare -rn true 2>/dev/null; then
	bad '^vmtop: no VM is running: start one with vtrun' "no VM" unshare -rn $vmtop --once
else
	tap_skip "no VM" "no namespace of its own for sockets (unshare -rn)"
fi
tap_ok "--help" $vmtop --help
tap_says '^ *-r, --replay' "--help lists the options"
tap_ok "--version" $vmtop --version
tap_done
