#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 600
# Random page-table edits, flushes and accesses (docs/proofs.md): the same outcomes as the oracle's, everywhere.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

smap=1

# guest FIRST SEEDS STEPS BLOCK SHOW OPTIONS...: what the machine does.
guest()
{
	local first=$1 args="seeds=$2 steps=$3 block=$4 show=$5 smap=$smap"
	shift 5
	# Arguments are words.
	# shellcheck disable=SC2086
	bin/vtrun --timeout 300 --seed "$first" "$@" tests/guest/ptdiff.elf -- $args
}

# same FIRST SEEDS STEPS OPTIONS...: as the oracle says; otherwise the first seed that differs, and its first step.
same()
{
	local first=$1 seeds=$2 steps=$3 bad
	shift 3
	tests/ptdiff-oracle "$first" "$seeds" "$steps" 1 0 $smap >"$tap_dir/oracle" || return
	guest "$first" "$seeds" "$steps" 1 0 "$@" >"$tap_dir/guest" || return
	cmp -s "$tap_dir/oracle" "$tap_dir/guest" && [ "$(grep -c digest "$tap_dir/guest")" = "$seeds" ] && return
	bad=$(diff "$tap_dir/oracle" "$tap_dir/guest" | sed -n '/^< seeds/{s/^< seeds \([0-9]*\) .*/\1/p;q}')
	echo "seed $bad: bin/vtrun --seed $bad $* tests/guest/ptdiff.elf -- seeds=1 steps=$steps block=1 show=1 smap=$smap"
	tests/ptdiff-oracle "$bad" 1 "$steps" 1 1 $smap >"$tap_dir/oracle"
	guest "$bad" 1 "$steps" 1 1 "$@" >"$tap_dir/guest"
	diff "$tap_dir/oracle" "$tap_dir/guest" | head -6
	return 1
}

# config SEEDS FIRST STEPS OPTIONS...
config()
{
	local seeds=$1 first=$2 steps=$3
	shift 3
	tap_ok "$seeds seeds from $first, $steps steps each, $*" same "$first" "$seeds" "$steps" "$@"
}

config 500 0 100 --paging native
config 1000 0 100 --paging ept --ept-pages 4k
config 1000 0 100 --paging shadow
config 200 10000 400 --paging native
config 200 10000 400 --paging ept
config 200 10000 400 --paging shadow --ept-pages 4k
config 200 20000 100 --paging shadow --no-vpid
config 200 20000 100 --paging ept --no-vpid --count-flushes
smap=0
config 100 30000 100 --cpu corei7_haswell_4770 --paging ept
config 100 30000 100 --cpu corei7_haswell_4770 --paging shadow
smap=1

# Every outcome that there is was met.
tests/ptdiff-oracle 0 1000 100 1000 0 1 >"$tap_dir/oracle"
met()
{
	local code
	for code in 0 1 2 3 4 5 6 7 9 b d f 10 11 14 15 19 1d; do
		grep -q ", error 0x$code [1-9]" "$tap_dir/oracle" || { echo "never: $code"; return 1; }
	done
	grep -qE '^accesses allowed to 4 KiB pages [0-9]{3,}, 2 MiB [0-9]{3,}, 1 GiB [0-9]{2,},' "$tap_dir/oracle"
}
tap_ok "every kind of fault and every size of page is among them" met

# It can fail: VMMs with one thing wrong (core-vmm/test/mutant.c).
for mutant in '1 shadow' '2 shadow' '3 ept'; do
	read -r number paging <<<"$mutant"
	tap_fails 1 "$paging: what is wrong with lib/vmm-mutant-$number.elf is noticed" \
		same 0 20 100 --paging "$paging" --ept-pages 4k --vmm "vmm-mutant-$number.elf"
	tap_says '^[<>] (step|page)' "and the step is shown"
done
tap_done
