#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat export: each format against what exitstat report says of the same trace, and read by a program that is not
# ours: protoc with Perfetto's field numbers (tests/e2e/perfetto.proto), sqlite3, Python's OpenMetrics parser.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
known=$tap_dir/known
tests/exitstat-trace known "$known" || exit 1

# equal WHAT EXPECTED ACTUAL
equal()
{
	tap_ok "$1" diff <(printf '%s\n' "$2") <(printf '%s\n' "$3")
}

# from_report PATH...: what report says of $trace, in a line.
from_report()
{
	tests/exitstat-json "$@" <"$tap_dir/report" | tr '\n' ' ' | sed 's/ $//'
}

# check_perfetto: the packets of $trace.
check_perfetto()
{
	if ! command -v protoc >/dev/null; then
		tap_skip "perfetto: it decodes" "no protoc"
		return
	fi
	tap_ok "perfetto: it decodes" bash -c "protoc --proto_path='$SRCDIR/tests/e2e' --decode=perfetto.protos.Trace \
		perfetto.proto <'$tap_dir/out' >'$tap_dir/packets'"
	equal "  no field is unknown to Perfetto's schema" 0 "$(grep -cE '^ *[0-9]+(:| \{)' "$tap_dir/packets")"
	# Of each track: time does not go back, slices nest, none is left open; sums of the outermost by category.
	awk '
		$1 == "timestamp:" { time = $2 }
		/^    uuid:/ { declared[$2] = 1 }
		/^    type:/ { type = $2 }
		/^    track_uuid:/ { track = $2 }
		/^    categories:/ { category = $2 }
		/^}/ && type {
			if (!(track in declared)) bad["a track is not declared"]
			if (type ~ /SLICE/ && time < last[track]) bad["time goes back"]
			if (type ~ /SLICE/) last[track] = time
			if (type == "TYPE_SLICE_BEGIN") { begin[track, ++depth[track]] = time; kind[track, depth[track]] = category
				if (category != "\"phase\"" && depth[track] > 1) bad["guest and exits overlap"] }
			if (type == "TYPE_SLICE_END") { if (!depth[track]) bad["an end without a begin"]
				name = kind[track, depth[track]]; count[name]++; sum[name] += time - begin[track, depth[track]--] }
			if (type == "TYPE_INSTANT") instants++
			type = category = ""
		}
		END {
			for (t in depth) if (depth[t]) bad["a slice is left open"]
			for (b in bad) print b
			print "exit", count["\"exit\""], sum["\"exit\""]
			print "guest", sum["\"guest\""]
			print "phase", count["\"phase\""] + 0
			print "details", instants
		}' "$tap_dir/packets" >"$tap_dir/sums"
	equal "  guest and exit slices, phases and instants add up to the report" "exit $(from_report exits vmm)
guest $(from_report guest)
phase $(from_report phases)
details $(($(from_report events) - $(from_report exits)))" "$(cat "$tap_dir/sums")"
}

# check_sqlite: the database of $trace, in $1.
check_sqlite()
{
	local database=$1
	if ! grep -q '^HAVE_SQLITE3 *:= yes' Makefile || ! command -v sqlite3 >/dev/null; then
		tap_skip "sqlite: a database" "no SQLite"
		return
	fi
	tap_ok "sqlite: a database" $exitstat export "$trace" --format sqlite -o "$database" $symbols
	equal "  it is sound" ok "$(sqlite3 "$database" 'PRAGMA integrity_check')"
	equal "  its exits are all there" "$(from_report exits vmm | tr ' ' '|')" \
		"$(sqlite3 "$database" 'SELECT count(*), sum(latency) FROM exits')"
	equal "  and all details" "$(($(from_report events) - $(from_report exits)))" "$(for table in $(sqlite3 "$database" .tables); do
		case $table in exits | trace) ;; *) sqlite3 "$database" "SELECT count(*) FROM \"$table\"" ;; esac
	done | awk '{sum += $1} END {print sum}')"
	equal "  each detail lies within its exit" 0 "$(for table in tlb_flush shadow_fault ept_violation io_request mark hypercall; do
		sqlite3 "$database" "SELECT count(*) FROM $table d JOIN exits e ON e.id = d.exit_id
			WHERE d.tsc < e.exit_tsc OR d.tsc > e.entry_tsc OR d.vcpu != e.vcpu"
	done | awk '{sum += $1} END {print sum}')"
	equal "  the unit and the loss" "instr 0" "$(sqlite3 "$database" \
		"SELECT group_concat(value, ' ') FROM (SELECT value FROM trace WHERE key IN ('unit', 'lost') ORDER BY key DESC)")"
	cp "$database" "$database.before"
	tap_fails 2 "sqlite: a file that is there" $exitstat export "$trace" --format sqlite -o "$database"
	tap_says "^exitstat: $database: it is there already" "  is left alone"
	tap_ok "  and is as it was" cmp "$database" "$database.before"
	tap_fails 2 "sqlite: a phase that does not exist" $exitstat export "$trace" --format sqlite --phase beta -o "$database.new"
	tap_ok "  leaves no file" test ! -e "$database.new"
}

