#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The PCI and virtio devices, built for the host, against a fuzzer for a few seconds: the same inputs on every run.
. "$SRCDIR/tests/tap.sh"

corpus=$SRCDIR/tests/fuzz/corpus/virtio
if [ -x unit/fuzz-virtio ]; then
	tap_ok "the corpus is served" unit/fuzz-virtio "$corpus"/*
	mkdir "$tap_dir/found"
	tap_ok "so are 20000 variations of it" unit/fuzz-virtio -seed=1 -runs=20000 -max_len=4096 -timeout=10 \
		-artifact_prefix="$tap_dir/" "$tap_dir/found" "$corpus"
else
	tap_skip "virtio devices under a fuzzer" "clang's libFuzzer was not found"
fi
tap_done
