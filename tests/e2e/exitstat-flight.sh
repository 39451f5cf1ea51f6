#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat record with limits, and as a flight recorder: what is written is a stretch of what vtrun records itself.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
name=exitstat-flight-$$

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}
command -v "${BOCHS:-bochs}" >/dev/null || command -v bochs-bin >/dev/null || skip_all "no Bochs"

# start VTRUN-ARGUMENTS...: a VM in the background, there to be attached to when this returns. $vm is its vtrun.
start()
{
	bin/vtrun --name "$name" --timeout 60 "$@" >"$tap_dir/console" 2>"$tap_dir/vtrun-errors" </dev/null &
	vm=$!
	for ((i = 0; i < 200; i++)); do
		bin/exitstat list | grep -q "^$name " && return
		kill -0 $vm 2>/dev/null || break
		sleep 0.05
	done
	echo "# the VM did not start: $(cat "$tap_dir/vtrun-errors")"
}

# record STATUS WHAT OPTIONS...: record a new VM of pgfault to $tap_dir/part.
record()
{
	local status=$1 what=$2
	shift 2
	rm -rf "$tap_dir/part"
	start $guest
	if [ "$status" = 0 ]; then
		tap_ok "$what" $exitstat record --attach "$name" -o "$tap_dir/part" "$@"
	else
		tap_fails "$status" "$what" $exitstat record --attach "$name" -o "$tap_dir/part" "$@"
	fi
	cp "$tap_dir/output" "$tap_dir/said"
	wait $vm
}

# exits DIR: its exits, a line each.
exits()
{
	# A phase is only known where its begin is in the trace, and the first exit may lack details.
	bin/exitstat export "$1" -f csv 2>/dev/null | sed 1d | cut -d, -f1-8,10-13,15-
}

# is_stretch FROM TO: the part's exits are the lines FROM to TO of all.
is_stretch()
{
	diff <(exits "$tap_dir/part") <(sed -n "$1,$2p" "$tap_dir/all")
}

# is_same_but_details: the part has all exits; how they were resolved is in details.
is_same_but_details()
{
	diff <(exits "$tap_dir/part") "$tap_dir/all"
}

# events DIR: its records, without that which says that the recorder left.
events()
{
	bin/exitstat report "$1" --json 2>/dev/null >"$tap_dir/json"
	echo $(($(tests/exitstat-json events <"$tap_dir/json") - $(tests/exitstat-json vm_stop.how <"$tap_dir/json" | grep -c detached)))
}

guest="--paging shadow workloads/pgfault.elf -- ops=3000"
bin/vtrun --record "$tap_dir/own" --timeout 60 $guest >"$tap_dir/console"
exits "$tap_dir/own" >"$tap_dir/all"
total=$(wc -l <"$tap_dir/all")
tap_ok "there are exits: $total" test "$total" -gt 3000

record 0 "--events" --events 1000
tap_ok "  just so many" test "$(events "$tap_dir/part")" = 1000
tap_ok "  the first ones" is_stretch 1 "$(exits "$tap_dir/part" | wc -l)"

record 0 "--span" --span 1000000
tap_ok "  the first ones" is_stretch 1 "$(exits "$tap_dir/part" | wc -l)"
first=$(sed -n 1p "$tap_dir/all" | cut -d, -f3)
last=$(exits "$tap_dir/part" | tail -1 | cut -d, -f4)
tap_ok "  so long, and no longer" test $((last - first)) -le 1000000 -a $((last - first)) -gt 980000

record 0 "--last, trigger at the VM's end" --last 500
tap_ok "  just so many" test "$(events "$tap_dir/part")" = 500
tap_ok "  the last ones" is_stretch $((total - $(exits "$tap_dir/part" | wc -l) + 1)) "$total"
tap_ok "  it says which trigger" grep -q 'trigger: end$' "$tap_dir/said"

