#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The reader of recorded traces against two fuzzers, for a few seconds: libFuzzer makes the same inputs on every run.
. "$SRCDIR/tests/tap.sh"

corpus=$SRCDIR/tests/fuzz/corpus/trace
if [ -x unit/fuzz-trace ]; then
	tap_ok "the corpus is read" unit/fuzz-trace "$corpus"/*
	mkdir "$tap_dir/found"
	tap_ok "so are 20000 variations of it" unit/fuzz-trace -seed=1 -runs=20000 -max_len=8192 \
		-artifact_prefix="$tap_dir/" "$tap_dir/found" "$corpus"
else
	tap_skip "the reader of recorded traces under a fuzzer" "clang's libFuzzer was not found"
fi
if [ -x unit/afl-trace ]; then
	tap_ok "and 10 seconds of AFL++" "$SRCDIR/tests/aflfuzz" 10 trace
	tap_says '^trace: [1-9][0-9]{2,} executions, .* 0 crashes, 0 hangs$' "  which got somewhere"
else
	tap_skip "the reader of recorded traces under AFL++" "AFL++ was not found"
fi
tap_done
