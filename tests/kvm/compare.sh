#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same guest program under vtscope and under this host's KVM: exits an operation, and time an exit, each in its own
# unit. Nothing is divided by what has another unit.
#   compare.sh [OPS [WORKLOAD...]]    run in the build directory; reading KVM takes what docs/kvm.md says
ops=${1:-20000}
shift
[ $# -gt 0 ] || set -- in cpuid msr
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

fail()
{
	echo "compare: $*" >&2
	exit 2
}

# on_vtscope NAME, on_kvm NAME: a trace in $dir/own or $dir/kvm, and what the guest said in a file beside it.
on_vtscope()
{
	rm -rf "$dir/own"
	bin/exitstat record -o "$dir/own" -- "workloads/$1.elf" -- "ops=$ops" >"$dir/own.out" 2>&1 || fail "vtscope: $(cat "$dir/own.out")"
}

on_kvm()
{
	local recorder vm in out
	rm -rf "$dir/kvm"
	coproc GUEST { exec unit/kvm-workload --wait "workloads/$1.elf" "ops=$ops" 2>&1; }
	vm=$GUEST_PID
	exec {in}>&"${GUEST[1]}" {out}<&"${GUEST[0]}"
	read -r -u "$out" line && [ "$line" = ready ] || fail "KVM: $line"
	bin/exitstat record -o "$dir/kvm" --source kvm --pid "$vm" >"$dir/record.out" 2>&1 &
	recorder=$!
	while [ ! -s "$dir/kvm/metadata" ]; do
		kill -0 $recorder 2>/dev/null || fail "$(cat "$dir/record.out")"
		sleep 0.05
	done
	echo >&"$in"
	exec {in}>&-
	cat <&"$out" >"$dir/kvm.out"
	exec {out}<&-
	wait $recorder || fail "$(cat "$dir/record.out")"
}

# row NAME DIR HYPERVISOR: of the reason that most exits have.
row()
{
	bin/exitstat report --json "$2" | python3 -c '
import json, sys
name, who, ops = sys.argv[1], sys.argv[2], int(sys.argv[3])
root = json.load(sys.stdin)
rows = sorted(root["reasons"], key=lambda row: -row["count"])
if root["lost"]:
    sys.exit(f"compare: {who}: {root['"'lost'"']} events were lost: no figures")
if not rows or rows[0]["count"] < ops / 2:
    print(f"{name:10} {who:8} {0:14.3f} {'"'-'"':>14} {'"'-'"':>10}  {'"'-'"':6} {'"'none that this kernel tells of'"'}")
else:
    row = rows[0]
    print(f"{name:10} {who:8} {row['"'count'"'] / ops:14.3f} {row['"'mean'"']:14.1f} {row['"'p50'"']:10}  {root['"'unit'"']:6} {row['"'reason'"'] or row['"'number'"']}")
root["unit"]
' "$1" "$3" "$ops"
}

printf '%-10s %-8s %14s %14s %10s  %-6s %s\n' guest under 'exits/op' 'mean time/exit' p50 unit reason
for name; do
	on_vtscope "$name"
	on_kvm "$name"
	own=$(grep -o 'digest [0-9a-f]*' "$dir/own.out")
	# That of cpuid is over the processor's name.
	[ "$name" = cpuid ] || [ "$own" = "$(grep -o 'digest [0-9a-f]*' "$dir/kvm.out")" ] || fail "$name: the guest computed something else under KVM"
	row "$name" "$dir/own" vtscope || exit 2
	row "$name" "$dir/kvm" KVM || exit 2
done
echo "Exits per operation compare. Times do not: instr are executed instructions, ns time on this processor; no ratio is given."
