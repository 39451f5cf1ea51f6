#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What reading an exit costs: the same guest with nothing attached, with a plain count in BPF, with the source
# kvm (exits only, and with all fields), and with perf (`perf kvm stat record`, and its tracepoints where kvm_exit
# does not fire). Rounds are interleaved; medians of the vCPU thread's processor time an exit.
#   bench.sh [ROUNDS [EXITS]]    run in the build directory, as root
rounds=${1:-15} exits=${2:-10000}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
events=(-e kvm:kvm_userspace_exit -e kvm:kvm_fpu -e kvm:kvm_pio)
if [ ! -e /sys/module/kvm_pvm ]; then
	events=(-e kvm:kvm_entry -e kvm:kvm_exit -e kvm:kvm_pio)
fi

# Ahead of what else the machine does.
first=
chrt -f 10 true 2>/dev/null && first='chrt -f 10'
guest()
{
	$first unit/kvm-guest --user out="$exits" | awk '{ printf "%.1f\n", $3 / $2 }'
}

with_nothing() { guest; }

with_count()
{
	coproc COUNT { exec unit/kvm-count; }
	local pid=$COUNT_PID
	read -r -u "${COUNT[0]}"
	guest
	kill "$pid"
	wait "$pid"
}

# with_source OPTION...: also sums up what was lost.
with_source()
{
	rm -rf "$dir/trace"
	bin/exitstat record -o "$dir/trace" --source kvm "$@" >"$dir/out" &
	local pid=$!
	while [ ! -s "$dir/trace/metadata" ]; do kill -0 $pid || return; sleep 0.02; done
	guest
	sleep 0.1
	kill -INT $pid
	wait $pid
	sed -n 's/.* recorded, \(.*\) lost/\1/p' "$dir/out" | tr -d , >>"$dir/lost"
}
with_exits() { with_source --exits-only; }
with_all() { with_source; }

with_perf()
{
	perf record -q -a "${events[@]}" -o "$dir/perf.data" -- sleep 600 >/dev/null 2>&1 &
	local pid=$!
	sleep 0.7
	guest
	kill $pid
	wait $pid
}

kinds=(nothing count exits all)
command -v perf >/dev/null && kinds+=(perf)
for ((round = 0; round < rounds; round++)); do
	for kind in "${kinds[@]}"; do
		"with_$kind" >>"$dir/$kind" 2>/dev/null
	done
done

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
base=$(median "$dir/nothing")
floor=$(awk -v a="$(median "$dir/count")" -v b="$base" 'BEGIN { print a - b }')
echo "$rounds rounds of $exits exits each; processor time of the vCPU's thread, ns an exit (medians)"
printf '%-34s %10s %10s %12s\n' 'attached' 'an exit' 'added' 'x the count'
declare -A names=([nothing]='nothing' [count]='a plain count in BPF' [exits]='--source kvm --exits-only'
	[all]='--source kvm, all fields' [perf]="perf record: perf kvm stat's events")
for kind in "${kinds[@]}"; do
	awk -v name="${names[$kind]}" -v v="$(median "$dir/$kind")" -v base="$base" -v floor="$floor" \
		'BEGIN { printf "%-34s %10.0f %10.0f %12s\n", name, v, v - base,
			v == base || floor <= 0 ? "-" : sprintf("%.1f", (v - base) / floor) }'
done
echo "lost by --source kvm in all rounds: $(awk '{ s += $1 } END { print s + 0 }' "$dir/lost") events"
[ -e /sys/module/kvm_pvm ] && echo "This KVM fires no kvm_exit: an exit is a return to user space, and perf reads the same events."
exit 0
