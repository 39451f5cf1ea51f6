#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 600
# Random page-table edits, flushes and accesses by 32-bit code under PAE and 32-bit paging (docs/proofs.md): the same
# outcomes everywhere as on the bare machine.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

args='seeds=500 steps=100'

guest()
{
	# Arguments are words.
	# shellcheck disable=SC2086
	bin/vtrun --timeout 300 "$@" tests/guest/modes_random.elf -- $args
}

# same OPTIONS...: as natively; otherwise the first seed that differs, and its first step.
same()
{
	local bad
	guest "$@" >"$tap_dir/guest" && cmp -s "$tap_dir/native" "$tap_dir/guest" && return
	bad=$(diff "$tap_dir/native" "$tap_dir/guest" | sed -n '/^< seed/{s/^< seed \([0-9]*\) .*/\1/p;q}')
	args="${args/seeds=*( )+([0-9])/seeds=1} show=1"
	echo "seed $bad: bin/vtrun --seed $bad $* tests/guest/modes_random.elf -- $args"
	guest --seed "$bad" --paging native "${cpu[@]}" >"$tap_dir/one"
	guest --seed "$bad" "$@" >"$tap_dir/guest"
	diff "$tap_dir/one" "$tap_dir/guest" | head -6
	return 1
}
shopt -s extglob

native()
{
	guest --paging native "${cpu[@]}" >"$tap_dir/native"
}

cpu=()
tap_ok '500 seeds natively' native
# Every kind of fault is among them.
met()
{
	local code
	for code in 0 1 2 3 4 5 6 7 9 b d f 10 11 14 15 19 1d; do
		grep -q "^faults with error code $code:" "$tap_dir/native" || { echo "never: $code"; return 1; }
	done
}
tap_ok 'every kind of fault is among them' met
for options in '--paging ept --ept-pages 4k' '--paging shadow --ept-pages 4k' '--paging shadow --no-vpid' \
	'--paging ept --count-flushes --no-vpid' '--paging shadow --vmm vmm-test.elf'; do
	# shellcheck disable=SC2086
	tap_ok "500 seeds, $options" same $options
done

# It can fail: VMMs with one thing wrong (core-vmm/test/mutant.c).
args='seeds=20 steps=100'
native
for mutant in '1 shadow' '2 shadow' '3 ept'; do
	read -r number paging <<<"$mutant"
	tap_fails 1 "$paging: what is wrong with lib/vmm-mutant-$number.elf is noticed" \
		same --paging "$paging" --ept-pages 4k --vmm "vmm-mutant-$number.elf"
	tap_says '^[<>] [0-9]+: type' 'and the step is shown'
	args='seeds=20 steps=100'
done

args='seeds=200 steps=100 smap=0'
cpu=(--cpu corei7_haswell_4770)
native
for paging in ept shadow; do
	tap_ok "200 seeds on Haswell, $paging" same "${cpu[@]}" --paging $paging
done

tap_done
