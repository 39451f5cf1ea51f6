#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a guest discards of its virtio disk, and does not write again, takes no space in the file when the guest has ended:
# tests/guest/discard.c.
. "$SRCDIR/tests/tap.sh"

image=$tap_dir/disk.img
exec </dev/null

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi
truncate -s 1M "$tap_dir/zero"
if ! fallocate -p -l 4096 "$tap_dir/zero" 2>/dev/null; then
	echo "1..0 # SKIP the file system of $tap_dir makes no holes"
	exit
fi

# Sectors that the file takes.
taken()
{
	sync "$image"
	stat -c %b "$image"
}

# content AWK: $1 of line n is word n - 1 of the file, by its own number; holes are zeroes.
content()
{
	od -An -v -tu8 -w8 "$image" | awk '{ sector = int((NR - 1) / 64) } '"$1"
}

fresh()
{
	rm -f "$image"
	truncate -s 1M "$image"
}

for paging in ept shadow; do
	fresh
	tap_ok "$paging: the guest's tests" bin/vtrun --timeout 60 --io pv --paging $paging --disk "$image" tests/guest/discard.elf
	# Without sectors 64 to 1535, but for the blocks of 600 to 607 and of 1101.
	tap_ok "  the file has holes" test "$(taken)" = $((2048 - 1472 + 16))
	tap_ok "  what was not discarded, or was written again, is there" content '
		sector < 64 || sector >= 1536 || (sector >= 600 && sector < 608) || sector == 1101 { bad += $1 != NR }
		END { exit bad || NR != 131072 }'
	tap_ok "  the rest reads as zeroes" content '
		sector >= 64 && sector < 1536 && (sector < 600 || sector >= 608) && sector != 1101 { bad += $1 != 0 }
		END { exit bad }'
	tap_ok "  the file is as long as it was" test "$(stat -c %s "$image")" = 1048576
done

# A guest that is ended may have written more than is known: nothing is given back.
fresh
bin/vtrun --timeout 5 --io pv --disk "$image" tests/guest/discard.elf -- hang=1 >"$tap_dir/out" 2>&1
tap_result $(($? != 124)) "a guest that is ended"
tap_ok "  the file has no holes" test "$(taken)" = 2048

fresh
cp "$image" "$tap_dir/before"
fallocate -l 1M "$image"
bin/vtrun --timeout 60 --io pv --disk "$image,snapshot" tests/guest/discard.elf >"$tap_dir/out" 2>&1
tap_result $? "a snapshot"
tap_ok "  the file has no holes" test "$(taken)" = 2048
tap_ok "  and is as it was" cmp "$image" "$tap_dir/before"
tap_done
