#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The source kvm on kvm-intel or kvm-amd: Debian's own kernel in Bochs, whose processors have VT-x or SVM. Nothing is
# skipped there; but it takes minutes, the Debian packages linux-image (as files, or downloaded), busybox-static,
# grub-pc-bin, xorriso and mtools, so it is no part of `make check`:
#   make check-kvm-intel [KERNEL="linux-image-....deb ..."]    make check-kvm-amd
# shellcheck source=../tap.sh
. "$SRCDIR/tests/tap.sh"

skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

vendor=$1 # intel or amd
case $vendor in
intel) model=corei7_skylake_x ;;
amd) model=trinity_apu ;;
*) exit 2 ;;
esac
machine=$PWD/results/kvm-$vendor
rm -rf "$machine"
mkdir -p "$machine/deb" "$machine/root"/{bin,proc,sys,dev,tmp,mod,workloads} "$machine/iso/boot/grub" || exit 1
for tool in bochs-bin grub-mkrescue xorriso mformat dpkg-deb; do
	command -v $tool >/dev/null || skip "no $tool"
done

# package FILE-OR-NAME: unpacked below $machine/deb.
package()
{
	local file=$1
	if [ ! -f "$file" ]; then
		(cd "$machine" && apt-get download "$1" >/dev/null 2>&1) || return 1
		file=$(echo "$machine"/*.deb)
	fi
	dpkg-deb -x "$file" "$machine/deb" && rm -f "$machine"/*.deb
}
kernel=${KERNEL:-$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')}
for file in $kernel; do
	package "$file" || skip "no Debian kernel: ${file:-linux-image-amd64} cannot be downloaded"
done
busybox=$(command -v busybox) && [ -n "$(file -L "$busybox" | grep 'statically')" ] ||
	{ package busybox-static && busybox=$machine/deb/bin/busybox; } || skip "no busybox-static"

cp "$busybox" "$machine/root/bin/busybox"
perf=$(command -v perf)
cp bin/exitstat unit/kvm-guest unit/kvm-count unit/kvm-workload $perf "$machine/root/bin/"
cp workloads/{cpuid,msr,in}.elf "$machine/root/workloads/"
for library in $(ldd "$machine"/root/bin/{exitstat,kvm-guest,kvm-count,kvm-workload} $perf | awk '/=> \//{ print $3 } /^\t\//{ print $1 }' | sort -u); do
	mkdir -p "$machine/root$(dirname "$library")"
	cp -L "$library" "$machine/root$library"
done
# What the module asks for comes before it: modules.dep would say it, but not all packages have that.
find "$machine/deb" -name '*.ko*' | sed -n 's,.*/\(irqbypass\|rng-core\|ccp\|kvm\|kvm-'"$vendor"'\)\.ko[.xz]*$,&,p' |
	xargs -I{} cp {} "$machine/root/mod/"
for module in "$machine"/root/mod/*.xz; do [ -e "$module" ] && xz -d "$module"; done
sed "s/@vendor@/$vendor/" "$SRCDIR/tests/kvm/init" >"$machine/root/init"
chmod +x "$machine/root/init"
(cd "$machine/root" && find . | "$busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$machine/iso/boot/initrd.gz"
find "$machine/deb" -name 'vmlinuz*' -type f -exec cp {} "$machine/iso/boot/vmlinuz" \;
cat >"$machine/iso/boot/grub/grub.cfg" <<'EOF'
set timeout=0
menuentry test {
	linux /boot/vmlinuz quiet nokaslr tsc=reliable mitigations=off nosmp random.trust_cpu=on cryptomgr.notests no_timer_check nowatchdog lpj=200000 console=ttyS0
	initrd /boot/initrd.gz
}
EOF
grub-mkrescue -o "$machine/boot.iso" "$machine/iso" >"$machine/grub.log" 2>&1 || skip "grub-mkrescue: see $machine/grub.log"
cat >"$machine/rc" <<EOF
plugin_ctrl: parallel=0, gameport=0, speaker=0, extfpuirq=0
speaker: enabled=0
sound: driver=dummy
display_library: rfb, options="timeout=0"
romimage: file=\$BXSHARE/BIOS-bochs-latest
vgaromimage: file=\$BXSHARE/VGABIOS-lgpl-latest
cpu: model=$model, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=512, host=512
clock: sync=none, time0=1700000000
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=$machine/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$machine/com1
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
log: $machine/bochs.log
EOF
printf 'c\nq\n' >"$machine/go"
timeout 1500 bochs-bin -q -f "$machine/rc" -rc "$machine/go" </dev/null >"$machine/bochs.out" 2>&1 &
bochs=$!
trap 'kill $bochs 2>/dev/null; rm -rf "$tap_dir"' EXIT
while kill -0 $bochs 2>/dev/null && ! grep -q '^END' "$machine/com1" 2>/dev/null; do sleep 1; done
kill $bochs 2>/dev/null && echo "# Bochs ran until the end was seen"
wait $bochs
echo "# Bochs ended with status $?"

# value NAME EXPRESSION: of the JSON report of this name.
value()
{
	tr -d '\r' <"$machine/com1" | sed -n "/^JSON $1\$/,/^JSON end/p" | sed '1d;$d' | python3 -c 'import json, sys
root = json.load(sys.stdin)
count = {row["reason"] or row["number"]: row["count"] for row in root["reasons"]}
def hows(table): return sum(row["count"] for row in root[table])
print('"$2"')'
}
is()
{
	tap_ok "$1" test "$2" = "$3" || echo "# $2, expected $3"
}

tap_ok "the machine came to its end" grep -q '^END' "$machine/com1"
grep -q '^END' "$machine/com1" || { echo "1..1"; exit 1; }
echo "# kernel $(tr -d '\r' <"$machine/com1" | sed -n '/^BEGIN/{n;p}')"
# What the processors call the same exits. An access to MMIO is a misconfiguration on Intel's, but for the first, which
# makes the entry; on AMD's all are faults. AMD has VMMCALL: KVM puts it in VMCALL's place when that was invalid.
case $vendor in
intel) isa=vmx io=io_instruction mmio=ept_misconfig made=1 cpuid=cpuid rdmsr=rdmsr hypercall=vmcall fault=ept_violation faults=17 devices=1 ;;
amd) isa=svm io=svm_ioio mmio=svm_npf made=0 cpuid=svm_cpuid rdmsr=svm_msr hypercall=svm_vmmcall fault=svm_npf faults=106 devices=90 ;;
esac
is "unit, ISA, paging" "$(value ept 'root["unit"], root["env"]["isa"], root["vm_start"]["paging"]')" "ns $isa ept"
is "nothing lost, nothing unpaired" "$(value ept 'root["lost"]')" 0
# Eight phases end with a write to a port each; the last is followed by no entry.
is "port exits and requests" "$(value ept 'count["'$io'"], sum(r["requests"] for r in root["io_requests"] if r["device"] == "kvm_port")')" "307 308"
is "MMIO exits, at least, and requests" "$(value ept 'count["'$mmio'"] + '$made' >= 90, sum(r["requests"] for r in root["io_requests"] if r["device"] == "kvm_mmio")')" "True 90"
[ $vendor = amd ] || is "MMIO exits" "$(value ept 'count["'$mmio'"] + 1')" 90
is "CPUID" "$(value ept 'count["'$cpuid'"]')" 300
is "RDMSR" "$(value ept 'count["'$rdmsr'"]')" 70
is "hypercalls, as exits and as such" "$(value ept 'count["'$hypercall'"], sum(h["count"] for h in root["hypercalls"])')" "90 90"
is "a fault for each page touched, at least" "$(value ept 'count["'$fault'"] >= '$faults', hows("ept_violations") == count["'$fault'"]')" "True True"
is "  resolved as memory, and as a device's" "$(value ept '*(lambda how: (how("demand_fill") >= 16, how("mmio"), how("unsaid")))(lambda how: sum(r["count"] for r in root["ept_violations"] if r["how"] == how))')" "True $devices 0"
is "every reason has a name" "$(value ept 'all(row["reason"] for row in root["reasons"])')" True
is "the parts of each exit are its whole" "$(value ept 'all(h["hypervisor"] + h["off_cpu"] + h["hard_irq"] + h["soft_irq"] + h["user"] == h["sum"] for h in root["host_time"])')" True
is "user space has its share of port exits, and none of CPUID's" "$(value ept '[h["user"] > 0 for r in ("'$io'", "'$cpuid'") for h in root["host_time"] if h["reason"] == r]')" "[True, False]"
is "two vCPUs" "$(value two 'count["'$cpuid'"], count.get("'$io'", 0), root["lost"]')" "200 0 0"
is "exits only" "$(value only 'count["'$cpuid'"], len(root["io_requests"]), len(root["host_time"]), root["lost"]')" "100 0 0 0"
is "shadow paging: faults instead of violations" "$(value shadow 'count["'$cpuid'"], hows("ept_violations"), hows("shadow_faults") >= 16, root["vm_start"]["paging"]')" "50 0 True shadow"
# The workloads of vtscope, as make compare-kvm runs them: an exit an operation, and those of the start.
is "workloads: exits an operation" "$(value cpuid '500 <= count["'$cpuid'"] < 600') $(value msr '500 <= count["'$rdmsr'"] < 600') $(value in '500 <= count["'$io'"] < 1000')" "True True True"
echo "# what each reader adds to a CPUID exit of KVM, in instr:"
tr -d '\r' <"$machine/com1" | sed -n 's/^PERF /# perf.data: /p'
tr -d '\r' <"$machine/com1" | awk '/^BENCH/ { if ($2 == "nothing") base = $3; print "#   " $2, $3, "adds", $3 - base }'
tap_done
