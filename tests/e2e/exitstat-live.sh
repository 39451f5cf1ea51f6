#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat on running VMs: list, attach, record, Ctrl-C, a VM that is killed; and what is recorded equals vtrun's own
# recording to the byte.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
name=exitstat-live-$$

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}
command -v "${BOCHS:-bochs}" >/dev/null || command -v bochs-bin >/dev/null || skip_all "no Bochs"

# start NAME VTRUN-ARGUMENTS...: a VM in the background, there to be attached to when this returns. $vm is its vtrun.
start()
{
	local name=$1
	shift
	bin/vtrun --name "$name" "$@" >"$tap_dir/console" 2>"$tap_dir/vtrun-errors" </dev/null &
	vm=$!
	for ((i = 0; i < 200; i++)); do
		bin/exitstat list | grep -q "^$name " && return
		kill -0 $vm 2>/dev/null || break
		sleep 0.05
	done
	echo "# the VM did not start: $(cat "$tap_dir/vtrun-errors")"
}

# Recording from outside what vtrun records itself.
start "$name-a" --record "$tap_dir/own" --timeout 60 workloads/cpuid.elf
tap_ok "record a running VM to its end" $exitstat record --attach "$name-a" -o "$tap_dir/attached"
tap_says "^$tap_dir/attached: [0-9,]+ events recorded, 0 lost$" "  says how many events"
wait $vm
tap_result $? "  the VM ended well"
tap_ok "  both recordings are the same, to the byte" diff -r "$tap_dir/own" "$tap_dir/attached"
tap_ok "record -- VTRUN-ARGUMENTS" bin/exitstat record -o "$tap_dir/started" -- --timeout 60 workloads/cpuid.elf
tap_ok "  another run, unattended, gives the same bytes" diff -r "$tap_dir/own" "$tap_dir/started"
tap_ok "  and diff calls them equal" $exitstat diff "$tap_dir/own" "$tap_dir/started"
bin/vtrun --vmm vmm-corrupt.elf --record "$tap_dir/corrupt" --timeout 60 workloads/cpuid.elf >/dev/null 2>&1
tap_fails 1 "  and a VMM that answers CPUID wrongly different" $exitstat diff "$tap_dir/own" "$tap_dir/corrupt"
tap_says '^vmm_digest ' "    it says that the VMM is another"
$exitstat report "$tap_dir/own" --phase cpuid --json >"$tap_dir/json"
tap_ok "  exactly the promised CPUID exits are in the phase" \
	test "$(tests/exitstat-json reasons reasons.reason=cpuid.count exits <"$tap_dir/json" | tr '\n' ' ')" = "1 100000 100000 "
$exitstat report "$tap_dir/own" --json | tests/exitstat-json phases.0.{total,guest,vmm,exits} >"$tap_dir/phases"
tests/exitstat-json span guest vmm exits <"$tap_dir/json" >"$tap_dir/phase"
tap_ok "  --phase and the table of phases agree" diff "$tap_dir/phases" "$tap_dir/phase"
if command -v babeltrace2 >/dev/null; then
	babeltrace2 "$tap_dir/own" 2>/dev/null | sed -n 's/.* exit: .*reason = ( "\([a-z0-9_]*\)".*/\1/p' |
		sort | uniq -c | awk '{print $2, $1}' >"$tap_dir/babeltrace"
	bin/exitstat report "$tap_dir/own" | sed -n '/^reason/,/^$/p' | sed 1d |
		awk 'NF {gsub(",", "", $2); print $1, $2}' | sort >"$tap_dir/ours"
	tap_ok "  babeltrace2 counts the same exits, reason by reason" diff "$tap_dir/babeltrace" "$tap_dir/ours"
else
	tap_skip "  babeltrace2 counts the same exits, reason by reason" "no babeltrace2"
