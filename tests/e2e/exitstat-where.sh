#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where in the guest: symbols, processes, phases and devices of exits whose place is known
# (tests/guest/where.c), in the trace of a real run under either paging mode.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
guest=tests/guest/where.elf

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}
command -v "${BOCHS:-bochs}" >/dev/null || command -v bochs-bin >/dev/null || skip_all "no Bochs"

# json PATH...: values of what is in $tap_dir/json, a line.
json()
{
	tests/exitstat-json "$@" <"$tap_dir/json" | tr '\n' ' '
}

# says_exactly WHAT EXPECTED ACTUAL
says_exactly()
{
	tap_ok "$1" diff <(printf '%s\n' "$2") <(printf '%s\n' "$3")
}

nm $guest | sort >"$tap_dir/System.map"

for paging in ept shadow; do
	trace=$tap_dir/$paging
	bin/vtrun --paging $paging --io trapped --record "$trace" --timeout 60 $guest >"$tap_dir/console"
	tap_result $? "$paging: it runs"

	$exitstat flame "$trace" --symbols $guest --reason cpuid --count >"$tap_dir/stacks"
	tap_result $? "$paging: flame"
	# Page tables stand for processes without a name: which ones is not fixed.
	says_exactly "  the CPUIDs of each process and function, to the exit" "\
alpha;where_alpha;cpuid;exit: emulated 30
alpha;where_nested;cpuid;exit: emulated 15
cr3;where_alpha;cpuid;exit: emulated 6
cr3;where_nobody;cpuid;exit: emulated 20
gamma;where_kernel;cpuid;exit: emulated 4
gamma;where_user;cpuid;exit: emulated 3" "$(sed -n 's/^cr3 0x[0-9a-f]*/cr3/; /;where_/p' "$tap_dir/stacks")"

	$exitstat flame "$trace" --symbols $guest >"$tap_dir/stacks"
	$exitstat report "$trace" --json >"$tap_dir/json"
	says_exactly "  all stacks add up to the VMM's time" "$(json vmm)" \
		"$(awk '{sum += $NF} END {print sum}' "$tap_dir/stacks") "
	tap_ok "  flame --json has the same stacks" test "$($exitstat flame "$trace" --symbols $guest --json |
		tests/exitstat-json stacks)" = "$(wc -l <"$tap_dir/stacks")"

	$exitstat report "$trace" --by phase,process,device,cr3,function --symbols $guest --json >"$tap_dir/json"
	says_exactly "  exits of the inner phase, and of the outer without it" "7 10 " \
		"$(json by_phase.rows.phase=inner.count by_phase.rows.phase=outer.count)"
	tap_ok "  the UART's exits: the guest's ten and the console's" test "$(json by_device.rows.device=uart.count)" -ge 10
	says_exactly "  ports of one function" "10 " "$(json by_function.rows.function=where_ports.count)"
	$exitstat report "$trace" --by function --symbols "$tap_dir/System.map" --json >"$tap_dir/map"
	tap_ok "  nm's list gives the same functions as the ELF file" diff \
		<(tests/exitstat-json by_function.rows.function={where_alpha,where_nobody,where_ports}.count <"$tap_dir/map") \
		<(tests/exitstat-json by_function.rows.function={where_alpha,where_nobody,where_ports}.count <"$tap_dir/json")

	$exitstat report "$trace" --by phase --phase outer --json >"$tap_dir/json"
	outer=$(json exits)
	$exitstat flame "$trace" --phase outer --count | awk '{sum += $NF} END {print sum, ""}' >"$tap_dir/sum"
	says_exactly "  report and flame agree on what lies in a phase" "$outer" "$(cat "$tap_dir/sum")"

	$exitstat outliers "$trace" -n 3 --symbols $guest --json >"$tap_dir/json"
	tap_result $? "$paging: outliers"
	says_exactly "  the slowest, slowest first" yes "$(json slowest.{0,1,2}.latency |
		awk '{print ($1 >= $2 && $2 >= $3 && $3 > 0) ? "yes" : "no"}')"
	$exitstat report "$trace" --json >"$tap_dir/report"
	says_exactly "  the slowest is the longest that report knows" \
		"$(grep -o '"max": [0-9]*' "$tap_dir/report" | sort -k2 -n | tail -1 | grep -o '[0-9]*') " \
		"$(json slowest.0.latency)"
	$exitstat report "$trace" --slowest 3 --symbols $guest --json >"$tap_dir/report"
	tap_ok "  report --slowest is the same list" diff \
		<(tests/exitstat-json slowest.{0,1,2}.{latency,rip,exit_tsc,function,within_all} <"$tap_dir/report") \
		<(tests/exitstat-json slowest.{0,1,2}.{latency,rip,exit_tsc,function,within_all} <"$tap_dir/json")
	tap_ok "  outliers of one reason, for people" $exitstat outliers "$trace" --symbols $guest --reason io_instruction -n 100
	tap_says '^  in where_ports.* \(rip 0x[0-9a-f]+\), process alpha, phase \(outside\)$' "    says where"
	tap_says '^    \+[0-9]+ io_request trapped, uart: address 0x3ff, bytes 1 B, .*depth 1$' "    says what happened within"
	tap_says '^  cpuid +[0-9]+ +[0-9,]+ +where_alpha.* emulated$' "    says what came before, of any reason"
done
tap_fails 1 "outliers of a reason that did not occur" $exitstat outliers "$tap_dir/ept" --reason hlt
tap_done
