#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 180
# vmtop in a real terminal (tmux): keys, resizing, two VMs, and the terminal afterwards, whatever it died of.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/terminal.sh"

if ! command -v tmux >/dev/null; then
	tap_skip "vmtop in a terminal" "no tmux"
	tap_done
	exit
fi
export ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0 # vmtop's own handler is what is tested
export XDG_CONFIG_HOME=$tap_dir/config
vmtop=$PWD/bin-asan/vmtop
trace=$tap_dir/trace
alpha=vmtop-a-$$ beta=vmtop-b-$$
trap 'mux kill-server 2>/dev/null; kill $(jobs -p) 2>/dev/null; rm -rf "$tap_dir"' EXIT
unit/vmtop-source record "$trace"
unit/vmtop-source record "$tap_dir/lossy" 7
terminal 80 24
mux set-option -g remain-on-exit on >/dev/null

# sorted WHAT REASON: a test point: that reason comes to stand in the first row below all exits.
sorted()
{
	local end=$((SECONDS + 20)) status=0
	until [ "$(mux capture-pane -p | grep -A2 '^REASON' | tail -1 | cut -d' ' -f1)" = "$2" ]; do
		[ $SECONDS -lt $end ] || { status=1; break; }
		sleep 0.05
	done
	tap_result $status "$1"
}
# run COMMAND: in the terminal; then its exit status. The terminal's modes are kept for before and after.
run()
{
	rm -rf "$XDG_CONFIG_HOME" # each begins with the defaults
	printf '%s\n' "trap : INT" clear "stty -g >$tap_dir/before" "$1" 'echo status $?' \
		"stty -g >$tap_dir/after" >"$tap_dir/script"
	keys "bash $tap_dir/script" Enter
}
# restored WHAT STATUS: the shell has its terminal back, as it was.
restored()
{
	screen "$1: exit status $2" "^status $2\$"
	sees 'ready>$'
	tap_result "$(cmp -s "$tap_dir/before" "$tap_dir/after"; echo $?)" "$1: the terminal's modes are as before"
	tap_result "$([ "$(mux display-message -p '#{alternate_on}#{cursor_flag}#{keypad_flag}')" = 010 ]; echo $?)" \
		"$1: the ordinary screen, cursor on, keypad off"
}
sees 'ready>$'

# ---- a replay: keys ----
run "$vmtop --replay $trace"
screen "a replay plays" '^vmtop lost 0  twin  replaying [0-9]+ %'
screen "and stays on the final state" '^vmtop lost 0  twin  ended: guest_exit, status 3  total, 1\.67 s of trace time'
screen "the table is that of --once" '^cpuid +1000 +598\.4 +21\.7 +100\.0 +100 +100 +100$'
sorted "sorted by count" cpuid
keys a
sorted "a: sorted by mean" cr_access
keys r
sorted "r: reversed" hlt
keys r '<' '<' '<' '<' '<' '<'
sorted "<: sorted by a column further left" cpuid
keys p
screen "p: PAUSED" '^vmtop PAUSED lost 0'
keys p
screen "p again: not PAUSED" '^vmtop lost 0'
keys i
screen "i: the last interval" 'interval [0-9]+, [0-9.]+ s of trace time|interval [0-9]+'
keys i
screen "i again: total" 'total, 1\.67 s'
keys h
screen "h: help" 'sort by .*s per_second'
keys x
screen "any key leaves help" '^cpuid +1000'
mux resize-window -x 40 -y 10
screen "40x10: state and loss" '^vmtop lost 0  twin  ended'
screen "40x10: the table" '^cpuid +1000 +21\.7$'
mux resize-window -x 200 -y 60
screen "200x60: every column" '^cpuid +1000 +598\.4 +21\.7 +100000 +100 +100\.0 +100 +100 +100 +100 +100( .*)?$'
mux resize-window -x 5 -y 2
sleep 0.3
mux resize-window -x 1 -y 1
sleep 0.3
mux resize-window -x 80 -y 24
screen "back from 1x1" '^cpuid +1000 +598\.4'
keys q
restored "q" 0

run "$vmtop --replay $tap_dir/lossy"
keys End
screen "loss on the screen" '^vmtop LOST 7 '
keys q
restored "q" 0

# ---- terminals without colour, other locales ----
run "NO_COLOR=1 LC_ALL=C $vmtop --replay $trace"
screen "NO_COLOR, C locale" '^cpuid +1000'
tap_result "$(mux capture-pane -pe | grep -qE $'\e\\[[0-9;]*(3|4)[0-7]m'; [ $? = 1 ]; echo $?)" "no colour is written"
keys q
restored "NO_COLOR" 0
run "TERM=vt100 $vmtop --replay $trace"
screen "a vt100" '^cpuid +1000'
keys q
screen "a vt100 is left" '^status 0$'
keys clear Enter
run "ASAN_OPTIONS=detect_leaks=0 TERM=no-such $vmtop --replay $trace"
# newterm(3) itself leaks when it fails
screen "an unknown terminal: one clear line" '^vmtop: terminal type no-such: cannot be used: set TERM'
screen "an unknown terminal: status 2" '^status 2$'

# ---- death ----
die()
{
	run "$vmtop --replay $trace"
	sees '^cpuid +' || echo "# not started"
	kill "-$1" "$(pgrep -f "^$vmtop --replay $trace")"
	restored "SIG$1" "$2"
}
die SEGV 139
die ABRT 134
die BUS 135
die TERM 143
die HUP 129
run "$vmtop --replay $trace"
sees '^cpuid +'
keys C-c
restored "Ctrl-C" 130

# ---- live: two VMs ----
unit/vmtop-source live $alpha 8 &
unit/vmtop-source live $beta 600 &
other=$!
until [ "$(grep -cE " 00010000 .*vtscope/.*/($alpha|$beta)" /proc/net/unix)" -ge 2 ]; do sleep 0.02; done
run "$vmtop --attach $alpha --attach $beta --interval 0.2"
screen "live: the first VM" "^vmtop lost 0  \[1/2\]  $alpha  running  interval"
screen "live: rates are of the host's time" '^REASON.*/S HOST'
keys Tab
screen "Tab: the second" "\[2/2\]  $beta"
keys Tab
screen "Tab: the first again" "\[1/2\]  $alpha"
screen "a VM that ends stays, with its result" "$alpha  ended: guest_exit, status 3"
screen "and every event was counted" '^events 2443  exits 1671  lost 0$'
mux resize-window -x 170 -y 24
keys v
screen "v: two VMs side by side" "\[1/2\]  $alpha.*vmtop lost 0  \[2/2\]  $beta"
mux resize-window -x 80 -y 24
keys Right
screen "paging on: the other" "\[2/2\]  $beta"
kill -KILL $other
wait $other 2>/dev/null
screen "a VM that vanishes is said to" "ended without a vm_stop record"
keys q
restored "q" 0
tap_done
