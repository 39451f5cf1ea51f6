#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Reading and writing long traces: bench/trace/report.sh EVENTS ROUNDS
# In the build directory. The traces lie in $TMPDIR until it ends: 64 bytes an event, and a little more.
# VTS_BENCH_TRACES names recorded traces to repeat, instead of runs of our workloads.
. "${0%/*}/lib.sh"

events=$1 rounds=$2
cut=$((events / 10)) # for what would take too long, and what must not depend on the length
tables=reason,resolution,port,gpa,rip

dir=$(mktemp -d "${TMPDIR:-/tmp}/vtscope-bench.XXXXXX") || exit 2
trap 'rm -rf "$dir"' EXIT

# record NAME GUEST OPTION... [-- ARGUMENT...]: a trace of a run.
record()
{
	local name=$1 guest=$2 options=()
	shift 2
	while [ $# != 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	bin/vtrun --timeout 100 --record "$dir/in/$name" "${options[@]}" "workloads/$guest.elf" "$@" >/dev/null
}

# record_all: paging of both kinds, devices, and memory touched for the first time.
record_all()
{
	mkdir "$dir/in" && truncate -s 8M "$dir/disk" &&
		record ept mixed -- rounds=1 && record shadow mixed --paging shadow -- rounds=1 &&
		record disk blockread --disk "$dir/disk" -- ops=2000 &&
		record console console -- ops=20000 && record demand demand --ept-pages 4k -- ops=8000
}

# repeat NAME EVENTS [zstd]: a long trace; its file as a later reader finds it: written to the disk, and read again.
repeat()
{
	local name=$1 count=$2 file
	shift 2
	obj/bench/trace-repeat "$dir/$name" "$count" "$@" -- "${inputs[@]}" >"$dir/$name.written" || exit 2
	for file in "$dir/$name"/vcpu*; do
		dd of="$file" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null
		cat "$file" >/dev/null
	done
}

# cost ROW COMMAND...: its processor time (us) and memory (kB), a line a round.
cost() { obj/bench/trace-cost "${@:2}" >>"$dir/$1.cost" 2>>"$dir/errors" || { cat "$dir/errors"; exit 2; }; }
seconds() { calc "$(cut -d' ' -f1 "$dir/$1.cost" | median) / 1e6" %.6f; }
rss() { cut -d' ' -f2 "$dir/$1.cost" | median; }
bytes() { cat "$dir/$1"/vcpu* | wc -c; }

# row NAME WHAT EVENTS: of the table of rates.
row() { printf '%-40s %12s %9.3f %9.2f\n' "$2" "$(group "$3")" "$(seconds "$1")" "$(rate "$1" "$3")"; }
rate() { calc "$2 / $(seconds "$1") / 1e6" %.4f; }

if [ -n "$VTS_BENCH_TRACES" ]; then
	read -ra inputs <<<"$VTS_BENCH_TRACES"
else
	record_all || { echo "not measured: the workloads could not be recorded (Bochs?)"; exit 2; }
	inputs=("$dir"/in/*)
fi
repeat long "$events"
repeat cut "$cut"
babeltrace=$(command -v babeltrace2)

for ((i = 0; i < rounds; i++)); do
	cost long bin/exitstat report --by $tables "$dir/long"
	cost cut bin/exitstat report --by $tables "$dir/cut"
	[ -n "$babeltrace" ] || continue
	cost counter babeltrace2 "$dir/cut" --component sink.utils.counter
	cost dummy babeltrace2 "$dir/cut" --component sink.utils.dummy
done
[ -z "$babeltrace" ] || cost text babeltrace2 "$dir/cut"

echo "Reading a trace of $(group "$events") events, page cache warm; processor time, medians of $rounds"
printf '%-40s %12s %9s %9s\n' "" events seconds "million/s"
row long "exitstat report --by ..." "$events"
row cut "the same of a cut" "$cut"
if [ -n "$babeltrace" ]; then
	row counter "babeltrace2 into sink.utils.counter" "$cut"
	row dummy "babeltrace2 into sink.utils.dummy" "$cut"
	row text "babeltrace2 into text (once)" "$cut"
else
	echo "babeltrace2: not measured: it is not here"
fi
echo "by: $tables"
bar "million events a second, at least 50" "$(rate long "$events")" ">=" 50
if [ -n "$babeltrace" ]; then
	bar "times babeltrace2's rate (counter), at least 50" "$(calc "$(rate long "$events") / $(rate counter "$cut")")" ">=" 50
	echo "times babeltrace2's rate: into dummy $(calc "$(rate long "$events") / $(rate dummy "$cut")")," \
		"into text $(calc "$(rate long "$events") / $(rate text "$cut")")"
fi
echo "memory: $(group "$(rss cut)") kB for $(group "$cut") events, $(group "$(rss long)") kB for $(group "$events")"
bar "memory for 10 times the events, times that for one, at most 1.05" "$(calc "$(rss long) / $(rss cut)" %.3f)" "<=" 1.05

if bin/exitstat record --help | grep -q -- --zstd; then
	repeat zipped "$((events / 4))" zstd
	repeat plain "$((events / 4))"
	for ((i = 0; i < rounds; i++)); do
		cost plain bin/exitstat report --by $tables "$dir/plain"
		cost zipped bin/exitstat report --by $tables "$dir/zipped"
	done
	echo
	echo "Traces of $(group "$((events / 4))") events, written and read; processor time, medians of $rounds (writing: once)"
	printf '%-12s %14s %9s %16s %16s\n' "" bytes ratio "written, mill./s" "read, million/s"
	for name in plain zipped; do
		read -r written nanoseconds <"$dir/$name.written"
		printf '%-12s %14s %9.1f %16.2f %16.2f\n' $name "$(group "$(bytes $name)")" \
			"$(calc "$(bytes plain) / $(bytes $name)")" "$(calc "$written * 1e3 / $nanoseconds" %.4f)" \
			"$(rate $name "$written")"
	done
fi
exit $missed
