#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Multiboot 1 image (tests/multiboot/), ELF32 and flat, under EPT and under shadow paging: what it is given, paging in all
# formats, and its end through isa-debug-exit; damaged ones are refused.
. "$SRCDIR/tests/tap.sh" || exit 1
exec </dev/null

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

out=$tap_dir/out
printf 'module' >"$tap_dir/module"
# 31-fold and add, as image.c does.
sum=$(od -An -v -tu1 "$tap_dir/module" | awk '{ for (i = 1; i <= NF; i++) s = (s * 31 + $i) % 4294967296 } END { printf "%016x", s }')

# lines FILE: what the image prints there.
lines()
{
	cat <<END
magic 000000002badb002
cr0 0000000000000011
cr4 0000000000000000
if 0000000000000000
bss 0000000000000000
flags 000000000000024d
cmdline $1 a b=c
loader vtscope
upper 0000000000007c00
map 0000000000000000
  bytes 00000000000a0000
  type 0000000000000001
map 00000000000e0000
  bytes 0000000000020000
  type 0000000000000002
map 0000000000100000
  bytes 0000000001f00000
  type 0000000000000001
module 0000000000000006
  sum $sum
32-bit 0000000000005eed
pae 0000000000005eed
64-bit 014b66dc1df4d840
end
END
}

for paging in ept shadow; do
	for image in multiboot.elf multiboot-flat; do
		bin/vtrun --timeout 60 --paging $paging --mem 32M --initrd "$tap_dir/module" --append "a b=c" tests/$image >"$out"
		tap_result $(($? != 43)) "$paging, $image: ends with what it wrote to isa-debug-exit, twice and one"
		tap_ok "$paging, $image: what it was given" diff <(lines $image) "$out"
	done
done
tap_fails 43 "without module and command line" bin/vtrun --timeout 60 tests/multiboot-flat
tap_says '^cmdline multiboot-flat$' "  there is its name"

# patched OFFSET BYTES: the flat image with these octal bytes at the offset in its Multiboot header, its checksum right again.
patched()
{
	cp tests/multiboot-flat "$tap_dir/patched"
	printf "$2" | dd of="$tap_dir/patched" bs=1 seek=$1 conv=notrunc status=none
}
patched 4 '\007\000\001\000\367\117\121\344' # flags 0x10007, checksum
tap_fails 125 "refused: it wants a video mode" bin/vtrun "$tap_dir/patched"
tap_says 'the image wants a video mode' "  and said"
patched 16 '\000\000\040\000' # load_addr 0x200000, above the header's
tap_fails 125 "refused: addresses that contradict each other" bin/vtrun "$tap_dir/patched"
tap_says 'addresses contradict each other' "  and said"
head -c 600 tests/multiboot-flat >"$tap_dir/patched"
tap_fails 125 "refused: half an image" bin/vtrun "$tap_dir/patched"
tap_says 'truncated image: a part lies behind' "  and said"
head -c 4200 tests/multiboot.elf >"$tap_dir/patched"
tap_fails 125 "refused: half an ELF32 file" bin/vtrun "$tap_dir/patched"
tap_says 'truncated image: ' "  and said"
truncate -s 64M "$tap_dir/module"
tap_fails 125 "refused: a module that does not fit" bin/vtrun --initrd "$tap_dir/module" tests/multiboot-flat
tap_says 'do not fit into .* \([0-9]+ MiB or more\)' "  and said"
tap_done
