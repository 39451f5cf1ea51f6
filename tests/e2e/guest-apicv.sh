#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 400
# The local APIC as the processor virtualizes it, as the VMM emulates it, and on a processor that has no such thing: a guest
# cannot tell; its trace says which it was, and what exits then.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# runs GUEST OPTIONS... [-- ARGS]: recorded.
runs()
{
	local guest=$1 options=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	rm -rf "$tap_dir/record"
	bin/vtrun --timeout 60 --record "$tap_dir/record" "${options[@]}" "$guest.elf" "$@" >"$tap_dir/console" || return
	bin/exitstat report "$tap_dir/record" --json >"$tap_dir/json"
}

# same GUEST OPTIONS...: as without.
same()
{
	runs "$@" || { grep -A2 '^not ok' "$tap_dir/console"; return 1; }
	diff "$tap_dir/plain" "$tap_dir/console"
}

# is WANTED PATH...: in the report of the last recording.
is()
{
	local wanted=$1
	shift
	tests/exitstat-json "$@" <"$tap_dir/json" | diff <(echo "$wanted") -
}

for guest in apic apic_mmio apicv irq; do
	tap_ok "$guest, --no-apicv" runs tests/guest/$guest --no-apicv
	tap_ok '  its trace says so' is false vm_start.apicv
	cp "$tap_dir/console" "$tap_dir/plain"
	for options in '--paging ept' '--paging ept --ept-pages 4k' '--paging shadow' '--paging shadow --ept-pages 4k' \
		'--paging ept --tick 137' '--paging shadow --tick 700' '--no-vpid' '--cpu corei7_haswell_4770' \
		'--track accesses' '--vmm vmm-test.elf' '--vmm vmm-check.elf' '--vmm vmm-check.elf --paging shadow'; do
		# Options are words.
		# shellcheck disable=SC2086
		tap_ok "$guest, $options: the same" same tests/guest/$guest $options
		tap_ok '  its trace says that it is on' is true vm_start.apicv
	done
	for paging in ept shadow; do
		tap_ok "$guest, $paging, corei5_arrandale_m520" same tests/guest/$guest --paging $paging \
			--cpu corei5_arrandale_m520
		tap_ok '  has none, as its trace says' is false vm_start.apicv
	done
done

# Interrupts to itself, ended: nothing of that exits. Registers that the VMM has do.
for paging in ept shadow; do
	tap_ok "ipi, $paging" runs workloads/ipi --paging $paging -- ops=1000
	tap_ok '  the trace is short' test "$(tests/exitstat-json exits <"$tap_dir/json")" -lt 150
	tap_ok '  nothing is injected' is 0 injections
	tap_ok "timer, $paging" runs workloads/timer --paging $paging -- ops=100
	tap_ok '  its interrupts are posted, those measured before too' is 132 injections.how=posted.count
done
tap_ok 'a level-triggered line' runs tests/guest/apic_mmio
tap_ok '  its EOIs exit' is 2 reasons.reason=virtualized_eoi.count
cp -r "$tap_dir/record" "$tap_dir/one"
tap_ok 'again' runs tests/guest/apic_mmio
tap_ok '  the same, event for event' bin/exitstat diff "$tap_dir/one" "$tap_dir/record"
tap_done
