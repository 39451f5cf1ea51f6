#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ATA disk's registers against a fuzzer, for a few seconds: the same inputs on every run.
. "$SRCDIR/tests/tap.sh"

corpus=$SRCDIR/tests/fuzz/corpus/ata
if [ -x unit/fuzz-ata ]; then
	tap_ok "the corpus does no harm" unit/fuzz-ata "$corpus"/*
	mkdir "$tap_dir/found"
	tap_ok "nor do 5000 variations of it" unit/fuzz-ata -seed=1 -runs=5000 -max_len=600 \
		-artifact_prefix="$tap_dir/" "$tap_dir/found" "$corpus"
else
	tap_skip "the ATA disk under a fuzzer" "clang's libFuzzer was not found"
fi
tap_done
