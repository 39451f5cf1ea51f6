# SPDX-License-Identifier: GPL-2.0-only
# For tests that boot Debian's kernels: . "$SRCDIR/tests/linux.sh" after tap.sh.

# linux_skip REASON: instead of all the tests.
linux_skip()
{
	echo "1..0 # SKIP $1"
	exit
}

# linux_make FLAVOUR: linux/vmlinuz-FLAVOUR and its initrd are there, newer than what makes them, or all is skipped.
linux_make()
{
	local reason
	[ -e "linux/vmlinuz-$1" ] && [ -e "linux/vmlinux-$1" ] && [ -e "linux/initrd-$1.gz" ] &&
		[ -z "$(find "$SRCDIR/workloads/linux" -type f -newer "linux/initrd-$1.gz")" ] && return
	reason=$("$SRCDIR/workloads/linux/make-guest" "$1" linux 2>&1) || linux_skip "no Linux kernel: $(echo "$reason" | tail -n 1)"
}

# linux_run FLAVOUR APPEND OPTION...: vtrun; console output in $tap_dir/out, messages in $tap_dir/err.
linux_run()
{
	local flavour=$1 append=$2
	shift 2
	bin/vtrun --timeout "${linux_timeout:-100}" --initrd "linux/initrd-$flavour.gz" --append "console=ttyS0 $append" "$@" \
		"linux/vmlinuz-$flavour" >"$tap_dir/out" 2>"$tap_dir/err"
}

# linux_says PATTERN: a line of the console's output matches.
linux_says()
{
	tr -d '\r' <"$tap_dir/out" | grep -qE -e "$1"
}

# linux_status STATUS WHAT: the last linux_run's is that; otherwise its output is shown.
linux_status()
{
	local status=$? expected=$1
	shift
	tap_ok "$* (status $expected)" test $status = "$expected"
	[ $status = "$expected" ] || tail -n 25 "$tap_dir/out" "$tap_dir/err" | sed 's/^/# /'
}

command -v "${BOCHS:-bochs-bin}" >/dev/null || linux_skip "no Bochs"
[ -s obj/dsdt.aml ] || linux_skip "no iasl: the VMM has no ACPI tables"
