#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 120
# Multiboot images, as ELF32 files and flat, under EPT and shadow paging: what they find, paging of each kind, how they end;
# and what is no image, or a damaged one.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

for ((i = 0; i < 500; i++)); do printf 0123456789; done >"$tap_dir/one"
: >"$tap_dir/two"

# image PAGING FORM OPTIONS...: it ends by isa-debug-exit with 16, so with status 33, and all its tests hold.
image()
{
	local status
	bin/vtrun --timeout 60 --paging "$1" "${@:3}" "tests/multiboot-$2" >"$tap_dir/console" 2>&1
	status=$?
	[ $status = 33 ] && ! grep '^not ok' "$tap_dir/console" || { echo "status $status"; cat "$tap_dir/console"; false; }
}

for paging in ept shadow; do
	for form in elf flat; do
		tap_ok "$form, $paging: its tests" image $paging $form --initrd "$tap_dir/one two=2,$tap_dir/two" --append 'a  b'
		tap_ok "$form, $paging: they are all there" grep -q '^1\.\.26$' "$tap_dir/console"
		tap_ok "$form, $paging: the command line" grep -q "^# multiboot-$form a  b\$" "$tap_dir/console"
	done
	tap_ok "$paging: no module, no command line, 1 GiB" image $paging elf --mem 1G
done

# twin OPTIONS...: two runs give the same trace.
twin()
{
	rm -rf "$tap_dir/a" "$tap_dir/b"
	image "$@" --record "$tap_dir/a" && image "$@" --record "$tap_dir/b" && diff -r "$tap_dir/a" "$tap_dir/b"
}
tap_ok 'twin runs are identical' twin shadow flat

# refused FILE PATTERN OPTIONS...: status 125, and one line that says why.
refused()
{
	local status output
	output=$(bin/vtrun --timeout 60 "${@:3}" "$1" 2>&1)
	status=$?
	echo "status $status: $output"
	[ $status = 125 ] && [ "$(wc -l <<<"$output")" = 1 ] && [[ $output == *$2* ]]
}

elf=tests/multiboot-elf flat=tests/multiboot-flat
# word FILE OFFSET VALUE: a copy with the 32-bit word at OFFSET changed, its header's sum corrected if that is in it.
word()
{
	python3 - "$1" "$2" "$3" "$tap_dir/changed" <<-'end'
		import struct, sys
		data = bytearray(open(sys.argv[1], 'rb').read())
		at = data.find(struct.pack('<I', 0x1badb002))
		offset = sys.argv[2]
		offset = at + int(offset[1:]) if offset[0] == 'h' else int(offset)
		data[offset:offset + 4] = struct.pack('<I', int(sys.argv[3], 0))
		magic, flags = struct.unpack('<II', data[at:at + 8])
		data[at + 8:at + 12] = struct.pack('<I', -(magic + flags) & 0xffffffff)
		open(sys.argv[4], 'wb').write(data)
	end
}
head -c 2000 $flat >"$tap_dir/cut"
tap_ok 'flat, cut' refused "$tap_dir/cut" 'truncated Multiboot image'
head -c 6000 $elf >"$tap_dir/cut"
tap_ok 'ELF32, cut' refused "$tap_dir/cut" 'truncated Multiboot image'
word $flat h4 0x10007
tap_ok 'it wants a video mode' refused "$tap_dir/changed" 'there is no display'
word $flat h4 0x10103
tap_ok 'it wants what nobody knows' refused "$tap_dir/changed" 'does not know'
word $flat h4 3
tap_ok 'flat without address fields' refused "$tap_dir/changed" 'no ELF file'
word $flat h28 0x90000000
tap_ok 'its entry is elsewhere' refused "$tap_dir/changed" 'entry point'
word $flat h24 0xf0000000
tap_ok 'it does not fit' refused "$tap_dir/changed" 'give more --mem (3840 MiB or more)'
word $flat h12 0
tap_ok 'its header lies before it' refused "$tap_dir/changed" 'its header says that it begins before'
word $elf 4 0x00010102
tap_ok 'as ELF64' refused "$tap_dir/changed" 'make it an ELF32 one'
word $elf 44 0x0028ffff
tap_ok 'program headers outside' refused "$tap_dir/changed" 'program headers lie outside'
tap_ok 'a module that is not there' refused $elf 'none: cannot read the initrd' --initrd "$tap_dir/one,none"
tap_ok 'too many modules' refused $elf 'at most 8' --initrd "$(printf "$tap_dir/two,%.0s" {1..9})$tap_dir/two"
truncate -s 33M "$tap_dir/large"
tap_ok 'modules that do not fit' refused $elf 'give more --mem' --mem 32M --initrd "$tap_dir/large"
arguments()
{
	bin/vtrun $elf -- x 2>&1 | grep -q 'x: a Multiboot image has no arguments'
}
tap_ok 'arguments' arguments
tap_ok 'native' refused $elf 'choose ept or shadow' --paging native
tap_done
