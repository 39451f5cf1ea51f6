/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vtrun hands to the VMM on the Bochs engine, and GRUB on a real machine.
 *
 * The VMM is an ELF64 file with a Multiboot 1 header with address fields; its segments lie from
 * VTS_BOOT_ADDRESS on (physical) and e_entry is the Multiboot entry (32-bit protected mode, paging
 * off, EAX 0x2BADB002, EBX the Multiboot information). vtrun does what a Multiboot loader would, at
 * image time:
 *
 *   sector 0    the boot sector (bare/boot.S, assembled to boot.bin), its struct vts_boot_patch
 *               filled in
 *   sector 1..  a blob that the boot sector loads to VTS_BOOT_ADDRESS, whole: the VMM's segments as
 *               they lie in memory (bss zeroed), then, page-aligned, the Multiboot information, the
 *               command line, the memory map, and the modules.
 *
 * The Multiboot information has flags mem, cmdline, mods and mmap. Modules are known by the first
 * word of their string: "guest" (the ELF file, a Linux kernel or a Multiboot image), "stdin" (console input, may be empty),
 * "initrd" (a Linux kernel's one, or up to VTS_BOOT_INITRDS modules for a Multiboot image, whose strings follow the word).
 *
 * Command line: words key=value, separated by single spaces. Unknown keys are refused.
 *   paging=ept|shadow|native   io=trapped|pv   vpid=0|1   ept_ad=0|1
 *   apicv=0|1        the processor's virtual APIC, where it has one
 *   ept_pages=4k|2m|1g
 *   mem=BYTES        guest memory, a multiple of 2 MiB, 32 MiB to 3 GiB
 *   hz=N             TSC frequency
 *   seed=N           given to the guest
 *   tick=N           0, or force an exit every N time units (VMX-preemption timer)
 *   idle=warp|realtime   skip idle time, or wait
 *   count_flush=0|1  intercept the guest's own flushes under EPT
 *   track=none|writes|accesses   under EPT: record the first write, or access to data, to each page
 *                    in each marked phase
 *   intercept=LIST   of rdtsc, pause, dr, descriptors, comma-separated: make these exit too
 *   stacks=LIST      of basic exit reasons, numbers, comma-separated: at these exits record the guest's stack
 *   reasons=LIST     of basic exit reasons, numbers: record only these exits, with what happens within them, and those with
 *                    a mark
 *   kinds=LIST       of kinds of record, numbers: of details record only these; exits, marks and the VM's start and end always
 *   disk=rw|ro       the guest's disk is the master of the second ATA channel: ports 0x170 to 0x177 and 0x376,
 *                    line 15; ro: refuse to write it
 *   interactive=0|1  poll COM1 for typed input
 *   hash=HEX         16 digits: hash of the configuration, for the vm_start record
 *   nonce=HEX        16 digits: for the stamps (hop.h). Absent: there is no hop (a real machine);
 *                    the console and the log go to COM1 and the ring stays in memory
 *   args=TEXT        last; the rest of the line: the guest's arguments, or a kernel's command line
 */
#ifndef TRACE_BOOT_H
#define TRACE_BOOT_H

#include <stdint.h>

#define VTS_BOOT_INITRDS 8u

#define VTS_BOOT_ADDRESS      0x100000ul
#define VTS_BOOT_PATCH_OFFSET 0x1a0 /* in the boot sector */

/** What the boot sector writes to port 0xE9, with a letter after it, when it cannot go on. */
#define VTS_BOOT_FAILED "VTS!"

struct vts_boot_patch {
	uint32_t sectors; /* of the blob, from LBA 1 */
	uint32_t entry;	  /* e_entry of the VMM */
	uint32_t info;	  /* physical address of the Multiboot information */
};

/** Memory that the machine needs beyond the guest's and the blob's: tables, stacks, shadow pages,
 *  rings. */
#define VTS_BOOT_OVERHEAD_BYTES (48ul << 20)

#endif
