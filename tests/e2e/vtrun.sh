#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vtrun's command line, what it refuses and how, statuses, the console, and that runs repeat to the byte.
# tests/run: timeout 300
. "$SRCDIR/tests/tap.sh"

vtrun=$PWD/bin/vtrun
talk=workloads/test-talk.elf
dir=$tap_dir
exec </dev/null

# refuses WHAT PATTERN ARGS...: status 125, and one line on standard error that says it.
refuses()
{
	local what=$1 pattern=$2 status
	shift 2
	"$vtrun" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	if [ $status = 125 ] && [ "$(wc -l <"$dir/err")" = 1 ] && [ ! -s "$dir/out" ] &&
	   grep -qE "^vtrun: .*$pattern" "$dir/err"; then
		tap_result 0 "refused: $what"
	else
		tap_result 1 "refused: $what"
		echo "# status $status, wanted 125 and one line that matches: $pattern"
		sed 's/^/# /' "$dir/err"
	fi
}

tap_ok "--help" "$vtrun" --help
tap_says "^Usage: vtrun" "--help says how to use it"
tap_ok "--version" "$vtrun" --version
tap_says "^vtrun .*[0-9]+\.[0-9]+" "--version says it"
tap_fails 125 "--help into a full disk is an error" bash -c "'$vtrun' --help >/dev/full"

tap_ok "--engine auto" "$vtrun" --engine auto workloads/null.elf
tap_says "^vtrun: engine: bochs [0-9]" "--engine auto says which"
refuses "no guest" "no guest"
refuses "unknown option" "--frobnicate: unknown option" --frobnicate $talk
refuses "option without a value" "--mem: no value" --mem
refuses "unknown paging mode" "--paging nested: unknown value: choose one of ept, shadow, native" --paging nested $talk
refuses "unknown engine" "--engine module: unknown value" --engine module $talk
refuses "memory that is no size" "--mem lots: not a size" --mem lots $talk
refuses "memory that is too little" "--mem 1M: out of range" --mem 1M $talk
refuses "memory that is no multiple of 2 MiB" "--mem 65M: out of range" --mem 65M $talk
refuses "memory beyond 2^64" "--mem 99999999999999999999G: not a size" --mem 99999999999999999999G $talk
refuses "more memory than Bochs has" "--mem: this engine has 2048 MiB" --mem 3G $talk
refuses "a time-out of nothing" "--timeout 0: not a time" --timeout 0 $talk
refuses "a name with a slash" "--name 'a/b': not a name" --name a/b $talk
refuses "two guests" "one guest only" $talk $talk
refuses "a disk that is not there" "nosuch.img: cannot read the disk file: No such file" --disk nosuch.img $talk
refuses "an initrd, for an ELF guest" "--initrd: not available" --initrd "$0" $talk
refuses "a kernel command line, for an ELF guest" "--append: not available" --append quiet $talk
refuses "a processor that Bochs does not have" "engine: Bochs ended .*cpu" --cpu nosuch $talk

# Bad guests, made from a good one; offsets are those of the ELF64 header.
guest_with()
{
	cp $talk "$dir/guest" && printf "$2" | dd of="$dir/guest" bs=1 seek="$1" conv=notrunc status=none
}
refuses "a missing guest" "nosuch: cannot read the guest: No such file" nosuch
refuses "a directory" "cannot read the guest: not a regular file" "$dir"
refuses "a device" "not a regular file" /dev/null
: >"$dir/guest"; refuses "an empty file" "not a guest: no ELF file" "$dir/guest"
refuses "a text" "not a guest: no ELF file" "$SRCDIR/README.md"
guest_with 4 '\001'; refuses "an ELF class that is 32-bit" "not a guest: .*class is 32-bit|damaged guest" "$dir/guest"
guest_with 18 '\267'; refuses "another machine" "its ELF machine is 183, not x86-64" "$dir/guest"
guest_with 16 '\003'; refuses "a shared object" "its ELF type is 3" "$dir/guest"
guest_with 24 '\377\377\377'; refuses "an entry point outside" "entry point 0x[0-9a-f]* is in no executable" "$dir/guest"
head -c 1000 $talk >"$dir/guest"; refuses "a truncated guest" "truncated guest" "$dir/guest"
head -c 40 $talk >"$dir/guest"; refuses "a guest cut in its header" "guest" "$dir/guest"
objcopy --change-addresses -0xf00000 $talk "$dir/low.elf"
refuses "a guest that lies elsewhere than guests may" "the guest does not fit: a segment at 0x100000" "$dir/low.elf"

