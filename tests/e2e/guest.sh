#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 400
# The guests of tests/guest print the same natively and under every paging mode: a guest cannot tell.
. "$SRCDIR/tests/tap.sh" || exit 1

# What paging has no part in runs in a few modes, the rest in all.
plain_tests='boot cpuid msr vmx io hypercall apic apic_mmio irq'
paging_tests='mmio exceptions user control paging ptwrite ptaddress ptlife ptrandom ptstorm'
few=(
	'ept|--paging ept'
	'ept, paravirtual console|--paging ept --io pv'
	'shadow, 4 KiB|--paging shadow --ept-pages 4k'
)
all=(
	'ept, 4 KiB|--paging ept --ept-pages 4k'
	'ept, 2 MiB|--paging ept --ept-pages 2m'
	'ept, no VPID|--paging ept --ept-pages 4k --no-vpid'
	'ept, a forced exit every 1000|--paging ept --ept-pages 4k --tick 1000'
	'shadow, 4 KiB|--paging shadow --ept-pages 4k'
	'shadow, 2 MiB|--paging shadow --ept-pages 2m'
	'shadow, no VPID|--paging shadow --ept-pages 4k --no-vpid'
	'shadow, a forced exit every 1000|--paging shadow --ept-pages 4k --tick 1000'
)

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# plain FILE: without diagnostics and the reasons of skips, which may differ.
plain()
{
	sed -e '/^#/d' -e 's/ # SKIP.*//' "$1"
}

# guest_runs TEST FILE OPTIONS...: its output in FILE; it fails if a test in it does.
guest_runs()
{
	local test=$1 output=$2
	shift 2
	bin/vtrun --timeout 60 "$@" "tests/guest/$test.elf" >"$output"
}

# same_as_native TEST OPTIONS...
same_as_native()
{
	local test=$1 status
	shift
	guest_runs "$test" "$tap_dir/under" "$@"
	status=$?
	[ $status = 0 ] || { echo "exit status $status"; grep -A2 '^not ok' "$tap_dir/under"; }
	diff <(plain "$tap_dir/native") <(plain "$tap_dir/under") && [ $status = 0 ]
}

# everywhere TEST MODES...: natively, then in each mode.
everywhere()
{
	local test=$1 mode
	shift
	tap_ok "$test, native" guest_runs "$test" "$tap_dir/native" --paging native
	for mode in "$@"; do
		# Options are words.
		# shellcheck disable=SC2086
		tap_ok "$test, ${mode%|*}" same_as_native "$test" ${mode#*|}
	done
}

for test in $plain_tests; do
	everywhere "$test" "${few[@]}"
done
for test in $paging_tests; do
	everywhere "$test" "${all[@]}"
done
for seed in 1 2; do
	tap_ok "ptrandom, shadow, seed $seed" bin/vtrun --timeout 60 --paging shadow --seed $seed \
		tests/guest/ptrandom.elf -- steps=40000
done
for seed in 11 13; do
	tap_ok "ptstorm, shadow, seed $seed" bin/vtrun --timeout 60 --paging shadow --ept-pages 4k --seed $seed \
		tests/guest/ptstorm.elf -- steps=40000
done
tap_done
