#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat report and hist over a trace whose every figure is known (tests/e2e/exitstat_trace.c), and against
# babeltrace2's reading of the same trace.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
known=$tap_dir/known
tests/exitstat-trace known "$known" || exit 1

# is WHAT EXPECTED PATH...: report's JSON has these values, one a word.
is()
{
	local what=$1 expected=$2
	shift 2
	tests/exitstat-json "$@" <"$tap_dir/json" >"$tap_dir/values" 2>&1
	tap_ok "$what" diff <(tr ' ' '\n' <<<"$expected") "$tap_dir/values"
}

$exitstat report "$known" --json >"$tap_dir/json"
tap_result $? "report --json"
is "summary" '"instr" 167 0 35120 7860 26760 2400 0 133' unit events lost span guest vmm clear idle exits
is "a reason's figures" '100 14950 100 149.5 149 189 199 199 199 10' \
	reasons.reason=cpuid.{count,sum,min,mean,p50,p90,p99,p999,max,number}
is "unknown reasons keep their number" '2 200 1 90' reasons.reason={200,90}.{count,number}
is "reasons, the longest first" '8 "cpuid" "ept_violation" "io_instruction"' reasons reasons.{0,1,2}.reason
is "flushes" '"invvpid_single" "guest_cr3" 4 0' tlb_flushes.0.{how,cause,count} transition_flushes
is "violations" '1 "demand_fill" 8' ept_violations ept_violations.0.{how,count}
is "no shadow faults, no zaps" '0 0' shadow_faults shadow_zaps
is "I/O" '1 "uart" 15 15 15 0' io_requests io_requests.0.{device,requests,bytes,trapped,pv}
is "hypercalls" '1 "mark" 2' hypercalls hypercalls.0.{hypercall,count}
is "injections" '"exception" 1' injections.0.{how,count}
is "the phase" '1 "alpha" 100 7 25250 6300 18950 115 252.5 1.15' \
	phases phases.0.{name,ops,value,total,guest,vmm,exits,per_op,exits_per_op}
is "configuration" '"ept" true 67108864 "guest_exit"' vm_start.{paging,vpid,memory} vm_stop.how

$exitstat report "$known" --phase alpha --json >"$tap_dir/json"
is "--phase counts the same as the phases table" '25250 6300 18950 115 2 15' span guest vmm exits reasons \
	io_requests.0.requests

$exitstat report "$known" --by rip,port,gpa,resolution,hypercall,cpuid,cr,vector,msr,reason --top 2 --json >"$tap_dir/json"
is "by RIP, with the rest added up" '"0x1000020" 50 7500 "0x1000040" 7450 6 33 11810' \
	by_rip.rows.0.{rip,count,sum} by_rip.rows.1.{rip,sum} by_rip.other.{keys,count,sum}
is "by port" '"0x3f8" "out" 10 3000 "0x3fd" "in" 5 1000 0' by_port.rows.0.{port,direction,count,sum} \
	by_port.rows.1.{port,direction,count,sum} by_port.other.count
is "by page" '"0x2000000" 2 "0x2001000" 2 2 4' by_gpa.rows.0.{page,count} by_gpa.rows.1.{page,count} \
	by_gpa.other.{keys,count}
is "by resolution" '"exit" "emulated" 104 "ept_violation" "demand_fill" 8 21' \
	by_resolution.rows.{0,1}.{kind,how,count} by_resolution.other.count
is "by hypercall" '"mark" 1 2 180' by_hypercall.rows.0.{hypercall,number,count,sum}
is "by CPUID leaf" '"0x3" 25 3775' by_cpuid.rows.0.{leaf,count,sum}
is "by control register" '3 "mov_to" 4' by_cr.rows.0.{cr,access,count}
is "by vector" '14 "#PF" 1 0' by_vector.rows.0.{vector,name,count} by_msr.rows

tap_ok "report, for people" $exitstat report "$known"
sed -n '/^VM exits by reason/,/^$/p' "$tap_dir/output" >"$tap_dir/table"
tap_ok "the table of reasons, to the letter" diff - "$tap_dir/table" <<'END'
VM exits by reason; latency is the VMM's own work, in instr
reason          count  of exits     sum  of VMM  min   mean  p50  p90  p99  p99.9  max
cpuid             100    75.2 %  14,950  55.9 %  100  149.5  149  189  199    199  199
ept_violation       8     6.0 %   5,600  20.9 %  700  700.0  700  700  700    700  700
io_instruction     15    11.3 %   4,000  14.9 %  200  266.7  300  300  300    300  300
cr_access           4     3.0 %   1,600   6.0 %  400  400.0  400  400  400    400  400
exception_nmi       1     0.8 %     250   0.9 %  250  250.0  250  250  250    250  250
vmcall              2     1.5 %     180   0.7 %   90   90.0   90   90   90     90   90
200                 2     1.5 %     120   0.4 %   60   60.0   60   60   60     60   60
90                  1     0.8 %      60   0.2 %   60   60.0   60   60   60     60   60

END

tests/exitstat-trace cycles "$tap_dir/cycles"
tap_ok "report of a trace in cycles" $exitstat report "$tap_dir/cycles"
tap_says '^VM exits .* in cycles$' "its unit is cycles"
tests/exitstat-trace lossy "$tap_dir/lossy"
tap_ok "report of a lossy trace" $exitstat report "$tap_dir/lossy"
tap_says '^5 events were LOST' "says what was lost"

tests/exitstat-trace many "$tap_dir/many" 20000
$exitstat report "$tap_dir/many" --by gpa --top 0 --json >"$tap_dir/json"
is "20,000 pages" '20000 20000 0' by_gpa.rows exits by_gpa.other.count

# The figures of babeltrace2, which knows nothing of exitstat.
if command -v babeltrace2 >/dev/null; then
	babeltrace2 "$tap_dir/many" 2>/dev/null | sed -n 's/.* exit: .*reason = ( "\([a-z0-9_]*\)".*/\1/p' |
		sort | uniq -c | awk '{print $2, $1}' >"$tap_dir/babeltrace"
	$exitstat report "$tap_dir/many" | sed -n '/^reason/,/^$/p' | sed 1d | awk '/^[a-z]/ {gsub(",", "", $2); print $1, $2}' |
		sort >"$tap_dir/ours"
	tap_ok "babeltrace2 counts the same, reason by reason" diff "$tap_dir/babeltrace" "$tap_dir/ours"
	tap_ok "and it counted many" test "$(wc -l <"$tap_dir/ours")" -gt 50
else
	tap_skip "babeltrace2 counts the same, reason by reason" "no babeltrace2"
	tap_skip "and it counted many" "no babeltrace2"
fi

tap_ok "hist" $exitstat hist "$known" --reason cpuid
tap_says '^100 +149\.5 +149 +189 +199 +199 +199$' "its percentiles"
tap_says '^ *196 +199 +4 +4\.0 % +100\.0 % +#{40}$' "its last bar"
$exitstat hist "$known" --json >"$tap_dir/json"
tap_result $? "hist --json"
is "its figures" '"instr" "all" 133 26760 60 700' unit reason count sum min max
tap_fails 1 "hist of a reason that did not occur" $exitstat hist "$known" --reason hlt

# Symbols, from a real ELF file: where this very program has main.
tap_ok "by RIP with a guest's ELF" $exitstat report "$known" --by rip --guest "$PWD/bin/exitstat"
tap_fails 2 "--guest with no file of symbols" $exitstat report "$known" --by rip --guest "$SRCDIR/Makefile.in"
tap_says 'Makefile.in: neither an ELF file nor a list of symbols' "says so"
tap_done
