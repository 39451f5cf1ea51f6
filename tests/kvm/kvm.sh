# SPDX-License-Identifier: GPL-2.0-only
# For the tests of the source kvm: . "$SRCDIR/tests/kvm/kvm.sh" after tap.sh.

guest=unit/kvm-guest
exitstat=bin-asan/exitstat

# kvm_skip: say why nothing here can run, end if so.
kvm_skip()
{
	local why
	if [ ! -d /sys/kernel/tracing/events ] && ! mount -t tracefs none /sys/kernel/tracing 2>/dev/null; then
		why="tracefs is not mounted, and this user may not mount it"
	elif [ ! -e /sys/kernel/tracing/events/kvm/kvm_exit/id ]; then
		why="no tracepoint kvm:kvm_exit that this user can see"
	elif ! why=$($guest --user out=1 2>&1); then
		why="no guest runs: $why"
	elif why=$(bin/exitstat report --source kvm --pid 1 2>&1); [[ $why == *"cannot read it"* ]]; then
		: # said in one line already
	else
		return
	fi
	echo "1..0 # SKIP $why"
	exit 0
}

# kvm_record DIR [GUEST ARGUMENTS]: record one run of the guest, from before its first exit to its end. What the
# guest printed is in $tap_dir/guest. More options of exitstat record: $record_options; $stalled: it does not read
# while the guest runs.
kvm_record()
{
	local dir=$1 recorder
	shift
	coproc GUEST { exec $guest --wait "$@"; }
	local pid=$GUEST_PID in=${GUEST[1]} out=${GUEST[0]}
	exec {guest_in}>&"$in" {guest_out}<&"$out"
	read -r -u "$guest_out" || return 1
	# shellcheck disable=SC2086
	$exitstat record -o "$dir" --source kvm --pid "$pid" $record_options &
	recorder=$!
	while [ ! -s "$dir/metadata" ]; do
		kill -0 $recorder 2>/dev/null || return 1
		sleep 0.05
	done
	[ -z "$stalled" ] || kill -STOP $recorder
	echo >&"$guest_in"
	exec {guest_in}>&-
	cat <&"$guest_out" >"$tap_dir/guest"
	exec {guest_out}<&-
	[ -z "$stalled" ] || kill -CONT $recorder
	wait $recorder
}

# report FILTER DIR: a line of values of the report in JSON.
kvm_value()
{
	$exitstat report --json "$2" | python3 -c 'import json, sys
root = json.load(sys.stdin)
reasons = {row["reason"] or row["number"]: row for row in root["reasons"]}
host = {row["reason"] or row["number"]: row for row in root["host_time"]}
print('"$1"')'
}
