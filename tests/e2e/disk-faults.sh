#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vtrun --disk when things go wrong, trapped and paravirtual: the guest gets its device's error, the host a clear line, and what
# the guest was told is done stays done.
# tests/run: timeout 300
. "$SRCDIR/tests/tap.sh"

vtrun=$PWD/bin/vtrun
dir=$tap_dir
image=$dir/disk.img
exec </dev/null
mkdir "$dir/tmp" "$dir/small"
export TMPDIR=$dir/tmp

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

fresh()
{
	rm -f "$image"
	truncate -s 4M "$image"
}

# begin VTRUN-ARGS...: in the background; sets pid.
begin()
{
	"$vtrun" --timeout 60 "$@" >"$dir/out" 2>"$dir/said" &
	pid=$!
}

# within SECONDS COMMAND...: until it succeeds.
within()
{
	for ((i = 0; i < 10 * $1; i++)); do
		"${@:2}" && return
		sleep 0.1
	done
	return 1
}

written()
{
	! cmp -s -n 4096 /dev/zero "$image"
}

# A file that may not be read, or not be written.
fresh
if setpriv --reuid=65534 --clear-groups true 2>/dev/null && [ "$(id -u)" = 0 ]; then
	chmod a+rx "$dir"
	chmod a-w "$image"
	tap_fails 125 "a file that may not be written" setpriv --reuid=65534 --clear-groups \
		"$vtrun" --disk "$image" workloads/null.elf
	tap_says "cannot write the disk file: Permission denied; add ,ro or ,snapshot" "it is said"
	chmod a-r "$image"
	tap_fails 125 "a file that may not be read" setpriv --reuid=65534 --clear-groups \
		"$vtrun" --disk "$image,ro" workloads/null.elf
	tap_says "cannot read the disk file: Permission denied; give one that is there" "it is said"
else
	tap_skip "a file that may not be read or written" "there is no other user to be here"
fi

unshare -m true 2>/dev/null && namespace="unshare -m" || namespace="unshare -rm"
cat >"$dir/full.sh" <<'SH'
mount -t tmpfs -o size=1m none "$1/small" || exit 99
truncate -s 4M "$1/small/disk.img"
"$2" --timeout 60 --io "$3" --disk "$1/small/disk.img" workloads/blockwrite.elf -- ops=1000
echo "status $?"
rm "$1/small/disk.img"
truncate -s 4M "$1/disk.img"
TMPDIR=$1/small "$2" --timeout 60 --io "$3" --disk "$1/disk.img,snapshot" workloads/blockwrite.elf -- ops=1000
echo "status $?"
SH

for io in trapped pv; do
	fresh
	tap_fails 3 "$io: ro: the guest cannot write" "$vtrun" --io $io --disk "$image,ro" workloads/blockwrite.elf
	tap_says "guest: the disk cannot write sector 0" "  the guest's driver is told"
	tap_ok "  the file is as it was" cmp -n 4194304 /dev/zero "$image"

	# Polled and by interrupts.
	for wait in poll halt; do
		fresh
		begin --io $io --disk "$image" tests/guest/flush.elf -- wait=$wait
		within 30 grep -q '^flushed$' "$dir/out"
		tap_result $? "$io: the guest is told that what it wrote is flushed"
		kill -KILL $pid
		wait $pid 2>/dev/null
		tap_ok "  and after kill -9 it is there" bash -c "
			od -An -v -tu8 -w8 -N 1048576 '$image' | awk '\$1 != NR { exit 1 } END { exit NR != 131072 }'"
	done

	fresh
	begin --io $io --disk "$image" workloads/blockwrite.elf -- ops=100000000
	within 30 written
	tap_result $? "$io: a writer writes"
	tap_fails 125 "  a disk that is in use" "$vtrun" --disk "$image" workloads/null.elf
	tap_says "disk.img: in use by another vtrun" "  it is said"
	sleep 1
	kill -KILL $pid
	wait $pid 2>/dev/null
	tap_ok "  kill -9 of vtrun: what was written is there" bash -c "
		od -An -v -tu8 -w512 -N 8192 '$image' | awk '\$1 != NR - 1 || \$3 != 0 || \$64 != 63 { exit 1 }'"

	fresh
	begin --io $io --disk "$image,snapshot" workloads/blockwrite.elf -- ops=100000000
	sleep 2
	kill -KILL $pid
	wait $pid 2>/dev/null
	tap_ok "$io: kill -9 with a snapshot: no file is left" test -z \
		"$(ls -A "$TMPDIR" "$dir" | grep -E 'vtscope-disk|lock')"
	tap_ok "  the file is as it was" cmp -n 4194304 /dev/zero "$image"

	# An image that is cut while the guest runs.
	fresh
	begin --io $io --disk "$image" workloads/blockread.elf -- ops=100000000
	sleep 2
	truncate -s 1M "$image"
	wait $pid
	tap_result $(($? != 3)) "$io: a file that is cut: the guest gets an error"
	tap_ok "  its driver says it" grep -q "guest: the disk cannot read sector" "$dir/out"
	tap_ok "  so does vtrun" grep -q "disk.img: it became shorter while the guest ran" "$dir/said"
	tap_ok "  and the VMM, once" test "$(grep -c 'disk: cannot read sector' "$dir/said")" = 1

	fresh
	begin --io $io --disk "$image,snapshot" workloads/blockread.elf -- ops=100000000
	sleep 2
	truncate -s 1M "$image"
	wait $pid
	tap_result $(($? != 125)) "$io: the same under a snapshot: vtrun ends the guest"
	tap_ok "  it is said, once" test \
		"$(grep -c 'disk.img: it became shorter while the guest ran: 1048576 bytes were 4194304' "$dir/said")" = 1

	# A full file system under the image, and under the snapshot.
	$namespace bash "$dir/full.sh" "$dir" "$vtrun" $io >"$dir/out" 2>"$dir/said"
	if [ $? = 99 ] || grep -q '^unshare:' "$dir/said"; then
		tap_skip "$io: a full file system" "none can be mounted here"
		continue
	fi
	tap_ok "$io: a full file system: the guest gets an error" test "$(grep -c '^status 3' "$dir/out")" = 2
	tap_ok "  its driver says it" test "$(grep -c 'guest: the disk cannot write sector' "$dir/out")" = 2
	tap_ok "  and the VMM" test "$(grep -c 'disk: cannot write sector' "$dir/said")" = 2
done
tap_done
