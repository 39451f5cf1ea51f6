#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 14400
# Debian's kernels as they are packaged, with an empty command line but for the console: to a shell, with both kinds of
# disk, twice the same, to a panic and a reset, and with the test builds' checks on. `make check-linux`.
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
for paging in ept shadow; do
	for twin in a b; do
		echo poweroff | linux_run cloud-amd64 "$quiet" --paging $paging --io pv --record "$tap_dir/$paging-$twin"
	done
	tap_ok "$paging: the same boot twice, event for event" cmp "$tap_dir/$paging-a/vcpu0" "$tap_dir/$paging-b/vcpu0"
	rm -rf "$tap_dir/$paging"-?

	linux_run cloud-amd64 "$quiet run=\"$pipes\"" --paging $paging
	linux_status 0 "$paging: pipes"
	tap_ok "$paging: all of it came through, every time" test "$(grep -c "^$pipes_digest" "$tap_dir/out")" = 6

	linux_run cloud-amd64 "$quiet run=\"busybox reboot -f\"" --paging $paging
	linux_status 126 "$paging: a reboot ends the VM"
	tap_ok "$paging: as a reset" grep -q 'reset (the guest reset its machine)' "$tap_dir/err"

	linux_run cloud-amd64 "$quiet run=\"busybox reboot -f\" reboot=t" --paging $paging
	linux_status 126 "$paging: so does one by triple fault"
	tap_ok "$paging: as that" grep -q 'ended by the VMM: triple_fault' "$tap_dir/err"

	linux_run cloud-amd64 "$quiet panic=-1 rdinit=/nosuch root=/dev/nosuch" --paging $paging
	linux_status 126 "$paging: a panic that reboots"
	tap_ok "$paging: said on the console" linux_says 'Kernel panic - not syncing'

	for vmm in check test; do
		linux_run cloud-amd64 "$quiet run=\"uname -r\"" --paging $paging --vmm vmm-$vmm.elf
		linux_status 0 "$paging: under vmm-$vmm.elf, whose checks stay silent"
	done
done
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

linux_timeout=15 linux_run cloud-amd64 "$quiet run=\"while :; do :; done\""
linux_status 124 "one that never ends, ends by --timeout"
tap_done
