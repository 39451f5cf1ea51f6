#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cron, batch systems, containers: no XDG_RUNTIME_DIR or a bad one, no HOME, no TMPDIR, no standard input. A VM that is started
# from one such shell is seen, watched and recorded from another, and neither leaves a file.
. "$SRCDIR/tests/tap.sh"

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi
# A tree that every user may read; the build's may be closed to them.
chmod 711 "$tap_dir"
tree=$tap_dir/tree
mkdir -p "$tree/bin" "$tree/lib" "$tree/workloads"
cp bin/vtrun bin/exitstat "$tree/bin"
cp lib/boot.bin lib/vmm.elf "$tree/lib"
cp workloads/mixed.elf "$tree/workloads"
[ ! -x bin/vmtop ] || cp bin/vmtop "$tree/bin"
mkdir -m 1777 "$tap_dir/traces"
vm=
trap '[ -z "$vm" ] || kill $vm 2>/dev/null; wait; rm -rf "$tap_dir"' EXIT
cd / || exit

# What a command is begun with: nothing of this environment, as $user. No standard input either: <&-
user=() bare=()

# seen: the VM is listed; waits for it.
seen()
{
	for ((i = 0; i < 200; i++)); do
		! "${bare[@]}" "$tree/bin/exitstat" list 2>"$tap_dir/err" <&- | grep -q "^$name " || return 0
		sleep 0.05
	done
	cat "$tap_dir/err" "$tap_dir/vtrun"
	return 1
}

once() { "${bare[@]}" "$tree/bin/vmtop" --attach "$name" --once -i 0.1 <&-; }

# works WHAT ENVIRONMENT...: a VM in that environment, and what is seen of it there.
works()
{
	local what=$1 trace=$tap_dir/traces/$tap_count
	shift
	bare=("${user[@]}" env -i PATH=/usr/bin:/bin ${BOCHS:+BOCHS="$BOCHS"} "$@")
	name=environment-$$-$tap_count
	"${bare[@]}" "$tree/bin/vtrun" --timeout 60 --name "$name" mixed >"$tap_dir/vtrun" 2>&1 <&- &
	vm=$!
	tap_ok "$what: another shell sees the VM" seen
	if [ -x "$tree/bin/vmtop" ]; then
		tap_ok "$what: vmtop --once watches it" once
		tap_says "^engine bochs .* guest mixed" "$what: and shows it"
	else
		tap_skip "$what: vmtop --once watches it" "built without ncursesw"
	fi
	tap_ok "$what: exitstat records it" "${bare[@]}" "$tree/bin/exitstat" record -o "$trace" --attach "$name" --events 100
	kill $vm
	wait $vm
	tap_result "$([ $? = 143 ]; echo $?)" "$what: and it ends when it is told to"
	vm=
}

mkdir "$tap_dir/empty" "$tap_dir/closed"
: >"$tap_dir/file"
works "no environment at all"
works "empty words" XDG_RUNTIME_DIR= HOME= TMPDIR= TERM=
works "nothing there" XDG_RUNTIME_DIR=/nonexistent/run HOME=/nonexistent TMPDIR=/nonexistent
works "a file instead of a directory" XDG_RUNTIME_DIR="$tap_dir/file" HOME="$tap_dir/file"
works "a directory" XDG_RUNTIME_DIR="$tap_dir/empty" HOME="$tap_dir/empty" TMPDIR="$tap_dir/empty"
tap_ok "in which nothing is left" test -z "$(ls -A "$tap_dir/empty")"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 700 "$tap_dir/closed"
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	works "another user's directories" XDG_RUNTIME_DIR="$tap_dir/closed" HOME="$tap_dir/closed"
else
	tap_skip "another user's directories" "not root"
fi
tap_done
