#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What reading an exit costs: the same guest with nothing attached, with BPF programs that do nothing (what this
# machine takes for calling them: no reader in BPF is below it), with a plain count in BPF, with the source kvm (exits only, and with all fields), and with perf (`perf kvm stat record`, and its tracepoints where kvm_exit
# does not fire). Each is measured between two runs with nothing attached, so that what else the machine does meanwhile
# falls on all; medians of the vCPU thread's processor time an exit, and of the differences, with their quartiles.
#   bench.sh [ROUNDS [EXITS]]    run in the build directory, as root
rounds=${1:-15} exits=${2:-8000}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
events=(-e kvm:kvm_userspace_exit -e kvm:kvm_fpu -e kvm:kvm_pio) returns=--returns passes=3
if [ ! -e /sys/module/kvm_pvm ]; then
	returns= passes=2
	events=(-e kvm:kvm_entry -e kvm:kvm_exit -e kvm:kvm_pio)
fi

# Ahead of what else the machine does, and not where the reader runs.
first="taskset -c $(($(nproc) - 1))"
chrt -f 10 true 2>/dev/null && first="$first chrt -f 10"
guest()
{
	$first unit/kvm-guest --user out="$exits" | awk '{ printf "%.1f\n", $3 / $2 }'
}

with_counter()
{
	coproc COUNT { exec taskset -c 0 unit/kvm-count $returns "$@"; }
	local pid=$COUNT_PID
	read -r -u "${COUNT[0]}"
	sleep 0.5
	guest
	kill "$pid"
	wait "$pid"
}

with_empty() { with_counter --empty; }
with_count() { with_counter; }

# with_source OPTION...: also sums up what was lost.
with_source()
{
	rm -rf "$dir/trace"
	taskset -c 0 bin/exitstat record -o "$dir/trace" --source kvm "$@" >"$dir/out" &
	local pid=$!
	while [ ! -s "$dir/trace/metadata" ]; do kill -0 $pid || return; sleep 0.02; done
	sleep 0.5
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
	taskset -c 0 perf record -q -a "${events[@]}" -o "$dir/perf.data" -- sleep 600 >/dev/null 2>&1 &
	local pid=$!
	sleep 0.7
	guest
	kill $pid
	wait $pid
}

kinds=(empty count exits all)
command -v perf >/dev/null && kinds+=(perf)
for ((round = 0; round < rounds; round++)); do
	for kind in "${kinds[@]}"; do
		echo "$(guest) $("with_$kind" 2>/dev/null) $(guest)" >>"$dir/$kind"
	done
done

# quantile N EXPRESSION KIND: the Nth quarter of the rounds; $1 and $3 are without it, $2 is with it.
quantile()
{
	awk "NF == 3 { print $2 }" "$dir/$3" | sort -g | awk -v n="$1" '{ v[NR] = $1 }
		END { if (NR) { at = 1 + (NR - 1) * n / 4; low = int(at); print v[low] + (at - low) * (v[low + (low < NR)] - v[low]) } }'
}
without='($1 + $3) / 2' added='$2 - ($1 + $3) / 2'
floor=$(quantile 2 "$added" count)
declare -A names=([empty]='BPF programs that do nothing' [count]='a plain count in BPF' [exits]='--source kvm --exits-only' [all]='--source kvm, all fields'
	[perf]="perf record: perf kvm stat's events")
echo "$rounds rounds of $exits exits each; processor time of the vCPU's thread, ns an exit (medians)"
printf '%-36s %9s %9s %9s %15s %12s\n' 'attached' 'without' 'with' 'added' 'quartiles' 'x the count'
for kind in "${kinds[@]}"; do
	more=$(quantile 2 "$added" $kind)
	printf '%-36s %9.0f %9.0f %9.0f %7.0f %7.0f %12s\n' "${names[$kind]}" "$(quantile 2 "$without" $kind)" \
		"$(quantile 2 '$2' $kind)" "$more" "$(quantile 1 "$added" $kind)" "$(quantile 3 "$added" $kind)" \
		"$(awk -v a="$more" -v f="$floor" 'BEGIN { if (f > 0) printf "%.1f", a / f; else print "-" }')"
done
echo "An exit passes $passes tracepoints here; $(quantile 2 "$added" empty | cut -d. -f1) ns of every figure is for calling a program at each."
echo "lost by --source kvm in all rounds: $(awk '{ s += $1 } END { print s + 0 }' "$dir/lost") events"
[ -e /sys/module/kvm_pvm ] && echo "This KVM fires no kvm_exit: an exit is a return to user space, and perf reads the same events."
exit 0
