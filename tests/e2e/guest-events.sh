#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Interrupts and NMIs through the windows, deliveries that exit, and instructions that exit only to be counted.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

all=rdtsc,pause,dr,descriptors

events()
{
	bin/vtrun --timeout 60 --vmm vmm-test.elf --record "$tap_dir/events-$1" "${@:2}" tests/guest/events.elf
}

# exits TRACE REASON: how many, from the table by reason.
exits()
{
	bin/exitstat report "$1" | awk -v reason="$2" '$1 == reason { gsub(",", "", $2); print $2; exit }'
}

intercepted()
{
	rm -rf "$tap_dir/all"
	bin/vtrun --timeout 60 --intercept $all --record "$tap_dir/all" "$@" tests/guest/intercept.elf >"$tap_dir/under" &&
		diff "$tap_dir/native" "$tap_dir/under"
}

native()
{
	bin/vtrun --timeout 60 --paging native tests/guest/intercept.elf >"$tap_dir/native"
}

# counted REASON AT_LEAST
counted()
{
	local count
	count=$(exits "$tap_dir/all" "$1")
	echo "$1: ${count:-none}"
	[ "${count:-0}" -ge "$2" ]
}

tap_ok 'interrupts and NMIs, ept' events ept --ept-pages 4k
tap_ok 'interrupts and NMIs, shadow' events shadow --paging shadow --ept-pages 4k
tap_ok '  through interrupt windows' test "$(exits "$tap_dir/events-ept" interrupt_window)" -ge 3
tap_ok '  and NMI windows' test "$(exits "$tap_dir/events-ept" nmi_window)" -ge 1
tap_ok 'instructions that can be made to exit, native' native
tap_ok '  the same where they exit, ept' intercepted
for reason in rdtsc:10 rdtscp:10 pause:10 dr_access:20 gdtr_idtr_access:20 ldtr_tr_access:8; do
	tap_ok "  counted: ${reason%:*}" counted "${reason%:*}" "${reason#*:}"
done
tap_ok '  the same where they exit, shadow' intercepted --paging shadow
tap_done