mark=$(bin/exitstat export "$tap_dir/own" -f csv | sed 1d | grep -n ',"vmcall",' | sed -n 1s/:.*//p)
record 0 "--trigger mark, --after" --last 60 --trigger mark=pgfault --after 100
tap_ok "  just so many" test "$(events "$tap_dir/part")" = 160
# The mark's record is the last before the mark's exit and its hypercall record.
tap_ok "  those around the mark" bash -c "exits() { bin/exitstat export \"\$1\" -f csv 2>/dev/null | sed 1d | cut -d, -f1-8,10-13,15-; }
	exits '$tap_dir/part' >'$tap_dir/part-lines'
	at=\$(grep -n ',\"vmcall\",' '$tap_dir/part-lines' | sed -n 1s/:.*//p)
	from=\$(($mark - at + 1))
	diff '$tap_dir/part-lines' <(tail -n +\$from '$tap_dir/all' | head -n \$(wc -l <'$tap_dir/part-lines'))"

slow=$(sort -t, -k5 -n "$tap_dir/all" | tail -1 | cut -d, -f5)
record 0 "--trigger latency" --last 100 --trigger latency=$((slow - 1)) --trigger end
tap_ok "  its last exit is the one that took longer" test "$(exits "$tap_dir/part" | tail -1 | cut -d, -f5)" = "$slow"
tap_ok "  it says so" grep -q "trigger: latency=$((slow - 1))\$" "$tap_dir/said"
record 0 "--trigger reason" --last 100 --trigger reason=vmcall
tap_ok "  its last exit has it" test "$(exits "$tap_dir/part" | tail -1 | cut -d, -f7)" = '"vmcall"'
tap_ok "  and no other before" test "$(exits "$tap_dir/part" | grep -c '"vmcall"')" = 1

record 1 "a trigger that does not fire" --last 100 --trigger latency=99999999999
tap_ok "  leaves nothing" test ! -e "$tap_dir/part"
tap_ok "  and says so" grep -q '^exitstat: .*: no trigger fired: nothing was written$' "$tap_dir/said"

# Filters. What is kept is what the whole trace has of it.
record 0 "--kinds" --kinds injection
tap_ok "  all exits, in their time" is_same_but_details
bin/exitstat report "$tap_dir/own" --json >"$tap_dir/whole"
bin/exitstat report "$tap_dir/part" --json >"$tap_dir/json"
tap_ok "  times and these details are the same" diff <(tests/exitstat-json guest vmm partial injections.0.count <"$tap_dir/whole") \
	<(tests/exitstat-json guest vmm partial injections.0.count <"$tap_dir/json")
tap_ok "  others are gone" test "$(tests/exitstat-json shadow_faults tlb_flushes <"$tap_dir/json" | tr '\n' ' ')" = "0 0 "
tap_ok "  the metadata says it" test "$(tests/exitstat-json env.filter <"$tap_dir/json")" = '"only details of injection"'
if command -v babeltrace2 >/dev/null; then
	tap_ok "  babeltrace2 reads it" bash -c "babeltrace2 '$tap_dir/part' 2>&1 | grep -c ' exit: ' | grep -qx $total"
else
	tap_skip "  babeltrace2 reads it" "no babeltrace2"
fi

record 0 "--reasons" --reasons cpuid,io_instruction
tap_ok "  these exits, and those with marks" diff <(grep -E '"(cpuid|io_instruction|vmcall)"' "$tap_dir/all" | grep -v '"stopped"') <(exits "$tap_dir/part")
bin/exitstat report "$tap_dir/part" --json >"$tap_dir/json"
tap_ok "  nothing is lost, and the guest's time is not told" \
	test "$(tests/exitstat-json partial guest lost vm_start.paging <"$tap_dir/json" | tr '\n' ' ')" = 'true 0 0 "shadow" '
tap_ok "  nor in words" bash -c "bin/exitstat report '$tap_dir/part' >'$tap_dir/text' && ! grep -q '^  guest' '$tap_dir/text' &&
	grep -q '^Exits were left out when this was recorded' '$tap_dir/text'"
tap_ok "  phases are as they were" diff <(tests/exitstat-json phases.0.{name,begin,end,ops} <"$tap_dir/whole") \
	<(tests/exitstat-json phases.0.{name,begin,end,ops} <"$tap_dir/json")
record 0 "--reasons, as a flight recorder" --reasons exception_nmi --last 40
bin/exitstat report "$tap_dir/part" --json >"$tap_dir/json"
tap_ok "  says too that exits were left out" test "$(tests/exitstat-json partial <"$tap_dir/json")" = true

# A signal, while the VM runs.
start --paging ept workloads/mixed.elf
$exitstat record --attach "$name" -o "$tap_dir/signalled" --last 2000 >"$tap_dir/said" 2>&1 &
recorder=$!
sleep 1.5
kill -USR1 $recorder
wait $recorder
tap_result $? "--last: SIGUSR1"
tap_ok "  it says so" grep -q 'trigger: signal$' "$tap_dir/said"
tap_ok "  the VM runs on" kill -0 $vm
tap_ok "  so many events" test "$(events "$tap_dir/signalled")" = 2000
kill $vm
wait $vm
tap_done
