#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# Debian's cloud kernel as it is packaged boots to its first process and switches itself off, under EPT, under shadow
# paging and on the engine itself; what is no kernel, or does not fit, is refused before anything starts. linux-long.sh has the rest.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/linux.sh"
exec </dev/null

kernel=$tap_dir/kernel
# refuses WHAT PATTERN OPTION...: status 125 and one line about $kernel.
refuses()
{
	local what=$1 pattern=$2
	shift 2
	tap_fails 125 "refused: $what" bin/vtrun "$@" "$kernel"
	tap_says "^vtrun: .*$pattern" "  and said"
}

linux_make cloud-amd64
head -c 1000000 linux/vmlinuz-cloud-amd64 >"$kernel"
refuses "half a kernel" "$kernel: truncated kernel: .*copy it again"
head -c 600 linux/vmlinuz-cloud-amd64 >"$kernel"
refuses "its first bytes" "$kernel: damaged kernel: its setup header is too short"
cp linux/vmlinuz-cloud-amd64 "$kernel"
refuses "too little memory" "$kernel: the kernel and its initrd do not fit .* give more --mem \([0-9]+ MiB or more\)" --mem 64M
refuses "no such initrd" "nosuch: cannot read the initrd" --initrd "$tap_dir/nosuch"
refuses "too long a command line" "the command line is longer than this kernel takes" --append "$(printf '%2048s' x)"
tap_fails 125 "refused: arguments" bin/vtrun "$kernel" -- quiet
tap_says "--append" "  and said"

# Of the boots under a VMM the kernel's stack at each WRMSR is recorded: no test of its own, as no clock shows it.
for paging in ept shadow native; do
	stacks=()
	[ $paging = native ] || stacks=(--stacks wrmsr --record "$tap_dir/$paging")
	linux_run cloud-amd64 'quiet cryptomgr.notests nokaslr run="uname -a"' --paging $paging "${stacks[@]}"
	linux_status 0 "$paging: boots, and switches itself off"
	tap_ok "$paging: its first process ran" linux_says '^Linux .*-cloud-amd64 .* x86_64'
	[ $paging = native ] && continue
	bin/exitstat flame "$tap_dir/$paging" --unwind linux/vmlinux-cloud-amd64 --reason wrmsr --count >"$tap_dir/stacks"
	tap_ok "$paging: call stacks of the kernel, unwound: most of six frames or more" awk -F';' '
		{ n = $NF; sub(/.* /, "", n); all += n } /;0xffffffff8/ && NF >= 9 { deep += n } END { exit !(deep * 2 > all && all > 100) }' \
		"$tap_dir/stacks"
done
tap_done
