#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 600
# Hostile guests (docs/proofs.md): none brings the VMM down, and a good guest after them is none the worse.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# hostile SEEDS FIRST OPTIONS...: both outputs of a run, in $tap_dir.
hostile()
{
	local seeds=$1 first=$2
	shift 2
	bin/vtrun --timeout 300 --vmm vmm-hostile.elf --seed "$first" "$@" workloads/cpuid.elf -- \
		"seeds=$seeds" batch=64 ops=100 >"$tap_dir/out" 2>"$tap_dir/err"
	local status=$?
	grep -E 'fail|\|' "$tap_dir/err"
	return $status
}

# good COUNT: the good guest has run so often, and printed what it prints on the product.
good()
{
	bin/vtrun --timeout 60 workloads/cpuid.elf -- ops=100 >"$tap_dir/alone" || return
	sed 's/ measured.*//' "$tap_dir/out" | sort | uniq -c
	[ "$(grep -cF "$(sed 's/ measured.*//' "$tap_dir/alone")" "$tap_dir/out")" = "$1" ] &&
		[ "$(wc -l <"$tap_dir/out")" = "$1" ]
}

# covered WORD...: each was seen.
covered()
{
	local word
	for word; do
		grep -q "hostile: $word [1-9]" "$tap_dir/err" || { echo "never: $word"; return 1; }
	done
}

ends='vm_stop guest_exit,vm_stop triple_fault,vm_stop halted,vm_stop outside_memory'
reasons='cpuid hlt vmcall cr_access io_instruction rdmsr wrmsr wbinvd xsetbv vmxon vmptrld invvpid rdrand'

# config SEEDS FIRST WHAT EXTRA OPTIONS...
config()
{
	local seeds=$1 first=$2 what=$3 extra=$4 words
	shift 4
	tap_ok "$what: $seeds hostile guests from seed $first" hostile "$seeds" "$first" "$@"
	tap_ok "$what: the good guest ran after each batch" good $(((seeds + 63) / 64))
	IFS=, read -ra words <<<"$ends$extra"
	tap_ok "$what: the guests ended in many ways" covered "${words[@]}"
	grep -E 'hostile: (reason|vm_stop|seeds|unhandled)' "$tap_dir/err" | sed "s/^.*hostile/# $what/"
}

# provoked WHAT: the exits that the last configuration saw.
provoked()
{
	local words
	read -ra words <<<"$reasons"
	tap_ok "$1: they provoked many exits" covered "${words[@]/#/reason }"
}

config 512 0 "ept, 4 KiB" ',ept_violation demand_fill,ept_violation mmio,injection external,reason preemption_timer' --paging ept --ept-pages 4k
provoked "ept, 4 KiB"
config 512 0 "shadow" ',shadow_fault pt_write,shadow_fault true_fault,shadow_fault unprotect,shadow_zap pt_write,shadow_fault mmio,injection external' \
	--paging shadow --ept-pages 4k
provoked "shadow"
config 128 5000 "ept, 2 MiB, no VPID" ',ept_violation demand_fill' --paging ept --no-vpid
config 128 6000 "shadow, 2 MiB, no VPID" ',shadow_fault fill' --paging shadow --no-vpid

# The test build looks closer: no flush is owed at an entry, and nothing can be reached that is not the guest's.
for paging in ept shadow; do
	config 128 7000 "$paging, checked" '' --paging $paging --ept-pages 4k --vmm vmm-hostile-check.elf
done

# It can fail.
for broken in fault:'brought the VMM down' badentry:'VM entry failed' escape:'brought the VMM down'; do
	tap_fails 1 "a VMM that is broken (${broken%%:*}) is noticed" sh -c \
		"bin/vtrun --timeout 60 --vmm vmm-hostile-${broken%%:*}.elf workloads/cpuid.elf -- seeds=9 ops=100 || exit 1"
	tap_says "seed [0-9] .*${broken#*:}" "and the seed is named"
done
tap_done
