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
tap_fails 3 "ro: the guest cannot write" "$vtrun" --disk "$image,ro" workloads/blockwrite.elf
tap_says "guest: the disk cannot write sector 0" "ro: the guest's driver is told"
tap_ok "ro: the file is as it was" cmp -n 4194304 /dev/zero "$image"
chmod a-w "$image"
if setpriv --reuid=65534 --clear-groups true 2>/dev/null && [ "$(id -u)" = 0 ]; then
	chmod a+rx "$dir"
	tap_fails 125 "a file that may not be written" setpriv --reuid=65534 --clear-groups \
		"$vtrun" --disk "$image" workloads/null.elf
	tap_says "cannot write the disk file: Permission denied; add ,ro or ,snapshot" "it is said"
else
	tap_skip "a file that may not be written" "there is no other user to be here"
fi
chmod u+w "$image"

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

# start DISK ARGS...: an endless writer, in the background; sets pid and engine.
start()
{
	local found
	"$vtrun" --timeout 100 --disk "$1" workloads/blockwrite.elf -- ops=100000000 "${@:2}" >"$dir/out" 2>"$dir/said" &
	pid=$! engine=
	for _ in {1..100}; do
		found=$(pgrep -P $pid bochs) && engine=$found
		[ -n "$engine" ] && ! cmp -s -n 4096 /dev/zero "$3" 2>/dev/null && sleep 0.5 && return
		sleep 0.1
	done
}

# A vtrun that is killed: what was written before is in the file; the snapshot's file is gone.
fresh
start "$image"
tap_fails 125 "a disk that is in use" "$vtrun" --disk "$image" workloads/null.elf
tap_says "disk.img: in use by another vtrun" "it is said"
sleep 1
kill -KILL $pid
wait $pid 2>/dev/null
expected 2 4 0 >"$dir/want"
tap_ok "kill -9 of vtrun: what was written is there" bash -c "
	od -An -v -tu8 -w512 -N 8192 '$image' | awk '\$1 != NR - 1 || \$3 != 0 || \$64 != 63 { exit 1 }'"
fresh
start "$image,snapshot"
sleep 1
kill -KILL $pid
wait $pid 2>/dev/null
tap_ok "kill -9 with a snapshot: no file is left" test -z "$(ls -A "$TMPDIR" "$dir" | grep -E 'vtscope-disk|lock')"
tap_ok "kill -9 with a snapshot: the file is as it was" cmp -n 4194304 /dev/zero "$image"

# An image that is cut while the guest runs.
fresh
"$vtrun" --timeout 60 --disk "$image" workloads/blockread.elf -- ops=100000000 >"$dir/out" 2>"$dir/said" &
pid=$!
sleep 2
truncate -s 1M "$image"
wait $pid
status=$?
tap_ok "a file that is cut: the guest gets an error" test $status = 3
tap_ok "a file that is cut: its driver says it" grep -q "guest: the disk cannot read sector" "$dir/out"
tap_ok "a file that is cut: so does vtrun" grep -q "disk.img: it became shorter while the guest ran" "$dir/said"
tap_ok "a file that is cut: and the VMM, once" test "$(grep -c 'disk: cannot read sector' "$dir/said")" = 1

fresh
"$vtrun" --timeout 60 --disk "$image,snapshot" workloads/blockread.elf -- ops=100000000 >"$dir/out" 2>"$dir/said" &
pid=$!
sleep 2
truncate -s 1M "$image"
wait $pid
tap_ok "the same under a snapshot: vtrun ends the guest" test $? = 125
tap_ok "the same under a snapshot: it is said, once" test \
	"$(grep -c 'disk.img: it became shorter while the guest ran: 1048576 bytes were 4194304' "$dir/said")" = 1

# A full file system under the image, and under the snapshot.
cat >"$dir/full.sh" <<'SH'
mount -t tmpfs -o size=1m none "$1/small" || exit 99
truncate -s 4M "$1/small/disk.img"
"$2" --timeout 60 --disk "$1/small/disk.img" workloads/blockwrite.elf -- ops=1000
echo "status $?"
rm "$1/small/disk.img"
truncate -s 4M "$1/disk.img"
TMPDIR=$1/small "$2" --timeout 60 --disk "$1/disk.img,snapshot" workloads/blockwrite.elf -- ops=1000
echo "status $?"
SH
mkdir "$dir/small"
unshare -m true 2>/dev/null && namespace="unshare -m" || namespace="unshare -rm"
$namespace bash "$dir/full.sh" "$dir" "$vtrun" >"$dir/out" 2>"$dir/said"
status=$?
if [ $status = 99 ] || grep -q '^unshare:' "$dir/said"; then
	tap_skip "a full disk" "no file system can be mounted here"
else
	tap_ok "a full file system: the guest gets an error" test "$(grep -c '^status 3' "$dir/out")" = 2
	tap_ok "a full file system: the VMM says it" test "$(grep -c 'disk: cannot write sector' "$dir/said")" = 2
fi
tap_done
