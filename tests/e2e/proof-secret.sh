#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 600
# No guest reads what is another VM's or the VMM's (docs/proofs.md): memory, ports, MSRs, registers.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# looks VMM OPTIONS...: the guest looks for the secret.
looks()
{
	local vmm=$1
	shift
	bin/vtrun --timeout 100 --mem 32M --vmm "$vmm" "$@" tests/guest/secret.elf
}

for options in '--paging ept --ept-pages 4k' '--paging ept' '--paging ept --ept-pages 4k --io pv --no-vpid' \
	'--paging shadow --ept-pages 4k' '--paging shadow --io pv' '--paging shadow --no-vpid --seed 7'; do
	# Options are words.
	# shellcheck disable=SC2086
	tap_ok "$options: nothing found" looks vmm-secret.elf $options
	tap_says '^secret: looked at [0-9]{7,} places, found 0$' "$options: at millions of places"
	tap_says '^vmm: secret: looks outside 48 good 48$' "$options: and behind the memory's end"
done

# It can fail: pages that are not cleared, registers that are not.
for paging in ept shadow; do
	tap_fails 1 "$paging: pages that are not cleared are noticed" \
		looks vmm-secret-unclean.elf --paging $paging --ept-pages 4k
	tap_says '^found: memory 0x' "$paging: in memory"
	tap_fails 1 "$paging: registers that are not reset are noticed" looks vmm-secret-unreset.elf --paging $paging
	for what in 'XMM 0xf' 'DR 0x3' 'MSR 0xc0000082'; do
		tap_says "^found: $what$" "$paging: $what"
	done
done
tap_done
