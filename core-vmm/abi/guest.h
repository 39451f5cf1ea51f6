/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest ABI: what a guest may rely on. Workloads include this header and nothing else of
 * vtscope.
 *
 * An ELF64 guest (ET_EXEC, EM_X86_64) has its PT_LOAD segments placed at their physical addresses,
 * which must lie in [VTG_MEMORY_START, memory size), and starts at e_entry in 64-bit mode, CPL 0,
 * interrupts off, with:
 *   RDI   guest-physical (= linear) address of struct vtg_boot_info
 *   CR3   page tables in guest memory below VTG_MEMORY_START: all guest memory and at least the
 *         first GiB mapped at its physical address with 2 MiB pages, supervisor, writable,
 *         executable
 *   CS, SS, DS, ES: flat 64-bit segments from a GDT in guest memory: 0x08 code, 0x10 data;
 *         FS, GS, LDTR null; TR loaded with an empty TSS (0x18); IDTR limit 0
 *   CR0   PE, MP, ET, NE, WP, PG;  CR4  PAE, OSFXSR, OSXMMEXCPT;  EFER  SCE, LME, LMA, NXE
 *   RSP   a stack of 16 KiB below VTG_MEMORY_START, 16-byte aligned
 * The same holds, at the same addresses, when there is no VMM (native).
 */
#ifndef CORE_VMM_ABI_GUEST_H
#define CORE_VMM_ABI_GUEST_H

#define VTG_ABI_VERSION 1

/** Guests own guest-physical memory from here on; below lie the boot structures. */
#define VTG_MEMORY_START 0x1000000ul

#define VTG_CODE_SELECTOR 0x08
#define VTG_DATA_SELECTOR 0x10
#define VTG_TSS_SELECTOR  0x18

/* CPUID. Leaf 1 ECX bit 31 (hypervisor present) is set under a VMM, clear natively. */
#define VTG_CPUID_SIGNATURE 0x40000000u /* EAX highest leaf; EBX, ECX, EDX: "vtscope-vt-x" */
#define VTG_CPUID_FEATURES  0x40000001u /* EAX VTG_ABI_VERSION; EBX VTG_FEATURE_* */
#define VTG_CPUID_TIMING    0x40000010u /* EAX: TSC frequency, kHz; EBX: that of the APIC timer */
#define VTG_SIGNATURE	    "vtscope-vt-x"

#define VTG_FEATURE_HYPERCALLS (1u << 0)
#define VTG_FEATURE_PV_CONSOLE (1u << 1) /* VTG_CONSOLE_WRITE works (--io pv) */
#define VTG_FEATURE_SHADOW     (1u << 2) /* shadow paging; otherwise EPT */

/*
 * Hypercalls: VMCALL with the number in RAX, arguments in RDI, RSI, RDX, RCX; the result in RAX,
 * negative (-VTG_E*) on error; no other register changes. VMCALL at too low a privilege answers
 * -VTG_EPERM.
 */
#define VTG_EXIT 0ul /* CPL 0. RDI: status, 0..255. Does not return. */
#define VTG_MARK                                                                                   \
	1ul /* any CPL. RDI: VTG_MARK_* | id << 8 (16 bits); RSI: ops; RDX, RCX: name; R8: value */
#define VTG_CONSOLE_WRITE                                                                          \
	2ul /* CPL 0. RDI: guest-physical address; RSI: bytes, at most 4096. Returns bytes. */

#define VTG_EPERM  1
#define VTG_EFAULT 14
#define VTG_EINVAL 22
#define VTG_ENOSYS 38

#define VTG_MARK_POINT 0ul
#define VTG_MARK_BEGIN 1ul /* a measured phase begins */
#define VTG_MARK_END   2ul /* it ends */
/* The process whose CR3 is loaded has this name from now on; an empty one takes it away. */
#define VTG_MARK_PROCESS 3ul

/* The VMM itself marks the beginning of this phase, named "boot", where a kernel starts; whoever thinks that it is up marks
 * the end. */
#define VTG_PHASE_BOOT 0xffffu

/* Ports. isa-debug-exit, as in QEMU: writing v ends the VM with status (v << 1) | 1, modulo 256. */
#define VTG_PORT_DEBUG_EXIT 0xf4
#define VTG_PORT_UART	    0x3f8

/*
 * Native only: whole 64-byte records (trace/event.h: kinds mark and vm_stop) go to VTG_NATIVE_PORT
 * with REP OUTSB; the string "Shutdown" to VTG_NATIVE_POWER_OFF ends the machine.
 */
#define VTG_NATIVE_PORT	     0xe9
#define VTG_NATIVE_POWER_OFF 0x8900

#ifndef __ASSEMBLER__
#include <stdint.h>

#define VTG_BOOT_MAGIC 0x746f6f6273747600ull /* "\0vtsboot" */

/** Given to the guest in RDI. */
struct vtg_boot_info {
	uint64_t magic;	       /* VTG_BOOT_MAGIC */
	uint32_t version;      /* VTG_ABI_VERSION */
	uint32_t flags;	       /* VTG_BOOT_* */
	uint64_t memory_bytes; /* guest memory ends here */
	uint64_t free_start;   /* first page after the loaded image, 4 KiB aligned */
	uint64_t tsc_hz;
	uint64_t args; /* address of a NUL-terminated string: the arguments after "--" */
	uint64_t seed; /* --seed */
	uint64_t unused;
};

#define VTG_BOOT_NATIVE (1u << 0)
#endif

#endif