# check_formats NAME: of $trace, every format.
check_formats()
{
	echo "# $1"
	$exitstat report "$trace" --json >"$tap_dir/report"

	tap_ok "csv" $exitstat export "$trace" --format csv $symbols -o "$tap_dir/out"
	equal "  exits and their time" "$(from_report exits vmm)" \
		"$(awk -F, 'NR > 1 {sum += $5; n++} END {print n, sum}' "$tap_dir/out")"
	equal "  every line has as many cells as the header" 1 "$(awk -F, '{print NF}' "$tap_dir/out" | sort -u | wc -l)"

	tap_ok "folded" $exitstat export "$trace" --format folded $symbols -o "$tap_dir/out"
	tap_ok "  is what flame prints" cmp "$tap_dir/out" <($exitstat flame "$trace" $symbols)

	tap_ok "openmetrics" $exitstat export "$trace" --format openmetrics -o "$tap_dir/out"
	equal "  it ends as it must" "# EOF" "$(tail -1 "$tap_dir/out")"
	equal "  histograms hold all exits" "$(from_report exits)" \
		"$(awk '/_bucket.*\+Inf/ {sum += $NF} END {print sum}' "$tap_dir/out")"
	equal "  and all their time" "$(from_report vmm)" "$(awk '/^vtscope_exit_latency.*_sum/ {sum += $NF} END {print sum}' "$tap_dir/out")"
	equal "  times" "$(from_report guest vmm idle)" \
		"$(awk '/^vtscope_(guest|vmm|idle)_time_instr_total/ {print $NF}' "$tap_dir/out" | tr '\n' ' ' | sed 's/ $//')"
	equal "  TLB flushes" "$(tests/exitstat-json tlb_flushes.{0..9}.count <"$tap_dir/report" 2>/dev/null | awk '{sum += $1} END {print sum + 0}')" \
		"$(awk '/^vtscope_tlb_flushes_total/ {sum += $NF} END {print sum + 0}' "$tap_dir/out")"
	if python3 -c 'import prometheus_client' 2>/dev/null; then
		tap_ok "  Python's parser takes it" python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
assert len(list(parse(open(sys.argv[1]).read()))) > 10' "$tap_dir/out"
	else
		tap_skip "  Python's parser takes it" "no python3-prometheus-client"
	fi

	tap_ok "perfetto" $exitstat export "$trace" --format perfetto $symbols -o "$tap_dir/out"
	check_perfetto
	check_sqlite "$tap_dir/$1.db"
}

trace=$known symbols=
check_formats known
equal "csv: a line, to the letter" \
	'1,0,2140,2240,100,"instr","cpuid","emulated","exit: emulated",0x1000040,,0x8000,,"alpha",0,0x0,,' \
	"$($exitstat export "$known" -f csv | sed -n 3p)"
equal "openmetrics: CPUID's latencies, 100 to 199" "28 100 100" \
	"$($exitstat export "$known" -f openmetrics | awk '/_bucket\{reason="cpuid",le="(127.0|255.0|\+Inf)"/ {print $NF}' |
		tr '\n' ' ' | sed 's/ $//')"
equal "--reason" 15 "$($exitstat export "$known" -f csv --reason io_instruction | sed 1d | wc -l)"
equal "--phase" 115 "$($exitstat export "$known" -f csv --phase alpha | sed 1d | wc -l)"

if command -v "${BOCHS:-bochs}" >/dev/null || command -v bochs-bin >/dev/null; then
	trace=$tap_dir/where symbols="--symbols tests/guest/where.elf"
	bin/vtrun --paging shadow --record "$trace" --timeout 60 tests/guest/where.elf >"$tap_dir/console"
	tap_result $? "a real trace"
	check_formats where
else
	tap_skip "a real trace" "no Bochs"
fi

# Memory does not grow with the trace: 64 MB of it pass through less than that.
tests/exitstat-trace many "$tap_dir/large-trace" 1000000
for format in csv perfetto openmetrics folded sqlite; do
	rm -f "$tap_dir/large"
	if [ $format = sqlite ] && ! grep -q '^HAVE_SQLITE3 *:= yes' Makefile; then
		tap_skip "$format: in bounded memory" "no SQLite"
		continue
	fi
	tap_ok "$format: in bounded memory" bash -c "ulimit -v 50000; bin/exitstat export '$tap_dir/large-trace' -f $format -o '$tap_dir/large'"
done
rm -f "$tap_dir/large"

for format in csv perfetto openmetrics folded; do
	tap_fails 2 "$format: a full disk" $exitstat export "$known" -f $format -o /dev/full
	tap_says '^exitstat: /dev/full: No space left on device' "  is said"
done
tap_fails 2 "a directory that is not there" $exitstat export "$known" -f csv -o "$tap_dir/nowhere/x"
tests/exitstat-trace lossy "$tap_dir/lossy"
tap_ok "a lossy trace" $exitstat export "$tap_dir/lossy" -f csv
tap_says 'events were lost: what is written is not all' "  is said to be one"
tap_done
