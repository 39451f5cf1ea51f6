#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest made outside the tree, of what `make install` installs, runs with the installed vtrun.
. "$SRCDIR/tests/tap.sh"

root=$tap_dir/root
unset VTSCOPE_LIBDIR
tap_ok "make install" make -s install DESTDIR="$root"
config=$(find "$root" -name vtscope-guest.pc)
prefix=$(sed -n 's/^prefix=//p' "$config")
export PKG_CONFIG_PATH=${config%/*} PKG_CONFIG_SYSROOT_DIR=$root PATH=$root$prefix/bin:$PATH
if ! command -v pkg-config >/dev/null; then
	tap_skip "a guest outside the tree" "no pkg-config"
	tap_done
	exit
fi
cd "$tap_dir" || exit
tap_ok "pkg-config knows vtscope-guest" pkg-config --modversion vtscope-guest
flags=$(pkg-config --cflags vtscope-guest)
tap_result "$([[ $(pkg-config --cflags --libs vtscope-guest) != *"$SRCDIR"* ]]; echo $?)" "and it names nothing of the source tree"

# alone HEADER: it needs no other before it, and of headers outside the SDK only the compiler's own.
alone()
{
	echo "#include <vtscope/$1>" | $CC -std=c11 -Wall -Wextra -Werror -nostdinc \
		-isystem "$($CC -print-file-name=include)" $flags -fsyntax-only -x c -
}
none_fails()
{
	local header failed=0
	for header in "$root$prefix"/include/vtscope/*.h; do
		alone "${header##*/}" || failed=1
	done
	return $failed
}
tap_ok "every installed header stands alone" none_fails

example=$(find "$root" -path '*/examples/guest')
for compiler in "$CC" ${CLANG:+"$CLANG"}; do
	rm -rf guest
	cp -r "$example" guest
	tap_ok "the example builds with $compiler" make -C guest CC="$compiler"
done
if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	tap_skip "the example runs" "no Bochs"
	tap_done
	exit
fi
for paging in native ept shadow; do
	tap_ok "it runs: $paging" vtrun --timeout 60 --paging $paging --ept-pages 4k --record $paging guest/stride.elf -- ops=500 kib=8
	tap_says "^stride: ops 500 digest " "and says so"
	cp output $paging.out
done
tap_ok "natively it computes what it does under EPT" cmp <(cut -d' ' -f1-5 native.out) <(cut -d' ' -f1-5 ept.out)
tap_ok "and under shadow paging" cmp <(cut -d' ' -f1-5 native.out) <(cut -d' ' -f1-5 shadow.out)
for row in "ept ept_violation: demand_fill" "shadow shadow_fault: fill"; do
	tap_ok "exitstat report: ${row%% *}" exitstat report "${row%% *}" --phase stride
	tap_says "^phase stride: 1 run" "the phase shows"
	tap_says "^${row#* } +500 " "with an exit an operation"
done
tap_fails 2 "an argument that it does not have is refused" vtrun --timeout 60 guest/stride.elf -- pages=1
tap_done
