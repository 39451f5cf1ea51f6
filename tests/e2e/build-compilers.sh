#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# The compiler that configure did not choose builds everything too, without a warning (-Werror).
# Kept in build-other/: only what changed is compiled.
. "$SRCDIR/tests/tap.sh"

case $("$CC" --version) in
*clang*) other=gcc ;;
*)	 other=clang ;;
esac
if ! command -v $other >/dev/null; then
	tap_skip "$other builds everything" "no $other"
	tap_done
	exit
fi
mkdir -p build-other
cd build-other || exit
tap_ok "configure CC=$other" "$SRCDIR/configure" CC=$other
tap_ok "$other builds everything" make -j2 all
tap_ok "and says nothing about it" sh -c "! grep -v '^  [A-Z]' '$tap_dir/output'"
if command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	tap_ok "a guest runs on $other's build" bin/vtrun --timeout 60 workloads/null.elf
else
	tap_skip "a guest runs on $other's build" "no Bochs"
fi
tap_done
