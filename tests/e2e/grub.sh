#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The VMM without vtrun: GRUB starts it from a CD, as it would on a real Intel PC, and the console is COM1.
. "$SRCDIR/tests/tap.sh" || exit 1

bochs=${BOCHS:-bochs-bin}
for tool in "$bochs" grub-mkrescue grub-file xorriso mformat; do
	command -v "$tool" >/dev/null || { echo "1..0 # SKIP no $tool"; exit; }
done

mkdir -p "$tap_dir/iso/boot/grub"
cp lib/vmm.elf workloads/cpuid.elf "$tap_dir/iso"
cat >"$tap_dir/iso/boot/grub/grub.cfg" <<'END'
set timeout=0
menuentry vtscope {
	multiboot /vmm.elf paging=ept mem=67108864 args=ops=1000
	module /cpuid.elf guest
}
END
cat >"$tap_dir/bochsrc" <<END
plugin_ctrl: parallel=0, gameport=0, speaker=0, extfpuirq=0
sound: driver=dummy
megs: 128
cpu: model=corei7_skylake_x, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
romimage: file=\$BXSHARE/BIOS-bochs-latest
vgaromimage: file=\$BXSHARE/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$tap_dir/iso.img, status=inserted
boot: cdrom
clock: sync=none, time0=946684800
display_library: rfb, options="timeout=0"
com1: enabled=1, mode=file, dev=$tap_dir/com1
panic: action=fatal
error: action=ignore
log: $tap_dir/log
END
printf 'c\nq\n' >"$tap_dir/go"

# Bochs ends with status 1 whatever happens: COM1 has the verdict.
grub_run()
{
	timeout 120 "$bochs" -q -f "$tap_dir/bochsrc" -rc "$tap_dir/go" </dev/null
	cat "$tap_dir/com1"
}

tap_ok 'GRUB knows the VMM as a Multiboot image' grub-file --is-x86-multiboot lib/vmm.elf
tap_ok 'a CD with GRUB on it' grub-mkrescue -o "$tap_dir/iso.img" "$tap_dir/iso"
tap_ok 'the VMM starts from it' grub_run
tap_says '^cpuid: ops 1000 digest [0-9a-f]{16}' 'its guest runs to the end'
tap_done
