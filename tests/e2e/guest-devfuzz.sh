#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 200
# Guests that abuse their devices, from seeds (tests/guest/devfuzz): each ends with its own verdict, all devices work again
# after a reset, and the trace names what was wrong with each queue.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

truncate -s 4M "$tap_dir/disk"
head -c 100000 /dev/zero | tr '\0' i >"$tap_dir/input"

# fuzz WHAT SEEDS FIRST OPTIONS...: the guest's verdict; its output in $tap_dir/out.
fuzz()
{
	local status
	bin/vtrun --timeout 100 --mem 40M --seed "$3" --disk "$tap_dir/disk,snapshot" "${@:4}" \
		tests/guest/devfuzz.elf -- "what=$1" "seeds=$2" <"$tap_dir/input" >"$tap_dir/out"
	status=$?
	grep -aE '^(seed [0-9]+ failed|devfuzz)' "$tap_dir/out"
	return $status
}

# named TRACE: the events name what the guest did, so often.
named()
{
	local how count
	[ "$(grep -ac '^refused' "$tap_dir/out")" = 11 ] || return
	bin/exitstat report "$1" --json >"$tap_dir/json"
	grep -a '^refused' "$tap_dir/out" | while read -r _ how count; do
		[ "$(tests/exitstat-json "io_refused.how=$how.count" <"$tap_dir/json")" = "$count" ] || { echo "$how: not $count"; exit 1; }
	done
}

for paging in ept shadow; do
	tap_ok "$paging: 120 seeds, virtio devices too" fuzz all 120 1 --paging $paging --io pv
	tap_ok "$paging: 60 seeds, trapped devices" fuzz all 60 1000 --paging $paging
	tap_ok "$paging: queues alone" fuzz queues 20 2000 --paging $paging --io pv --record "$tap_dir/$paging"
	tap_ok "$paging: an event names each, by what was wrong" named "$tap_dir/$paging"
done
while read -r seed options; do
	# Options are words.
	# shellcheck disable=SC2086
	tap_ok "seed $seed, which once found something" fuzz all 1 "$seed" $options </dev/null
done < <(sed -n 's/^\([0-9][^#]*\).*/\1/p' "$SRCDIR/tests/guest/devfuzz/seeds")
fuzz all 5 3000 --io pv --record "$tap_dir/one" >/dev/null
fuzz all 5 3000 --io pv --record "$tap_dir/two" >/dev/null
tap_ok "twin runs are identical" cmp "$tap_dir/one/vcpu0" "$tap_dir/two/vcpu0"

# It can fail.
tap_fails 1 "a VMM that takes a queue anywhere" fuzz queues 5 2000 --io pv --vmm vmm-mutant-4.elf
tap_says '^seed [0-9]+ failed: bad_queue' "  the seed is named"
fuzz queues 20 2000 --io pv --vmm vmm-mutant-5.elf --record "$tap_dir/mutant" >/dev/null
tap_fails 1 "a VMM that names the wrong rule" named "$tap_dir/mutant"
tap_done
