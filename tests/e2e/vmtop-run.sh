#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 240
# vmtop on guests that really run: what it counts live is what was recorded; --run and make live on a screen,
# and nothing left behind.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/terminal.sh"

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	tap_skip "vmtop on a running guest" "no Bochs"
	tap_done
	exit
fi
export ASAN_OPTIONS=handle_segv=0:handle_abort=0
export XDG_CONFIG_HOME=$tap_dir/config
vmtop=$PWD/bin-asan/vmtop
trap 'mux kill-server 2>/dev/null; rm -rf "$tap_dir"' EXIT

# ---- live counts are the recorded ones, whatever the paging mode ----
# figures FILE: all of a sample but the host's time and the names.
figures() { grep -oE '"(events|lost|span|exits|guest_time|vmm_time|clear_time)":[0-9]+|"reason":.*' "$1" |
	sed -E 's/"per_second":[^,]*,//g'; }
for paging in ept shadow; do
	$vmtop --run --once --json --interval 100 -- --paging $paging --record "$tap_dir/$paging" \
		workloads/ptemod.elf -- ops=3000 >"$tap_dir/live" 2>"$tap_dir/errors"
	tap_result $? "--run --once, $paging"
	tap_ok "$paging: the trace" $vmtop --replay "$tap_dir/$paging" --once --json
	figures "$tap_dir/live" >"$tap_dir/live.figures"
	figures "$tap_dir/output" >"$tap_dir/recorded.figures"
	tap_ok "$paging: live figures equal the recorded ones" diff "$tap_dir/live.figures" "$tap_dir/recorded.figures"
	tap_result "$(grep -q '"lost":0,.*"exits":[1-9]' "$tap_dir/live"; echo $?)" "$paging: nothing lost, and not nothing"
	tap_result "$(grep -q '"state":"ended","cause":"guest_exit","status":0,' "$tap_dir/live"; echo $?)" "$paging: its end"
	tap_result "$(grep -qx 'vmtop: vtrun ended with status 0' "$tap_dir/errors"; echo $?)" "$paging: vtrun's status is said"
done
tap_result "$(grep -q '"shadow_faults":{[^}]*"pt_write":[1-9]' "$tap_dir/live"; echo $?)" "shadow: page-table writes are seen"

tap_ok "--run without a VMM" $vmtop --run --once --interval 100 -- --paging native workloads/cpuid.elf -- ops=100
tap_says '^no VMM under this guest: nothing exits$' "and it says so"

tap_fails 2 "--run of a guest that is not there" $vmtop --run --once -- /nonexistent.elf
tap_says '^vtrun: /nonexistent.elf: ' "vtrun says why"
tap_says '^vmtop: vtrun ended with status [1-9][0-9]* before' "and vmtop that there is no VM"

if ! command -v tmux >/dev/null; then
	tap_skip "vmtop --run on a screen" "no tmux"
	tap_done
	exit
fi

# ---- on a screen ----
terminal 130 30
run()
{
	rm -rf "$XDG_CONFIG_HOME" # each begins with the defaults
	printf '%s\n' "trap : INT" clear "$1" 'echo status $?' >"$tap_dir/script"
	mux send-keys "bash $tap_dir/script" Enter
}
# gone PATTERN: no process whose command line matches is left, after a moment's grace.
gone()
{
	for _ in $(seq 100); do
		pgrep -f "$1" >/dev/null || return 0
		sleep 0.1
	done
	return 1
}
sees 'ready>$'
run "$vmtop --run -- --name run-$$ --paging shadow workloads/mixed.elf"
screen "--run shows its VM" "^vmtop lost 0  run-$$  running"
screen "and its configuration" 'paging shadow .* guest mixed'
screen "and vtrun, and what it prints" '^vtrun runs as process [0-9]+'
screen "the guest's console does not spoil the screen" '^\| mixed: round|^\| *$'
mux send-keys q
screen "q: status 0, and vtrun's" '^vmtop: vtrun (ended with status|was killed)'
screen "q: vmtop's status" '^status 0$'
tap_ok "q: the guest is gone" gone "name run-$$ "

run "$vmtop --run -- --name kill-$$ workloads/mixed.elf"
screen "another" "^vmtop lost 0  kill-$$  running"
kill -KILL "$(pgrep -f "^$vmtop --run -- --name kill-$$")"
tap_ok "kill -9 of vmtop: the guest is gone" gone "name kill-$$ "
mux send-keys "reset" Enter
sees 'ready>$'

run "$vmtop --run -- /nonexistent.elf"
screen "a guest that is not there: vmtop's line" '^vmtop: no VM to watch: vtrun says why:'
screen "and vtrun's" '^vtrun: /nonexistent.elf: '
screen "and status 2" '^status 2$'

# ---- make live ----
run "$SRCDIR/tools/live --interval 0.5"
screen "make live: EPT first" '^vmtop lost 0  \[1/2\]  live-ept-[0-9]+  running'
mux send-keys v
screen "make live: shadow beside it" 'live-ept-[0-9]+  running.*\[2/2\]  live-shadow-[0-9]+  running'
name=$(grep -oE 'live-ept-[0-9]+' "$tap_dir/output" | head -1)
mux send-keys q
screen "make live: q" '^status 0$'
tap_ok "make live: nothing is left running" gone "name live-(ept|shadow)-${name##*-} "
tap_done
