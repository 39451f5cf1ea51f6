#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Attached readers take nothing from the guest or from the VMM: bench/trace/readers.sh ROUNDS
# In the build directory. One guest runs alone, and again with vmtop and exitstat record attached; what guest and VMM
# executed is counted by the engine's clock, one tick an instruction.
. "${0%/*}/lib.sh"

name=vtscope-bench-$$
dir=$(mktemp -d "${TMPDIR:-/tmp}/vtscope-bench.XXXXXX") || exit 2
# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT

run() { bin/vtrun --timeout 300 --name "$name" --record "$dir/$1" workloads/mixed.elf -- rounds="$2" >"$dir/output" 2>&1; }

# figure RUN FIELD: of its report.
figure() { bin/exitstat report --json "$dir/$1" | sed -n "s/^  \"$2\": \([0-9]*\),\$/\1/p"; }

row() { printf '%-40s %16s %16s %12s\n' "$2" "$(group "$(figure "$1" guest)")" "$(group "$(figure "$1" vmm)")" "$(group "$(figure "$1" events)")"; }

run alone "$1" || { echo "readers: not measured: $(tail -n 1 "$dir/output")"; exit 2; }
run attached "$1" &
vm=$!
# It listens, by the flags of its socket.
until grep -q " 00010000 .*vtscope/.*/$name" /proc/net/unix || ! kill -0 $vm 2>/dev/null; do sleep 0.02; done
bin/vmtop --attach "$name" --batch --interval 0.1 >"$dir/vmtop" 2>&1 &
bin/exitstat record --attach "$name" -o "$dir/recorded" >"$dir/record" 2>&1 &
recorder=$!
wait $vm || { echo "readers: not measured: $(tail -n 1 "$dir/output")"; exit 2; }
wait $recorder || { echo "readers: not measured: $(tail -n 1 "$dir/record")"; exit 2; }

echo "Attached readers; instructions executed"
printf '%-40s %16s %16s %12s\n' "" guest VMM events
row alone "mixed.elf, alone"
row attached "the same, vmtop and a recorder attached"
bar "instructions more, exactly 0" \
	"$(($(figure attached guest) + $(figure attached vmm) - $(figure alone guest) - $(figure alone vmm)))" == 0
echo "the two traces: $(cmp -s "$dir/alone/vcpu0" "$dir/attached/vcpu0" && echo "the same to the byte" || echo "not the same")," \
	"the recorder's: $(cmp -s "$dir/recorded/vcpu0" "$dir/alone/vcpu0" && echo "too" || echo "not the same");" \
	"vmtop showed $(grep -c '^ *cpuid ' "$dir/vmtop") tables"
exit $missed
