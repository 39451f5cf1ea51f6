#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Damaged traces: one byte flipped at many places, and cut at many lengths. exitstat (built with sanitizers)
# never crashes, says what is wrong, and shows the rest.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
good=$tap_dir/good
bad=$tap_dir/bad
tests/exitstat-trace known "$good" || exit 1
stream_bytes=$(stat -c %s "$good/vcpu0")
metadata_bytes=$(stat -c %s "$good/metadata")
cp -r "$good" "$bad"

# flip FILE OFFSET: make another byte of it.
flip()
{
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$good/$1")
	cp "$good/$1" "$bad/$1"
	printf '%b' "\\x$(printf %02x $((byte ^ 0x41)))" |
		dd of="$bad/$1" bs=1 seek="$2" conv=notrunc status=none
}

# check WHERE LEAST: report's status is 0, it warns, and shows at least LEAST events.
check()
{
	local status events
	$exitstat report "$bad" --json >"$tap_dir/json" 2>"$tap_dir/errors"
	status=$?
	events=$(tests/exitstat-json events <"$tap_dir/json" 2>&1)
	if [ $status != 0 ] || ! grep -q '^exitstat: .*damaged' "$tap_dir/errors" || ! [ "$events" -ge "$2" ]; then
		echo "$1: status $status, events ${events:-none}: $(head -c 600 "$tap_dir/errors")"
	fi
}

for ((offset = 0; offset < stream_bytes; offset += 89)); do
	flip vcpu0 $offset
	check "byte $offset of vcpu0" 165
done >"$tap_dir/failures"
cp "$good/vcpu0" "$bad/vcpu0"
tap_ok "a byte of the stream flipped: said, and at most two records missing" diff /dev/null "$tap_dir/failures"

for ((offset = 0; offset < metadata_bytes; offset += 277)); do
	flip metadata $offset
	check "byte $offset of metadata" 167
done >"$tap_dir/failures"
cp "$good/metadata" "$bad/metadata"
tap_ok "a byte of the metadata flipped: said, and every record shown" diff /dev/null "$tap_dir/failures"

for ((bytes = 128; bytes < stream_bytes; bytes += 197)); do
	head -c $bytes "$good/vcpu0" >"$bad/vcpu0"
	least=$((bytes / 64 - 1))
	check "cut to $bytes bytes" $((least < 167 ? least : 167))
done >"$tap_dir/failures"
cp "$good/vcpu0" "$bad/vcpu0"
tap_ok "the stream cut: said, and every whole record shown" diff /dev/null "$tap_dir/failures"

for bytes in 0 1 63 64 127; do
	head -c $bytes "$good/vcpu0" >"$bad/vcpu0"
	tap_fails 2 "a stream of $bytes bytes, without one record: status 2" $exitstat report "$bad"
	tap_says '^exitstat: ' "  and says so"
done
cp "$good/vcpu0" "$bad/vcpu0"

rm "$bad/metadata"
tap_ok "no metadata: the records are shown" $exitstat report "$bad"
tap_says '^exitstat: .*metadata' "  and it says so"
head -c 65536 /dev/urandom >"$bad/vcpu0"
cp "$good/metadata" "$bad/metadata"
tap_fails 2 "noise instead of a stream" $exitstat report "$bad"
tap_says '^exitstat: .*nothing could be read' "  says so"
tap_fails 2 "hist of it" $exitstat hist "$bad"
tap_fails 2 "diff with it" $exitstat diff "$good" "$bad"
tap_done
