#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Recording less, at the source: vtrun --reasons and --kinds leave out what they say and nothing else, and all that
# happens, and when, is as it is without; --ring.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# record NAME OPTIONS...: ptemod into $tap_dir/NAME.
record()
{
	local name=$1
	shift
	bin/vtrun --timeout 60 --record "$tap_dir/$name" "$@" workloads/ptemod.elf -- ops=3000 >"$tap_dir/console"
}

# exits NAME REASON...: of these reasons: what they were and how long they took, but where a packet of all records was
# closed, which takes some 40 instr.
exits()
{
	local name=$1 reason
	shift
	for reason; do
		$exitstat export "$tap_dir/$name" --reason "$reason" --format csv | cut -d, -f7-10,16-18
	done
}

# figures NAME PATH...
figures()
{
	$exitstat report "$tap_dir/$1" --json | tests/exitstat-json "${@:2}" | tr '\n' ' '
}

for paging in ept shadow; do
	record $paging-all --paging $paging
	tap_result $? "$paging: all that happens"
	tap_ok "$paging: only exits of two reasons" record $paging-few --paging $paging --reasons exception_nmi,cr_access,ept_violation
	tap_ok "  they are all there, and as they were" diff \
		<(exits $paging-all exception_nmi cr_access ept_violation) <(exits $paging-few exception_nmi cr_access ept_violation)
	tap_ok "  of others those with marks only" test "$($exitstat export "$tap_dir/$paging-few" --format csv |
		cut -d, -f7 | sort -u | tr -d '"' | tr '\n' ' ')" = "$($exitstat export "$tap_dir/$paging-all" --format csv |
		cut -d, -f7 | grep -E 'exception_nmi|cr_access|ept_violation|vmcall|reason' | sort -u | tr -d '"' | tr '\n' ' ')"
	tap_ok "  the phase is there" test "$(figures $paging-few phases.0.name)" = "$(figures $paging-all phases.0.name)"
	tap_ok "  and nothing is lost" test "$(figures $paging-few lost)" = "0 "
	$exitstat report "$tap_dir/$paging-few" >"$tap_dir/output"
	tap_says '^Exits were left out' "  the report says that there were more"
	record $paging-twin --paging $paging --reasons 0,28,48
	tap_ok "  the same again, reasons by number" test "$(exits $paging-few exception_nmi cr_access)" = "$(exits $paging-twin exception_nmi cr_access)"
	tap_ok "$paging: of details only flushes" record $paging-flushes --paging $paging --kinds tlb_flush
	tap_ok "  exits and flushes are as many" test "$(figures $paging-flushes exits)$(figures $paging-flushes tlb_flushes)" = \
		"$(figures $paging-all exits)$(figures $paging-all tlb_flushes)"
	tap_ok "  and the guest takes as long, but for the packets that are closed, of 47 instr each" awk -v a="$(figures $paging-all guest)" -v b="$(figures $paging-flushes guest)" \
		'BEGIN { exit !(a > 0 && a - b < a / 1000 && b - a < a / 1000) }'
	tap_ok "  no other detail is there" test "$($exitstat export "$tap_dir/$paging-flushes" --format csv | cut -d, -f9 |
		grep -c 'shadow_fault\|ept_violation')" = 0
done

# An exit of more records than are kept aside, 63: a stack has 104.
stack()
{
	bin/vtrun --timeout 60 --stacks cpuid --record "$tap_dir/$1" "${@:2}" tests/guest/stack.elf &&
		$exitstat flame "$tap_dir/$1" --symbols tests/guest/stack.elf --reason cpuid --count >"$tap_dir/$1.stacks"
}
tap_ok "long exits" stack stacks
tap_ok "  recorded alone" stack only --reasons cpuid
tap_ok "  are the same" diff "$tap_dir/stacks.stacks" "$tap_dir/only.stacks"
tap_ok "  left out" stack none --reasons rdmsr
tap_ok "  leave nothing" test ! -s "$tap_dir/none.stacks"
tap_ok "  not even details" test "$(figures none events)" -lt 10

tap_ok "exitstat record passes it on" $exitstat record -o "$tap_dir/passed" --reasons exception_nmi,cr_access,ept_violation -- \
	--timeout 60 --paging ept workloads/ptemod.elf -- ops=3000
tap_ok "  to the same effect" cmp "$tap_dir/passed/vcpu0" "$tap_dir/ept-few/vcpu0"
tap_fails 2 "such a trace is no baseline" $exitstat baseline save "$tap_dir/ept-few" -o "$tap_dir/baseline"

tap_fails 125 "a number that there is not" bin/vtrun --reasons 0,1000 workloads/ptemod.elf
tap_fails 125 "a kind that there is not" bin/vtrun --kinds tlb_flash workloads/ptemod.elf
tap_says "^vtrun: --kinds tlb_flash: 'tlb_flash' is no kind of event" "  it says so"
tap_fails 125 "natively there is no VMM" bin/vtrun --reasons cpuid --paging native workloads/ptemod.elf
tap_says "^vtrun: --reasons: no VMM runs natively" "  it says so"
for size in 0 1K 2G x; do
	tap_fails 125 "--ring $size" bin/vtrun --ring $size workloads/ptemod.elf
done

# ring SIZE: MiB of the ring that is published.
ring()
{
	bin/vtrun --ring "$1" --timeout 20 tests/guest/wild.elf -- how=loop >/dev/null 2>&1 &
	local vm=$! fd mib=
	for ((i = 0; i < 500 && !mib; i++)); do
		for fd in /proc/$vm/fd/*; do
			[ "$(readlink "$fd")" != "/memfd:vtscope (deleted)" ] || mib=$(($(stat -Lc %s "$fd") >> 20))
		done
		sleep 0.02
	done
	kill $vm
	wait $vm
	echo "$mib"
}
tap_ok "a small ring" test "$(ring 1M)" = 1
tap_ok "a large one" test "$(ring 1G)" = 1024
tap_done
