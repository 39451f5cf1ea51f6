#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vtrun --disk: what the guest writes is in the file, natively, under EPT and under shadow paging; what it must not write is not.
# tests/run: timeout 300
. "$SRCDIR/tests/tap.sh"

vtrun=$PWD/bin/vtrun
dir=$tap_dir
image=$dir/disk.img
exec </dev/null
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# refuses WHAT PATTERN OPTION: status 125 and one line.
refuses()
{
	local status
	"$vtrun" --disk "$3" workloads/null.elf >"$dir/out" 2>"$dir/err"
	status=$?
	tap_ok "refused: $1" test $status = 125 -a "$(wc -l <"$dir/err")" = 1
	tap_ok "  and said" grep -qE "^vtrun: .*$2" "$dir/err"
}

refuses "a file that is not there" "nosuch: cannot read the disk file: No such file" "$dir/nosuch"
refuses "a directory" "$dir: a directory: give a disk's raw image" "$dir"
refuses "a directory, to read" "$dir: a directory: give a disk's raw image" "$dir,ro"
refuses "a device" "/dev/null: not a regular file" /dev/null
: >"$image"
refuses "an empty file" "an empty file is no disk: .*truncate -s 64M" "$image"
truncate -s 1000 "$image"
refuses "half a sector" "its 1000 bytes are not whole sectors of 512: .*truncate -s %512" "$image"
refuses "a word that is none" "unknown word 'rx': FILE may be followed by ,ro and ,snapshot" "$image,rx"
refuses "no file" "no file: give FILE" ",ro"
printf 'KDMV' >"$image" && truncate -s 4096 "$image"
refuses "what Bochs would take for another format" "signature of a VMware 4 image" "$image,snapshot"

# Sizes: the last sector can be read and written; small, odd, and 1 GiB with nothing in it.
for size in 512 1536 516096 600064 1G; do
	for mode in "" ,snapshot ,ro; do
		rm -f "$image"
		truncate -s $size "$image"
		for paging in native ept shadow; do
			"$vtrun" --paging $paging --disk "$image$mode" tests/guest/ata.elf -- ro=$([ "$mode" = ,ro ]; echo $((!$?))) >"$dir/ata-$paging" 2>"$dir/err"
			status=$?
			tap_ok "$size$mode, $paging: the registers" test $status = 0
			[ $status = 0 ] || sed 's/^/# /' "$dir/ata-$paging" "$dir/err"
		done
		[ -n "$mode" ] && tap_ok "$size$mode: the file is as it was" bash -c \
			"truncate -s $size '$dir/zero' && cmp '$dir/zero' '$image'"
		rm -f "$dir/zero"
	done
done

# What blockwrite leaves in a file of zeros of 4 MiB: its sectors by its own rule (workloads/blockwrite.c).
cat >"$dir/expect.awk" <<'AWK'
function word(value, i) { for (i = 0; i < 8; i++) { printf "%c", value % 256; value = int(value / 256) } }
BEGIN {
	for (sector = 0; sector < ops * kib * 2; sector++) {
		word(sector); word(int(sector / (kib * 2))); word(seed)
		for (i = 3; i < 64; i++) word(i)
	}
}
AWK
expected()
{
	LC_ALL=C awk -b -v ops="$1" -v kib="$2" -v seed="$3" -f "$dir/expect.awk" 2>/dev/null ||
		LC_ALL=C awk -v ops="$1" -v kib="$2" -v seed="$3" -f "$dir/expect.awk"
}
fresh()
{
	rm -f "$image"
	truncate -s 4M "$image"
}
for paging in native ept shadow; do
	for size in 100,4 50,64 40,7; do
		ops=${size%,*} kib=${size#*,}
		fresh
		"$vtrun" --paging $paging --seed 77 --disk "$image" workloads/blockwrite.elf -- ops=$ops kib=$kib >"$dir/out-$size-$paging"
		tap_ok "$paging: $ops writes of $kib KiB" test $? = 0
		expected $ops $kib 77 >"$dir/want"
		tap_ok "  are in the file" cmp -n "$(wc -c <"$dir/want")" "$dir/want" "$image"
		grep -o 'digest [0-9a-f]*' "$dir/out-$size-$paging" >"$dir/digest-$size-$paging"
		tap_ok "  and read back as natively" cmp "$dir/digest-$size-native" "$dir/digest-$size-$paging"
		cp "$image" "$dir/written"
		for order in sequential random; do
			"$vtrun" --paging $paging --disk "$image,ro" workloads/blockread.elf -- ops=$ops kib=$kib order=$order |
				grep -o 'digest [0-9a-f]*' >"$dir/read-$order-$size-$paging"
			tap_ok "  $order reads see the same as natively" test -s "$dir/read-$order-$size-$paging" -a \
				"$(cat "$dir/read-$order-$size-$paging")" = "$(cat "$dir/read-$order-$size-native")"
		done
		tap_ok "  reading changes nothing" cmp "$dir/written" "$image"
	done
done

# Modes.
fresh
"$vtrun" --disk "$image,snapshot" workloads/blockwrite.elf >"$dir/snapshot"
tap_ok "snapshot: the guest reads what it wrote" grep -q "$(cd "$dir" && truncate -s 4M copy.img &&
	"$vtrun" --disk copy.img "$OLDPWD/workloads/blockwrite.elf" | grep -o 'digest [0-9a-f]*')" "$dir/snapshot"
tap_ok "snapshot: the file does not have it" cmp -n 4194304 /dev/zero "$image"
tap_ok "snapshot: no file is left" test -z "$(ls -A "$TMPDIR")"

# Twins: neither the file's name nor its place is in the trace; size and mode are.
cp "$image" "$dir/tmp/other"
"$vtrun" --record "$dir/one" --disk "$image,snapshot" workloads/blockwrite.elf >/dev/null
"$vtrun" --record "$dir/two" --disk "$dir/tmp/other,snapshot" workloads/blockwrite.elf >/dev/null
tap_ok "twin runs have equal traces" cmp "$dir/one/vcpu0" "$dir/two/vcpu0"
tap_ok "and equal metadata" cmp "$dir/one/metadata" "$dir/two/metadata"
tap_ok "size and mode are in it" grep -q 'disk = "4194304 snapshot"' "$dir/one/metadata"
rm "$dir/tmp/other"
# 500 requests and 32 samples, a flush, 1024 reads of the digest; two more for each flush of IDENTIFY's kind: none.
tap_ok "one event a request, with its bytes" bash -c "bin/exitstat report '$dir/one' |
	grep -qE '^disk +1,557 +6,373,376 +1,557 +0$'"

tap_done