fi
tap_ok "  by guest function" $exitstat report "$tap_dir/own" --by function --guest workloads/cpuid.elf
tap_says '^[a-z_]+ +100,0[0-9][0-9] ' "    one function provoked them"
tap_ok "a native run" bin/exitstat record -o "$tap_dir/native" -- --paging native --timeout 60 workloads/cpuid.elf
tap_ok "  is reported" $exitstat report "$tap_dir/native"
tap_says '^There was no VMM' "  as one without a VMM"
tap_says '^cpuid +100,000 +[0-9,]+ +100\.0 % +0\.0 % +0 ' "  all of its phase is the guest's"
tap_fails 125 "record into it again: vtrun refuses, and its status is passed on" \
	$exitstat record -o "$tap_dir/own" -- workloads/cpuid.elf

# One that runs until it is stopped.
start "$name-b" --timeout 60 workloads/mixed.elf
tap_ok "list" $exitstat list
tap_says "^$name-b +$vm +bochs +ept +trapped +mixed" "  shows the VM"
$exitstat list --json >"$tap_dir/json"
tap_ok "list --json" tests/exitstat-json "vms.name=$name-b.env.paging" "vms.name=$name-b.pid" <"$tap_dir/json"
tap_says "^$vm$" "  shows its process"
tap_ok "report --attach NAME --for 1" $exitstat report --attach "$name-b" --for 1
tap_says '^cpuid +[0-9,]+ ' "  shows its exits"
tap_ok "Ctrl-C ends a report, which is printed" timeout --preserve-status -s INT 1 $exitstat report --attach "$name-b"
tap_says '^cpuid +[0-9,]+ ' "  with its exits"
tap_ok "hist --attach NAME --for 1" $exitstat hist --attach "$name-b" --for 1 --reason cpuid

$exitstat record --attach "$name-b" -o "$tap_dir/part" >"$tap_dir/record-output" 2>&1 &
recorder=$!
sleep 1
kill -INT $recorder
wait $recorder
tap_result $? "Ctrl-C ends a recording well"
tap_ok "  the trace reads" $exitstat report "$tap_dir/part"
tap_says '^the VM went on when the recording was ended$' "  says how it ended"
tap_ok "  and has no damage" bash -c "! grep -q damaged '$tap_dir/output'"
if command -v babeltrace2 >/dev/null; then
	tap_ok "  babeltrace2 reads it" bash -c "babeltrace2 '$tap_dir/part' | tail -1 | grep -q 'vm_stop.*detached'"
else
	tap_skip "  babeltrace2 reads it" "no babeltrace2"
fi
tap_ok "the VM still runs" kill -0 $vm

mkdir "$tap_dir/small"
if unshare -rm mount -t tmpfs -o size=200k tmpfs "$tap_dir/small" 2>/dev/null; then
	unshare -rm bash -c "mount -t tmpfs -o size=200k tmpfs '$tap_dir/small'
		$exitstat record --attach $name-b -o '$tap_dir/small/trace'; echo status \$?
		$exitstat report '$tap_dir/small/trace'" >"$tap_dir/output" 2>&1
	tap_says '^status 2$' "a full disk ends a recording"
	tap_says '^exitstat: .*No space left on device' "  which is said"
	tap_says '^VM exits by reason' "  what was written until then reads"
else
	for what in "a full disk ends a recording" "  which is said" "  what was written until then reads"; do
		tap_skip "$what" "no mount namespaces here"
	done
fi
$exitstat record --attach "$name-b" -o "$tap_dir/killed" >"$tap_dir/record-output" 2>&1 &
recorder=$!
sleep 0.5
kill -KILL $vm
wait $vm 2>/dev/null
wait $recorder
tap_result $? "a recording outlives a killed vtrun"
tap_ok "  what was recorded reads" $exitstat report "$tap_dir/killed"
tap_says '^exitstat: .*damaged' "  and lacks its end, which is said"
tap_ok "the killed VM is no longer listed" bash -c "! $exitstat list | grep -q '^$name-b '"
tap_done
