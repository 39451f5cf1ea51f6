#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: alone
# tests/run: timeout 300
# vtrun's end of the hop, with an image in the VMM's place that writes records and text as fast as the engine can,
# and then what must not be believed.
. "$SRCDIR/tests/tap.sh"

vtrun=$PWD/bin/vtrun
dir=$tap_dir
RECORDS=3000000
exec </dev/null

hop_test()
{
	"$vtrun" --vmm hop-test.elf --timeout 100 "$@"
}

# Every record is a function of its number: none missing, none twice, none changed.
records_check()
{
	python3 - "$1" "$2" <<'PY'
import struct, sys
data, wanted, n, seq = open(sys.argv[1], "rb").read(), int(sys.argv[2]), 0, 0
at = 0
while at < len(data):
    magic, content, packet, discarded, sequence = struct.unpack_from("<I4xQQ16xQQ", data, at)
    if magic != 0xC1FC1FC1 or discarded or sequence != seq:
        sys.exit("packet %d is damaged" % seq)
    for record in struct.iter_unpack("<QBBHBBHQ5Q", data[at + 64:at + content // 8]):
        if n < wanted:
            expected = (n, 9, 0, n & 0xffff, 0, 0, 0, n, n, 0x706f68, 0, 0, n * 0x9e3779b97f4a7c15 & (1 << 64) - 1)
            if record != expected:
                sys.exit("record %d is %s" % (n, record))
        n += 1
    at += packet // 8
    seq += 1
if n != wanted + 1:
    sys.exit("%d records, not %d" % (n, wanted + 1))
PY
}

start=${EPOCHREALTIME/./}
tap_ok "$RECORDS records at full speed" hop_test --record "$dir/trace" workloads/null.elf -- records=$RECORDS
elapsed=$((${EPOCHREALTIME/./} - start))
rate=$((RECORDS * 1000000 / elapsed))
echo "# $rate records a second, with the engine's start and recording"
tap_ok "that is 500,000 a second or more" test $rate -ge 500000
if command -v python3 >/dev/null; then
	tap_ok "every record is there, once, as written" records_check "$dir/trace/vcpu0" $RECORDS
else
	tap_skip "every record is there, once, as written" "no python3"
fi
if command -v babeltrace2 >/dev/null; then
	hop_test --record "$dir/small" workloads/null.elf -- records=5000
	tap_ok "babeltrace2 counts them too" bash -c "[ \$(babeltrace2 '$dir/small' | wc -l) = 5001 ]"
else
	tap_skip "babeltrace2 counts them too" "no babeltrace2"
fi
for records in 510 511 512 1021 1022; do # around a packet's end; vm_stop is one more
	hop_test --record "$dir/edge-$records" workloads/null.elf -- records=$records
	tap_ok "$records records and an end" records_check "$dir/edge-$records/vcpu0" $records
done

tap_ok "2 MB of output" bash -c "'$vtrun' --vmm hop-test.elf workloads/null.elf -- console=2000000 >'$dir/text'"
tap_ok "all of it is there" bash -c "awk 'BEGIN { for (n = 0; n < 31250; n++) { l = \"\"; c = n % 10;
	for (i = 0; i < 63; i++) l = l c; print l } }' | cmp - '$dir/text'"
tap_ok "a slow reader loses nothing" bash -c "
	'$vtrun' --vmm hop-test.elf workloads/null.elf -- console=2000000 | { sleep 2; cat; } | cmp - '$dir/text'"
hop_test workloads/null.elf -- log=64 2>"$dir/log"
tap_ok "messages of the VMM are on standard error, marked" test "$(grep -cx 'vmm: l*' "$dir/log")" = 2
tap_fails 125 "a processor without VT-x is the engine's failure" hop_test workloads/null.elf -- stop=9
tap_fails 126 "a guest that the VMM ended" hop_test workloads/null.elf -- stop=3
tap_says "null.elf: ended by the VMM: outside_memory" "the reason is said"

# misbehaves THEN PATTERN WHAT
misbehaves()
{
	tap_fails 125 "$3" hop_test --record "$dir/bad-$1" workloads/null.elf -- records=600 then=$1
	tap_says "^vtrun: .*$2" "$3: it is said"
	tap_ok "$3: the trace reads" bin/exitstat report "$dir/bad-$1"
}
misbehaves head "event ring says" "a ring head that cannot be"
misbehaves console "console ring says" "a console head that cannot be"
misbehaves packet "packet 1 is not what was taken" "a packet announced that is not closed"
misbehaves abi "ABI 2 .*: build VMM and vtrun together" "another version of the ABI"
misbehaves vanish "Bochs ended before its guest did" "an engine that ends without a word"
misbehaves panic "3rd .* exception with no resolution" "a VMM that faults beyond help"
tap_fails 124 "a VMM that hangs" "$vtrun" --vmm hop-test.elf --timeout 3 --record "$dir/hang" workloads/null.elf -- \
	records=600 then=hang
tap_ok "its records were taken" records_check "$dir/hang/vcpu0" 600
tap_fails 124 "a VMM that never greets" "$vtrun" --vmm hop-test.elf --timeout 3 workloads/null.elf -- first=silent
tap_done