BOCHS=/nosuch/bochs refuses "no Bochs where BOCHS says" "/nosuch/bochs: cannot run it as Bochs: No such file" $talk
BOCHS=true refuses "a BOCHS that is no Bochs" "bochs: it does not say its version" $talk
printf '#!/bin/sh\nPATH=/nosuch exec %s "$@"\n' "$PWD/bin/vtrun" >"$dir/lost" && chmod +x "$dir/lost"
vtrun=$dir/lost refuses "no Bochs at all" "bochs: cannot run it: .*install the Debian package" $talk
VTSCOPE_LIBDIR=/nosuch refuses "no VMM" "/nosuch/boot.bin: cannot read the boot sector" $talk
mkdir "$dir/used" && : >"$dir/used/file"
refuses "a directory in use to record to" "used" --record "$dir/used" $talk
refuses "a place where nothing can be recorded" "nosuch" --record /proc/nosuch $talk

for paging in ept shadow native; do
	tap_fails 42 "$paging: the guest's status comes through" "$vtrun" --paging $paging $talk -- status=42
	tap_fails 126 "$paging: a triple fault ends the guest" "$vtrun" --paging $paging $talk -- fault=1
	tap_says "^vtrun: .*: ended by the .*: triple_fault" "$paging: it is said"
	tap_ok "$paging: 100 kB of output" bash -c "'$vtrun' --paging $paging $talk -- flood=100000 >$dir/flood-$paging"
	tap_ok "$paging: input that is no terminal" \
		bash -c "printf 'line\nend' | '$vtrun' --paging $paging $talk -- echo=8 >$dir/echo-$paging"
	tap_ok "$paging: it came back" bash -c "printf 'talk\nline\nend' | cmp - $dir/echo-$paging"
done
tap_fails 3 "input of 64 MiB, so an image of that size" bash -c "head -c 67000000 /dev/zero | '$vtrun' $talk -- status=3"
tap_fails 125 "but no more" bash -c "head -c 70000000 /dev/zero | '$vtrun' $talk"
tap_says "^vtrun: standard input: more than 64 MiB" "it is said"
tap_ok "the same output under ept and shadow" cmp "$dir/flood-ept" "$dir/flood-shadow"
tap_ok "and natively" cmp "$dir/flood-ept" "$dir/flood-native"
tap_ok "it is all there" test "$(wc -c <"$dir/flood-ept")" = 100005

# Twin runs: equal to the byte, under another name, recorded from elsewhere, with readers, and however long vtrun
# and its reader keep the engine waiting.
for paging in ept shadow native; do
	"$vtrun" --paging $paging --record "$dir/one-$paging" --name "twin-one-$$" $talk -- flood=30000 >/dev/null
	(cd "$dir" && "$vtrun" --paging $paging --record "two-$paging" --seed 0 "$OLDPWD/$talk" -- flood=30000 |
		{ sleep 1; cat; } >/dev/null) &
	"$vtrun" --paging $paging --record "$dir/three-$paging" --name "twin-three-$$" $talk -- flood=30000 >/dev/null &
	for _ in {1..8}; do
		sleep 0.1
		kill -STOP $! 2>/dev/null
		sleep 0.1
		kill -CONT $! 2>/dev/null
	done
	wait
	for twin in two three; do
		tap_ok "$paging: twin runs have equal traces ($twin)" cmp "$dir/one-$paging/vcpu0" "$dir/$twin-$paging/vcpu0"
		tap_ok "$paging: and equal metadata ($twin)" cmp "$dir/one-$paging/metadata" "$dir/$twin-$paging/metadata"
	done
done
"$vtrun" --record "$dir/alone" $talk -- flood=30000 >/dev/null
"$vtrun" --record "$dir/read" --name "twin-read-$$" $talk -- flood=30000 >/dev/null &
for _ in {1..50}; do
	bin/exitstat record --attach="twin-read-$$" --output "$dir/reader" 2>"$dir/attached" && break
	sleep 0.1
done
wait
tap_ok "ept: a reader changes nothing" cmp "$dir/alone/vcpu0" "$dir/read/vcpu0"
tap_ok "ept: and it has read the same" cmp "$dir/read/vcpu0" "$dir/reader/vcpu0"
"$vtrun" --seed 1 --record "$dir/seed" $talk >/dev/null
tap_ok "the trace names the VMM's compiler" grep -Eq '^\s*compiler = "(GCC|.*clang)' "$dir/one-ept/metadata"
tap_fails 1 "another seed is another configuration" cmp -s "$dir/one-ept/metadata" "$dir/seed/metadata"
tap_done
