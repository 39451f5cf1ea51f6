#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What recording one event costs, beside LTTng-UST with a session that records: bench/trace/record.sh ROUNDS
# In the build directory. The session daemon is private to this run, and gone after it: it belongs to us, or, where
# we are root, to nobody, since root's daemon would be the whole system's.

home=$(mktemp -d "${TMPDIR:-/tmp}/vtscope-lttng.XXXXXX") || exit 2
# shellcheck disable=SC2317
cleanup()
{
	local daemon
	if daemon=$(cat "$home/daemon" 2>/dev/null); then
		kill "$daemon"
		for _ in {1..100}; do
			kill -0 "$daemon" 2>/dev/null || break
			sleep 0.1
		done
	fi
	rm -rf "$home"
}
trap cleanup EXIT

user=
[ "$(id -u)" != 0 ] || user=65534
export LTTNG_HOME=$home HOME=$home
as_user()
{
	if [ -n "$user" ]; then
		setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
	else
		"$@"
	fi
}
lttng_do() { as_user timeout 20 lttng --no-sessiond "$@" >>"$home/log" 2>&1; }

# start_session: or say why there is none.
start_session()
{
	[ -e obj/bench/trace-lttng.so ] || { echo "no liblttng-ust-dev"; return 1; }
	command -v lttng lttng-sessiond >/dev/null || { echo "no lttng-tools"; return 1; }
	cp obj/bench/trace-lttng.so "$home/" || return 1
	[ -z "$user" ] || chown -R "$user:$user" "$home"
	as_user lttng-sessiond --daemonize --no-kernel --pidfile="$home/daemon" >>"$home/log" 2>&1 </dev/null
	for _ in {1..100}; do
		! lttng_do list || break
		sleep 0.1
	done
	lttng_do create bench --output="$home/trace" &&
		lttng_do enable-channel --userspace --subbuf-size=8M --num-subbuf=8 room &&
		lttng_do enable-event --userspace --channel=room vtscope_bench:event && lttng_do start ||
		{ echo "lttng: $(tail -n 1 "$home/log")"; return 1; }
}

if why=$(start_session); then
	export VTS_BENCH_LTTNG=$home/trace-lttng.so VTS_BENCH_USER=$user
else
	export VTS_BENCH_LTTNG_WHY=$why
fi
LTTNG_UST_REGISTER_TIMEOUT=10000 obj/bench/trace-record "$@"
status=$?
if [ -n "$VTS_BENCH_LTTNG" ]; then
	lttng_do stop
	lttng_do list bench
	sed -n 's/^ *Discarded events: *\([1-9][0-9]*\).*/LTTng-UST: \1 events found no room: its figure is too low/p' "$home/log"
fi
exit $status
