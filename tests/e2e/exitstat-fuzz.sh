#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Baselines, histories and rules of any bytes, for a few seconds: the same inputs on every run.
. "$SRCDIR/tests/tap.sh"

corpus=$SRCDIR/tests/fuzz/corpus/stored
if [ -x unit/fuzz-stored ]; then
	tap_ok "the corpus is read" unit/fuzz-stored "$corpus"/*
	mkdir "$tap_dir/found"
	tap_ok "so are 5000 variations of it" unit/fuzz-stored -seed=1 -runs=5000 -max_len=8192 \
		-artifact_prefix="$tap_dir/" "$tap_dir/found" "$corpus"
else
	tap_skip "what exitstat stores under a fuzzer" "clang's libFuzzer was not found"
fi
tap_done
