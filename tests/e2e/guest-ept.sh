#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# EPT on two processor models, with VPID, EPT's accessed and dirty bits and the larger pages on and off: guests cannot tell,
# and the trace says what was on.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# options | vpid | ept_ad | page_size, as the trace's vm_start has them
cells=(
	'|true|true|2097152'
	'--no-vpid|false|true|2097152'
	'--no-ept-ad|true|false|2097152'
	'--ept-pages 4k|true|true|4096'
	'--ept-pages 1g|true|true|1073741824'
	'--no-vpid --no-ept-ad --ept-pages 4k|false|false|4096'
)

# plain FILE: without diagnostics and the reasons of skips.
plain()
{
	sed -e '/^#/d' -e 's/ # SKIP.*//' "$1"
}

# same_as_native GUEST OPTIONS...
same_as_native()
{
	local guest=$1
	shift
	rm -rf "$tap_dir/record"
	bin/vtrun --timeout 60 --record "$tap_dir/record" "$@" "$guest" >"$tap_dir/under" || return
	diff <(plain "$tap_dir/native") <(plain "$tap_dir/under")
}

# says VPID EPT_AD PAGE_SIZE
says()
{
	bin/exitstat report "$tap_dir/record" --json | tests/exitstat-json vm_start.{vpid,ept_ad,page_size} |
		diff <(printf '%s\n' "$@") -
}

for cpu in corei7_skylake_x corei7_haswell_4770; do
	for guest in tests/guest/{exceptions,control,paging,ptstorm}.elf; do
		name=${guest##*/}
		bin/vtrun --timeout 60 --paging native --cpu $cpu "$guest" >"$tap_dir/native"
		for cell in "${cells[@]}"; do
			IFS='|' read -r options vpid ad size <<<"$cell"
			# Options are words.
			# shellcheck disable=SC2086
			tap_ok "$cpu ${options:-as it comes}: ${name%.elf}" same_as_native "$guest" --cpu $cpu $options
			tap_ok '  the trace says so' says "$vpid" "$ad" "$size"
		done
	done
done

# marked WANTED OPTIONS...: what the processor itself did to an EPT entry.
marked()
{
	local wanted=$1
	shift
	bin/vtrun --timeout 60 --vmm vmm-test.elf --ept-pages 4k "$@" tests/guest/exits.elf -- how=ept_ad >"$tap_dir/ad" || return
	cat "$tap_dir/ad"
	grep -qx "$wanted" "$tap_dir/ad"
}

for cpu in corei7_skylake_x corei7_haswell_4770; do
	tap_ok "$cpu: the processor marks EPT entries" marked 'EPTP with A/D, entry accessed dirty' --cpu $cpu
	tap_ok "$cpu, --no-ept-ad: it does not" marked 'EPTP without A/D, entry' --cpu $cpu --no-ept-ad
done
tap_ok 'corei5_arrandale_m520: it cannot' marked 'EPTP without A/D, entry' --cpu corei5_arrandale_m520

# violations COUNT FEATURES OPTIONS...: a GiB asked for in one page; how many violations it takes to map what demand touches.
violations()
{
	local wanted=$1 features=$2
	shift 2
	rm -rf "$tap_dir/record"
	bin/vtrun --timeout 60 --mem 1G --ept-pages 1g --record "$tap_dir/record" "$@" workloads/demand.elf -- ops=100 || return
	bin/exitstat report "$tap_dir/record" --json |
		tests/exitstat-json ept_violations.how=demand_fill.count vm_start.features | diff <(printf '%s\n' "$wanted" "\"$features\"") -
}

tap_ok 'corei7_skylake_x: 1 GiB pages' violations 1 0x6f --cpu corei7_skylake_x
tap_ok 'corei7_haswell_4770: 1 GiB pages' violations 1 0x6f --cpu corei7_haswell_4770
tap_ok 'corei5_arrandale_m520 has none: 2 MiB at a time' violations 4 0x2a --cpu corei5_arrandale_m520
tap_ok 'report says what is off' bin/exitstat report "$tap_dir/record"
tap_says '^paging ept, pages of 1 GiB, VPID on, EPT A/D off, ' '  in words'
tap_done
