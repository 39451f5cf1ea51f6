#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# PCI and the virtio devices, driven by the guest library's drivers: tests/guest/virtio.c.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# guest_runs NAME OPTIONS...: its output in NAME.out, its trace in NAME.
guest_runs()
{
	local name=$tap_dir/$1
	shift
	rm -rf "$name"
	rm -f "$tap_dir/disk"
	truncate -s 4M "$tap_dir/disk"
	echo virtio | bin/vtrun --timeout 60 --io pv --disk "$tap_dir/disk" --record "$name" "$@" tests/guest/virtio.elf \
		>"$name.out"
}

# counted NAME JQ-PATH...: numbers of the trace's report.
counted()
{
	local name=$1
	shift
	bin/exitstat report "$tap_dir/$name" --json | tests/exitstat-json "$@" | tr '\n' ' '
}

for paging in ept shadow; do
	tap_ok "$paging: the guest's tests" guest_runs $paging --paging $paging
	tap_ok "$paging: they are all there" grep -q '^1\.\.55$' "$tap_dir/$paging.out"
	# Two rounds of 64 requests each way, four by each kind of interrupt, and what else the guest asks for once.
	tap_ok "$paging: an event each request" test "$(counted $paging io_requests.device=disk.pv lost)" = '272 0 '
	# The last sector written is that of the page table: its first entry, present and writable.
	tap_ok "$paging: what was written is in the file" test "$(od -An -tx1 -N1 "$tap_dir/disk")" = ' 03'
done
guest_runs again --paging ept
tap_ok "twin runs are identical" cmp "$tap_dir/ept/vcpu0" "$tap_dir/again/vcpu0"
bin/vtrun --timeout 60 tests/guest/virtio.elf >"$tap_dir/trapped" 2>&1
tap_ok "without --io pv there is none" grep -q '^not ok .* a virtio console' "$tap_dir/trapped"
tap_done
