#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Small matrices on the real engine: a VMM that lies is caught, what recording costs is shown, VPID off.
. "$SRCDIR/tests/tap.sh"

tap_fails 1 "a handler that lies" bin/vtbench run --workload cpuid --paging ept,shadow --vmm standard,corrupt \
	--ops 200 --timeout 60 --out "$tap_dir/corrupt"
tap_says 'cpuid ept corrupt: FAILED: digest [0-9a-f]+, where native has [0-9a-f]+' "fails its cell for the digest"
tap_says 'cpuid shadow corrupt: FAILED: digest' "under shadow as well"
tap_says 'cpuid ept: .* ok$' "and no other cell"
[ "$(grep -c '"ok":false' "$tap_dir/corrupt/results.jsonl")" = 2 ]
tap_result $? "two lines say that they are not ok"

tap_ok "recording compiled out" bin/vtbench run --workload cpuid,invlpg --vmm standard,norecord --ops 200 \
	--timeout 60 --out "$tap_dir/norecord"
bin/vtbench bars "$tap_dir/norecord" >"$tap_dir/output"
tap_says '^cpuid +ept +[0-9]+ +[0-9]+ +1.000 +1.000 +[0-9.]+ +[0-9.]+ +holds$' "shows what recording costs"

tap_ok "VPID off, other page sizes" bin/vtbench run --workload demand,ctxswitch --vpid off --ept-pages 4k,2m \
	--ops 200 --timeout 60 --out "$tap_dir/variants"
grep '"workload":"ctxswitch","paging":"shadow"' "$tap_dir/variants/results.jsonl" >"$tap_dir/output"
tap_says '"transition_flushes":20[0-9],' "without VPID every exit flushes, and that is counted"
tap_says '"tlb_flushes":\{\}' "and no instruction does"
tap_done
