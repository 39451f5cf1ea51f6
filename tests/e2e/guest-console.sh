#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# The console's devices: what a guest writes is what comes out, however it drives them; what is typed comes in, and wakes it.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

guest=tests/guest/console.elf
awk 'BEGIN {
	for (n = 0; n < 300; n++) {
		line = sprintf("%07d ", n)
		for (i = 8; i < 63; i++)
			line = line sprintf("%c", 97 + (i + n) % 26)
		print line
	}
	printf "LOADED INPUT"
}' >"$tap_dir/want"

# writes HOW OPTIONS...: its output is what was asked for.
writes()
{
	printf 'loaded input' | bin/vtrun --timeout 60 "${@:2}" $guest -- how="$1" lines=300 read=12 >"$tap_dir/got" &&
		cmp "$tap_dir/want" "$tap_dir/got"
}

# exits HOW OPTIONS...: so many port accesses and notifications, for one line more.
exits()
{
	local lines count=() how=$1
	shift
	for lines in 100 101; do
		rm -rf "$tap_dir/trace"
		bin/vtrun --timeout 60 --record "$tap_dir/trace" "$@" $guest -- how="$how" lines=$lines >/dev/null </dev/null || return
		count+=("$(bin/exitstat report "$tap_dir/trace" --json | tests/exitstat-json exits)")
	done
	echo $((count[1] - count[0]))
}

for paging in ept shadow; do
	for how in uart fifo irq; do
		tap_ok "$paging: $how: all that is written comes out, loaded input comes in" writes $how --paging $paging
	done
	for how in uart virtio virtioirq; do
		tap_ok "$paging, pv: $how: all that is written comes out, loaded input comes in" writes $how --paging $paging --io pv
	done
done
tap_ok "a line is 128 exits of the UART" test "$(exits uart)" = 128
tap_ok "with its FIFO 68" test "$(exits fifo)" = 68
tap_ok "and 1 of the virtio console" test "$(exits virtio --io pv)" = 1
tap_ok "with an interrupt 2" test "$(exits virtioirq --io pv)" = 2
tap_ok "  whose end exits without a virtual APIC" test "$(exits virtioirq --io pv --no-apicv)" = 3
tap_ok "native: uart" writes uart --paging native
tap_ok "native: fifo" writes fifo --paging native
tap_fails 3 "without --io pv there is no virtio console" bin/vtrun --timeout 60 $guest -- how=virtio

# ---- typed input ----

if ! command -v python3 >/dev/null; then
	tap_skip "typed input" "no python3"
	tap_done
	exit
fi

# types HOW OPTIONS...: two words, typed in a terminal when the guest has been waiting for a while, come back as capitals.
types()
{
	python3 - "$1" "${@:2}" <<'PY'
import os, pty, re, select, sys, time

how, options = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv("bin/vtrun", ["vtrun", "--timeout", "60", *options, "tests/guest/console.elf", "--",
                           "how=" + how, "lines=1", "read=9"])
seen = b""

def wait_for(pattern):
    global seen
    end = time.time() + 40
    while not re.search(pattern, seen):
        if time.time() > end or not select.select([terminal], [], [], 1)[0] and time.time() > end:
            sys.exit("not seen: %r in %r" % (pattern, seen))
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            sys.exit("ended without %r: %r" % (pattern, seen))

wait_for(rb"0000000 [a-z]+\r?\n")
time.sleep(0.5)
os.write(terminal, b"four")
wait_for(rb"FOUR")
time.sleep(0.3)
os.write(terminal, b"fives")
wait_for(rb"FIVES")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(seen)
sys.exit(status)
PY
}

for paging in ept shadow; do
	tap_ok "$paging: typed, for a UART that is polled" types uart --paging $paging
	tap_ok "$paging: typed, for a virtio console that is polled" types virtio --paging $paging --io pv
	for idle in realtime warp; do
		tap_ok "$paging, $idle: typed, wakes a guest at its UART" types irq --paging $paging --idle $idle
		tap_ok "$paging, $idle: typed, wakes a guest at its virtio console" types virtioirq --paging $paging --io pv --idle $idle
	done
done
tap_done
