#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The BPF programs of the source kvm on other kernels' layouts: loaded with what is stored of their BTF, each reads
# its fields where that kernel has them. tests/kvm/store-btf makes the files from Debian's packages.
# shellcheck source=../tap.sh
. "$SRCDIR/tests/tap.sh"

if ! unit/kvm-relocations >"$tap_dir/running" 2>&1 && ! grep -q '^ok - the programs load' "$tap_dir/running"; then
	echo "1..0 # SKIP BPF programs cannot be loaded here: $(head -n 2 "$tap_dir/running" | tr '\n' ' ')"
	exit 0
fi
# one NAME: what it printed becomes one line.
one()
{
	tap_ok "$1: each field is read where it is" sh -c "cat '$tap_dir/out'; ! grep -q '^not ok' '$tap_dir/out'"
	tap_ok "  of $2 tracepoints" sh -c "cat '$tap_dir/out'; test \$(grep -c '^ok - tp/' '$tap_dir/out') = $2"
}

if [ -e /sys/kernel/tracing/events/kvm/kvm_exit/format ]; then
	cp "$tap_dir/running" "$tap_dir/out"
	one "$(uname -r), which tells by tracefs" 12
else
	tap_skip "the running kernel" "no kvm:kvm_exit"
fi
for btf in "$SRCDIR"/tests/data/btf/*.btf; do
	unit/kvm-relocations "$btf" >"$tap_dir/out" 2>&1
	one "$(basename "$btf" .btf)" 12
done
"$CLANG" -target bpf -g -O2 -c "$SRCDIR/tests/kvm/linux-5.15.c" -o "$tap_dir/linux-5.15.o"
unit/kvm-relocations "$tap_dir/linux-5.15.o" >"$tap_dir/out" 2>&1
one "linux-5.15, as its sources say" 12

# The test can fail.
sed 's/ unsigned long guest_rip;//' "$SRCDIR/tests/kvm/linux-5.15.c" >"$tap_dir/less.c"
"$CLANG" -target bpf -g -O2 -c "$tap_dir/less.c" -o "$tap_dir/less.o"
tap_fails 1 "a kernel whose kvm_exit has no RIP" unit/kvm-relocations "$tap_dir/less.o"
tap_done
