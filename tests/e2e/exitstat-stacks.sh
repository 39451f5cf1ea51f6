#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The guest's call stacks at exits (vtrun --stacks): of functions that are known (tests/guest/stack.c), under either
# paging mode; and that recording them changes nothing else that happens.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
guest=tests/guest/stack.elf

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# frames FILE: of stacks within main: without the process, whose page table is anywhere.
frames()
{
	sed -n 's/^cr3 0x[0-9a-f]*;\(stack_\|main\|user_\)/\1/p' "$1"
}

# times DIR: what the guest and the VMM did in it: exits, and when.
times()
{
	$exitstat report "$1" --json | tests/exitstat-json exits guest lost
	$exitstat export "$1" --format csv | cut -d, -f7-18
}

for paging in ept shadow; do
	trace=$tap_dir/$paging
	tap_ok "$paging: it runs" bin/vtrun --paging $paging --timeout 60 --stacks cpuid --record "$trace" $guest
	$exitstat flame "$trace" --symbols $guest --reason cpuid --count >"$tap_dir/stacks"
	tap_ok "  flame has the callers before the function" diff - <(frames "$tap_dir/stacks") <<'OUT'
main;cpuid;exit: emulated 3
stack_begin;stack_outer;stack_inner;cpuid;exit: emulated 1
stack_begin;stack_outer;stack_middle;stack_inner;cpuid;exit: emulated 2
user_code;cpuid;exit: emulated 1
OUT
	$exitstat report "$trace" --symbols $guest --by stack >"$tap_dir/report"
	tap_ok "  report has them behind it" grep -Eq '^stack_inner < stack_middle < stack_outer < stack_begin  +2 ' "$tap_dir/report"
	$exitstat export "$trace" --symbols $guest --reason cpuid --format folded >"$tap_dir/folded"
	tap_ok "  export has the same" diff <(frames "$tap_dir/stacks" | sed 's/ [0-9]*$//') \
		<(frames "$tap_dir/folded" | sed 's/ [0-9]*$//')
	$exitstat export "$trace" --reason cpuid --format sqlite -o "$tap_dir/$paging.db" 2>/dev/null
	if command -v sqlite3 >/dev/null; then
		tap_ok "  words to the end of memory, of no memory, at no address; none of user space" diff \
			<(printf '512\n512\n512\n3\n0\n0\n') \
			<(sqlite3 "$tap_dir/$paging.db" 'select words from stack order by rowid' | tail -n 6)
	else
		tap_skip "  words to the end of memory, of no memory, at no address; none of user space" "no sqlite3"
	fi
	bin/vtrun --paging $paging --timeout 60 --record "$trace-plain" $guest
	tap_ok "  without --stacks the same happens, at the same time" diff <(times "$trace-plain") <(times "$trace")
done

tap_fails 125 "a reason that there is not" bin/vtrun --stacks cpuid,cpuit $guest
tap_says "vtrun: --stacks cpuid,cpuit: 'cpuit' is no exit reason" "  it says so"
tap_fails 125 "no reason" bin/vtrun --stacks '' $guest
tap_fails 125 "natively nothing exits" bin/vtrun --stacks cpuid --paging native $guest
tap_says "^vtrun: --stacks: no VMM" "  it says so"
tap_fails 2 "a kernel without tables" $exitstat flame "$tap_dir/ept" --unwind $guest
tap_says "^exitstat: $guest: no unwind tables" "  it says so"
tap_done
