#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# The tarball builds with ./configure && make, elsewhere and read-only; what is installed works from
# its prefix; uninstall and distclean leave nothing.
. "$SRCDIR/tests/tap.sh"

build=$PWD
tap_ok "make dist" make -s dist
tarball=$(echo vtscope-*.tar.gz)
name=${tarball%.tar.gz}
cp "$name.tar.gz" "$tap_dir/first.tar.gz"
tap_ok "the other tarball is there" xz -t "$name.tar.xz"
tap_ok "the same tree makes the same tarball" sh -c \
	"make -s '$name.tar.gz' && cmp '$name.tar.gz' '$tap_dir/first.tar.gz'"
tar -x -C "$tap_dir" -f "$name.tar.gz"
rm -f "$name.tar.gz" "$name.tar.xz"
src=$tap_dir/$name
tap_ok "it holds what git tracks" diff <(cd "$SRCDIR" && tests/files | LC_ALL=C sort) \
	<(cd "$src" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort)
chmod -R a-w "$src"

mkdir "$tap_dir/build"
cd "$tap_dir/build" || exit
tap_ok "configure" "$src/configure" CC="$CC" --prefix="$tap_dir/to/usr"
tap_ok "make" make -j2
tap_ok "then nothing is left to make" make -q
tap_ok "make install" make -s install DESTDIR="$tap_dir/root"
mkdir "$tap_dir/to"
mv "$tap_dir/root$tap_dir/to/usr" "$tap_dir/to/usr"
find "$tap_dir/to/usr" -type f | sed "s,^$tap_dir/to/usr/,," | sort >"$tap_dir/installed"
for file in bin/vtrun bin/vmtop bin/exitstat bin/vtbench lib/vtscope/vmm.elf lib/vtscope/boot.bin \
	share/man/man1/vtrun.1 lib/vtscope/workloads/null.elf; do
	if [ $file = bin/vmtop ] && [ ! -e "$build/bin/vmtop" ]; then
		tap_skip "installed: $file" "built without ncursesw"
	else
		tap_ok "installed: $file" grep -qx "$file" "$tap_dir/installed"
	fi
done
for program in "$tap_dir/to/usr/bin"/*; do
	tap_ok "${program##*/} --version" "$program" --version
	tap_says "${name#vtscope-}" "says ${name#vtscope-}"
	tap_ok "${program##*/} has a manual page" test -s "$tap_dir/to/usr/share/man/man1/${program##*/}.1"
done
# left_out: what is installed and in no Debian package (debian/*.install).
left_out()
{
	local file pattern
	sed 's,^,usr/,' "$tap_dir/installed" | while read -r file; do
		for pattern in $(sed 's/ .*//' "$src"/debian/*.install); do
			case $file in $pattern | $pattern/*) continue 2 ;; esac
		done
		echo "$file"
	done
}
tap_ok "all of it is in a Debian package" test -z "$(left_out | tee /dev/stderr)"
tap_ok "which has the same version" grep -q "^vtscope (${name#vtscope-}) " "$src/debian/changelog"
if command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	cd / || exit
	tap_ok "the installed vtrun runs an installed guest by name" "$tap_dir/to/usr/bin/vtrun" --timeout 60 null
	cd "$tap_dir/build" || exit
else
	tap_skip "the installed vtrun runs an installed guest by name" "no Bochs"
fi
tap_ok "make uninstall" make -s uninstall
tap_ok "leaves no file" test -z "$(find "$tap_dir/to" -type f)"
tap_ok "leaves no directory of its own" test -z "$(find "$tap_dir/to" -name vtscope)"
tap_ok "make distclean" make -s distclean
tap_ok "leaves nothing" test -z "$(find . -mindepth 1 | tee /dev/stderr)"

# In the source tree itself, which is the first thing that people do.
chmod -R u+w "$src"
cd "$src" || exit
find . -type f | sort >"$tap_dir/before"
tap_ok "configure and make in the tree" sh -c "./configure CC='$CC' -q && make -s -j2"
tap_ok "distclean in the tree" make -s distclean
tap_ok "leaves the tree as it was" diff "$tap_dir/before" <(find . -type f | sort)
tap_done
