#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "Every" flush and "every" VM entry are counted because each stands in one file only
# (docs/architecture.md). Disassemble the VMM's objects and see: each instruction is in the files
# named here, and in no other.
. "$SRCDIR/tests/tap.sh"

# Class ; instructions (an awk pattern on "mnemonic operands", AT&T) ; the only objects that may
# hold them. CR4 holds PGE and PCIDE, so a write to it may flush like one to CR3. entry is the boot
# path: it loads the first page tables, before there is any translation to drop. The native loader
# has no VMM under it.
classes='
flush instructions;^(invept|invvpid|invlpg|invpcid);memory/tlb.o
writes to CR3 and CR4;^mov[lq]? .*,%cr[34]$;memory/tlb.o platform/bare/entry.o
VM entry;^(vmlaunch|vmresume);vmx/switch.o'

# found PATTERN OBJECT...: the instructions that match, one a line: object: instruction.
found()
{
	local pattern=$1 object
	shift
	for object; do
		"$OBJDUMP" -d --no-show-raw-insn "$object" | awk -F '\t' -v p="$pattern" -v o="$object" '
			/^ *[0-9a-f]+:/ { i = $2; for (n = 3; n <= NF; n++) i = i " " $n
				gsub(/[ \t]+/, " ", i); sub(/ (#|<).*/, "", i); sub(/ $/, "", i)
				if (i ~ p) print o ": " i }'
	done
}

# strays FOUND ALLOWED...: the lines of FOUND outside the allowed objects.
strays()
{
	local lines=$1 pattern
	shift
	pattern=$(printf '|/%s: ' "$@")
	printf '%s\n' "$lines" | grep -vE "${pattern#|}|^$" || :
}

mapfile -t objects < <(find obj/core* -name '*.o' 2>/dev/null | sort)
tap_ok "the VMM has objects (${#objects[@]})" test ${#objects[@]} -gt 10

while IFS=';' read -r what pattern allowed; do
	[ -n "$what" ] || continue
	lines=$(found "$pattern" "${objects[@]}")
	tap_ok "$what: nowhere but in $allowed" test -z "$(strays "$lines" $allowed)"
	strays "$lines" $allowed | sed 's/^/# /'
	first=${allowed%% *}
	tap_ok "$what: found in $first ($(grep -c "/$first: " <<<"$lines"))" grep -q "/$first: " <<<"$lines"
done <<<"$classes"

# The pattern of each class recognizes each of its instructions, in 32- and 64-bit operand forms.
mkdir -p "$tap_dir/obj/elsewhere"
cat >"$tap_dir/all.S" <<'S'
	invept (%rax), %rcx
	invvpid (%rax), %rcx
	invlpg (%rdi)
	invpcid (%rax), %rcx
	mov %rax, %cr3
	mov %rdi, %cr4
	vmlaunch
	vmresume
	mov %cr3, %rax
S
${CC:-cc} -c -o "$tap_dir/obj/elsewhere/all.o" "$tap_dir/all.S"
strange=$(while IFS=';' read -r what pattern allowed; do
	[ -z "$what" ] || strays "$(found "$pattern" "$tap_dir/obj/elsewhere/all.o")" $allowed
done <<<"$classes")
tap_ok "all eight instructions are noticed in a foreign object" test "$(wc -l <<<"$strange")" = 8
echo "$strange" | sed 's/^/# /'
tap_done
