#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat timeline: the maps of a trace whose every figure is known, their characters and colours, and
# what --json says of real ones.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
known=$tap_dir/known
tests/exitstat-trace known "$known" || exit 1
unset NO_COLOR COLUMNS

tap_ok "timeline" env LC_ALL=C $exitstat timeline "$known" --reason cpuid --width 64
sed 1,2d "$tap_dir/output" >"$tap_dir/map"
tap_ok "the map, to the letter" diff - "$tap_dir/map" <<'END'

cpuid: 100 exits, 100.0 % of the time; at most 3 in a cell
          128           *@*@**@**@*****@**********.******..
           64 @@@@@*@@*@
              0                                      20,160
END
tap_ok "ASCII where the locale is not UTF-8" bash -c "! LC_ALL=C $exitstat timeline '$known' | grep -qP '[^\x00-\x7f]'"
tap_ok "blocks where it is" bash -c "LC_ALL=C.UTF-8 $exitstat timeline '$known' | grep -q '█'"
tap_ok "ASCII there too with --ascii" bash -c "! LC_ALL=C.UTF-8 $exitstat timeline '$known' --ascii | grep -qP '[^\x00-\x7f]'"
tap_ok "no colour into a pipe" bash -c "! $exitstat timeline '$known' | grep -q \$'\033'"
tap_ok "four maps, and how many more there are" bash -c "$exitstat timeline '$known' | tail -1 | grep -q '^4 more reasons'"
tap_ok "all of them" test "$($exitstat timeline "$known" --top 0 | grep -c ' in a cell$')" = 8

# terminal COMMAND...: what it writes to a terminal of 100 columns.
terminal()
{
	script -qec "stty cols 100; $*" /dev/null </dev/null
}
if command -v script >/dev/null; then
	export TERM=xterm-256color LC_ALL=C.UTF-8
	tap_ok "colour on a terminal" bash -c "$(declare -f terminal); terminal $exitstat timeline '$known' | grep -q \$'\033\[38;5;226m█'"
	tap_ok "none with NO_COLOR" bash -c "$(declare -f terminal); ! NO_COLOR=1 terminal $exitstat timeline '$known' | grep -q \$'\033'"
	tap_ok "no line is wider than the terminal" test "$(NO_COLOR=1 terminal $exitstat timeline "$known" |
		sed 1,2d | tr -d '\r' | wc -L)" -le 100
	unset LC_ALL
else
	tap_skip "colour on a terminal" "no script(1)"
fi

# Each exit is in one cell of one band.
for trace in "$known" "$tap_dir/many"; do
	[ -d "$trace" ] || tests/exitstat-trace many "$trace" 20000
	$exitstat timeline "$trace" --json >"$tap_dir/json"
	tap_result $? "timeline --json of $(basename "$trace")"
	tap_ok "  all exits are in it" test "$(sed -n '/"counts"/,/]/s/^ *\([0-9]*\),*$/\1/p' "$tap_dir/json" |
		awk '{sum += $1} END {print sum}')" = "$($exitstat report "$trace" --json | tests/exitstat-json exits)"
done
$exitstat timeline "$known" --phase alpha --json >"$tap_dir/json"
tap_ok "--phase" test "$(tests/exitstat-json reasons reasons.0.{reason,count} <"$tap_dir/json" | tr '\n' ' ')" = '2 "cpuid" 100 '
tap_fails 1 "a reason that did not occur" $exitstat timeline "$known" --reason hlt
tap_done
