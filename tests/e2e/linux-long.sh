#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 14400
# Debian's kernels as they are packaged, with an empty command line but for the console: to a shell, with both kinds of
# disk, twice the same, to every kind of end, and with the test builds' checks on. `make check-linux`.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/linux.sh"
linux_timeout=1200 # more than enough even where others compute, too
disk=$tap_dir/disk.img

# On both kinds of disk: write, sync, forget, read; the guest's digests are of what it read back.
cat >"$tap_dir/shell" <<'SHELL'
tty
yes vtscope | head -c 1048576 >/tmp/file
for d in /dev/vda /dev/sda; do [ ! -e $d ] || dd if=/tmp/file of=$d bs=64k conv=fsync; done
echo 3 >/proc/sys/vm/drop_caches
for d in /dev/vda /dev/sda; do [ ! -e $d ] || echo $d $(dd if=$d bs=64k count=16 | md5sum); done
dmesg | grep -v RETBleed | grep -iE 'call trace|warning:|consistency|ACPI Error|nobody cared' | sed 's/^/complaint: /'
poweroff
SHELL
# complains_not: but for what the processor's model is known for.
complains_not()
{
	! linux_says '^complaint: ' || { grep '^complaint: ' "$tap_dir/out"; return 1; }
}

# Vector registers, over many context switches: each digest is of as many equal lines.
pipes='for i in 1 2 3 4 5 6; do yes vtscope | head -c 10000000 | md5sum; done'
pipes_digest=$(yes vtscope | head -c 10000000 | md5sum | cut -d' ' -f1)

written=$(yes vtscope | head -c 1048576 | md5sum | cut -d' ' -f1)

for flavour in cloud-amd64 amd64; do
	linux_make $flavour
	for paging in ept shadow; do
		for io in trapped pv; do
			what="$flavour, $paging, $io"
			rm -f "$disk" && truncate -s 8M "$disk"
			linux_run $flavour "" --paging $paging --io $io --disk "$disk" <"$tap_dir/shell"
			linux_status 0 "$what: a shell, until poweroff"
			tap_ok "$what: on the serial line" linux_says '^/dev/ttyS0'
			tap_ok "$what: the kernel has nothing to complain of" complains_not
			tap_ok "$what: the ATA disk has what was written" linux_says "^/dev/sda $written"
			[ $io = trapped ] || tap_ok "$what: so has the virtio disk" linux_says "^/dev/vda $written"
			tap_ok "$what: and the host's file" test "$(head -c 1048576 "$disk" | md5sum | cut -d' ' -f1)" = "$written"
		done
	done
done
exec </dev/null

quiet="quiet cryptomgr.notests"
# ends STATUS HOW PATTERN WHAT APPEND OPTION...: of the cloud kernel: vtrun's status, the trace's vm_stop, a line of the console.
ends()
{
	local status=$1 how=$2 pattern=$3 what=$4 append=$5
	shift 5
	linux_run cloud-amd64 "$quiet $append" --record "$tap_dir/end" "$@"
	linux_status "$status" "$what"
	tap_ok "$what: the console says it" linux_says "$pattern"
	bin/exitstat report "$tap_dir/end" --json | tests/exitstat-json vm_stop.how >"$tap_dir/stop" 2>&1
	tap_ok "$what: the trace says $how" grep -qx "\"$how\"" "$tap_dir/stop"
	rm -rf "$tap_dir/end"
}
for paging in ept shadow; do
	for twin in a b; do
		echo poweroff | linux_run cloud-amd64 "$quiet" --paging $paging --io pv --record "$tap_dir/$paging-$twin"
	done
	tap_ok "$paging: the same boot twice, event for event" cmp "$tap_dir/$paging-a/vcpu0" "$tap_dir/$paging-b/vcpu0"
	rm -rf "$tap_dir/$paging"-?

	linux_run cloud-amd64 "$quiet run=\"$pipes\"" --paging $paging
	linux_status 0 "$paging: pipes"
	tap_ok "$paging: all of it came through, every time" test "$(grep -c "^$pipes_digest" "$tap_dir/out")" = 6

	ends 126 reset '^init: reboots' "$paging: a reboot" 'run="echo init: reboots; busybox reboot -f"' --paging $paging
	ends 126 triple_fault '^init: reboots' "$paging: a triple fault" \
		'reboot=t run="echo init: reboots; busybox reboot -f"' --paging $paging
	ends 126 panic 'Kernel panic - not syncing: sysrq' "$paging: a panic" 'run="echo c >/proc/sysrq-trigger"' --paging $paging
	ends 126 reset 'Kernel panic - not syncing: VFS' "$paging: a panic before /init, with panic=-1" \
		'panic=-1 rdinit=/nosuch root=/dev/nosuch' --paging $paging
	ends 126 panic 'Kernel panic - not syncing: System is deadlocked on memory' "$paging: out of memory" \
		'run="mount -t ramfs none /mnt; cat /dev/zero >/mnt/file"' --paging $paging

	for vmm in check test; do
		linux_run cloud-amd64 "$quiet run=\"uname -r\"" --paging $paging --vmm vmm-$vmm.elf
		linux_status 0 "$paging: under vmm-$vmm.elf, whose checks stay silent"
	done
