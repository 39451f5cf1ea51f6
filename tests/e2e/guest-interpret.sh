#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 400
# Instructions on page tables, which the interpreter does, against the processor: tests/guest/interpret.c.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

cases=2500

# guest_runs OUTPUT SEED OPTIONS...
guest_runs()
{
	local output=$1 seed=$2
	shift 2
	rm -rf "$tap_dir/record"
	bin/vtrun --timeout 60 --record "$tap_dir/record" --seed "$seed" "$@" tests/guest/interpret.elf -- \
		cases=$cases >"$tap_dir/$output"
}

# same SEED OPTIONS...: as natively, digests and all.
same()
{
	guest_runs under "$@" && diff "$tap_dir/native" "$tap_dir/under"
}

# interpreted: of the instructions in page tables, at least two in five.
interpreted()
{
	local count
	count=$(bin/exitstat report "$tap_dir/record" | awk '$1 == "shadow_fault:" && $2 == "pt_write" { gsub(",", "", $3); print $3 }')
	echo "interpreted: ${count:-none} of $((3 * cases))"
	[ "${count:-0}" -ge $((6 * cases / 5)) ]
}

tap_ok 'native' guest_runs native 0 --paging native
tap_ok 'ept' same 0 --ept-pages 4k
for options in '--ept-pages 4k' '--ept-pages 2m' '--no-vpid' '--tick 1000'; do
	# Options are words.
	# shellcheck disable=SC2086
	tap_ok "shadow $options" same 0 --paging shadow $options
	tap_ok '  most of it interpreted' interpreted
done
for seed in 1 2 3; do
	tap_ok "seed $seed, native" guest_runs native $seed --paging native
	tap_ok "seed $seed, ept" same $seed
	tap_ok "seed $seed, shadow" same $seed --paging shadow
done
tap_done
