#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 200
# A guest that goes wild ends its own VM at worst, with the reason on standard error, in the exit status and
# in the trace.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# ends STATUS HOW PATTERN WHAT OPTIONS... -- ARGS: vtrun's status, the trace's vm_stop, a line of the output.
ends()
{
	local status=$1 how=$2 pattern=$3 what=$4 options=() record=$tap_dir/record$tap_count
	shift 4
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	tap_fails "$status" "$what" bin/vtrun --timeout 20 --record "$record" "${options[@]}" tests/guest/wild.elf "$@"
	tap_says "$pattern" "$what: it says so"
	bin/exitstat report "$record" --json | tests/exitstat-json vm_stop.how lost >"$tap_dir/stop" 2>&1
	tap_ok "$what: so does the trace" diff <(printf '"%s"\n0\n' "$how") "$tap_dir/stop"
	rm -rf "$record"
}

for paging in ept shadow; do
	p=(--paging $paging)
	ends 0 guest_exit '^wild: begins' "$paging: exit 0" "${p[@]}" -- how=exit status=0
	ends 1 guest_exit '^wild: begins' "$paging: exit 1" "${p[@]}" -- how=exit status=1
	ends 255 guest_exit '^wild: begins' "$paging: exit 255" "${p[@]}" -- how=exit status=255
	ends 1 guest_exit '^wild: begins' "$paging: isa-debug-exit of 0" "${p[@]}" -- how=debug_exit status=0
	ends 99 guest_exit '^wild: begins' "$paging: isa-debug-exit of 0x31" "${p[@]}" -- how=debug_exit status=49
	ends 11 guest_exit '^wild: begins' "$paging: isa-debug-exit of 0x85" "${p[@]}" -- how=debug_exit status=133
	ends 70 guest_exit 'guest: exception 6' "$paging: an exception that the guest does not expect" "${p[@]}" -- \
		how=unexpected
	ends 126 halted '^vtrun:.*halted' "$paging: HLT with nothing to wake it" "${p[@]}" -- how=halt
	ends 126 triple_fault '^vtrun:.*triple' "$paging: triple fault" "${p[@]}" -- how=triple
	ends 126 triple_fault '^vtrun:.*triple' "$paging: a double fault with no stack" "${p[@]}" -- how=triple_stack
	for how in read write fetch pte table root descriptors stack string; do
		ends 126 outside_memory '^vtrun:.*outside' "$paging: outside memory: $how" "${p[@]}" -- how=${how}_outside
	done
	for how in fetch stack root; do
		ends 126 outside_memory '^vtrun:.*outside' "$paging: the local APIC's page as $how" "${p[@]}" --no-apicv -- \
			how=apic_$how
	done
	for how in hypercalls ports; do
		for io in trapped pv; do
			ends 0 guest_exit '^wild: survived' "$paging, $io: random $how" "${p[@]}" --io $io -- how=$how
		done
	done
	ends 124 timeout '^vtrun:.*time' "$paging: a loop without exits" "${p[@]}" --timeout 2 -- how=loop
	ends 124 timeout '^vtrun:.*time' "$paging: a loop of exits" "${p[@]}" --timeout 2 -- how=exit_loop
done

# The same of a virtual APIC's page.
ends 126 outside_memory '^vtrun:.*outside' "its page as code" -- how=apic_fetch
ends 126 unhandled_exit '^vmm:.* a table or a stack where its local APIC is' "its page as a stack" -- how=apic_stack
ends 126 unhandled_exit '^vtrun:.*apic_access' "its page as a page table" -- how=apic_root

# wild_ends HOW SEED PAGING: whatever it does, the VMM lives: no 125, and the trace ends with a vm_stop of the
# guest's own making.
wild_ends()
{
	local status stop
	rm -rf "$tap_dir/wild"
	bin/vtrun --timeout 5 --paging "$3" --seed "$2" --record "$tap_dir/wild" tests/guest/wild.elf -- "how=$1"
	status=$?
	stop=$(bin/exitstat report "$tap_dir/wild" --json | tests/exitstat-json vm_stop.how)
	echo "status $status, $stop"
	case $stop in
	'"vmm_fault"' | '"engine_died"' | '"no_memory"' | '') return 1 ;;
	esac
	[ $status != 125 ]
}

for paging in ept shadow; do
	for seed in 1 2 3 4 5 6; do
		tap_ok "$paging: random code, seed $seed" wild_ends code $seed $paging
	done
	for seed in 1 2 3; do
		tap_ok "$paging: random values in registers, seed $seed" wild_ends registers $seed $paging
		tap_ok "$paging: random writes over all its memory, seed $seed" wild_ends scribble $seed $paging
	done
done
tap_done