done
ends 126 panic 'Attempted to kill init' "the first process ends" 'run="exit 1"'
ends 19 guest_exit 'Out of memory: Killed process' "a process that is out of memory" \
	'run="dd if=/dev/zero of=/dev/null bs=200M count=1"'
ends 3 guest_exit '^modules: nosuch: no such list' "a module that is not there" 'run="modules nosuch"'
ends 3 guest_exit 'invalid module format' "modules of another kernel" 'run="modules disk"' --initrd linux/initrd-amd64.gz
linux_timeout=90 ends 124 timeout 'Kernel panic - not syncing: VFS' "a panic before /init, by --timeout" \
	'rdinit=/nosuch root=/dev/nosuch'
linux_timeout=90 ends 124 timeout '^init: never ends' "one that never ends, by --timeout" 'run="echo init: never ends; while :; do :; done"'

tap_ok "the kernel's own list of symbols" "$SRCDIR/workloads/linux/save-symbols" cloud-amd64 linux
linux_run cloud-amd64 "$quiet nokaslr run=\"bench linux-forkexec ops=20\"" --record "$tap_dir/named"
linux_status 0 "a boot with nokaslr"
tap_ok "  its exits by the kernel's functions" bin/exitstat report "$tap_dir/named" --by function --symbols linux/kallsyms-cloud-amd64
tap_says '^native_write_msr ' "  which the list names"
tap_ok "  and by its processes" bin/exitstat report "$tap_dir/named" --by process --top 0
tap_says '^linux-forkexec ' "  which named themselves"
tap_says '^forkexec-child ' "  and so did their children"
rm -rf "$tap_dir/named"

# A file system of the host that is full: of the recording, and of the disk's image.
cat >"$tap_dir/full.sh" <<'FULL'
mkdir "$1/small" && mount -t tmpfs -o size=256k none "$1/small" || exit 99
. "$SRCDIR/tests/linux.sh"
tap_dir=$1 linux_timeout=$2
linux_run cloud-amd64 'quiet cryptomgr.notests run="uname -r"' --record "$1/small/trace"
echo "record: status $?"
cat "$1/out" "$1/err"
rm -rf "$1/small/trace"
truncate -s 8M "$1/small/disk.img"
linux_run cloud-amd64 'quiet cryptomgr.notests run="modules disk; dd if=/dev/zero of=/dev/vda bs=64k count=64 conv=fsync"' \
	--io pv --disk "$1/small/disk.img"
echo "disk: status $?"
cat "$1/out" "$1/err"
FULL
unshare -m true 2>/dev/null && namespace="unshare -m" || namespace="unshare -rm"
$namespace bash "$tap_dir/full.sh" "$tap_dir" "$linux_timeout" >"$tap_dir/full" 2>&1
if [ $? = 99 ] || grep -q '^unshare:' "$tap_dir/full"; then
	tap_skip "a full file system" "none can be mounted here"
else
	sed 's/^/# /' "$tap_dir/full"
	tap_ok "no room for the recording: status 125" grep -q '^record: status 125' "$tap_dir/full"
	tap_ok "  it is said" grep -qE '^vtrun: recording: .*No space left' "$tap_dir/full"
	tap_ok "  and the guest went on to its end" grep -qE '^6.*-cloud-amd64' "$tap_dir/full"
	tap_ok "no room for the disk's image: the guest's command fails" grep -q '^disk: status 3' "$tap_dir/full"
	tap_ok "  its kernel says why" grep -qE 'I/O error' "$tap_dir/full"
	tap_ok "  and so does the VMM" grep -q 'disk: cannot write sector' "$tap_dir/full"
fi

# A terminal: typed, and pasted faster than the serial line is looked at.
mux() { tmux -L "linux-long-$$" -f /dev/null "$@"; }
# shows PATTERN: before long the screen does.
shows()
{
	local i
	for ((i = 0; i < 1200; i++)); do
		mux capture-pane -p | grep -qE "$1" && return
		sleep 0.5
	done
	mux capture-pane -p
	return 1
}
if command -v tmux >/dev/null; then
	mux new-session -d -x 120 -y 40 "bin/vtrun --timeout $linux_timeout --initrd linux/initrd-cloud-amd64.gz \
		--append 'console=ttyS0 $quiet' linux/vmlinuz-cloud-amd64; echo status \$?; sleep 60"
	tap_ok "a terminal: the prompt" shows '^/ #'
	mux send-keys -l 'echo some longer text that comes all at once: pasted-$((6 * 7))'
	mux send-keys Enter
	tap_ok "  what was pasted arrives whole" shows '^some longer text that comes all at once: pasted-42'
	mux send-keys -l poweroff
	mux send-keys Enter
	tap_ok "  poweroff ends vtrun" shows '^status 0'
	mux kill-server
else
	tap_skip "a terminal" "no tmux"
fi

tap_done
