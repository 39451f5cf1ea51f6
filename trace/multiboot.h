/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot specification, version 0.6.96: the header by which a loader knows an image (3.1), and what a loader hands over
 * (3.2, 3.3). vtrun is such a loader for the VMM, and the VMM for its guests.
 */
#ifndef TRACE_MULTIBOOT_H
#define TRACE_MULTIBOOT_H

#include <stdint.h>

#define MULTIBOOT_HEADER_SEARCH                                                                    \
	8192u /* the header lies in the file's first so many bytes, 4-byte aligned */
#define MULTIBOOT_HEADER_MAGIC 0x1badb002u
#define MULTIBOOT_LOADER_MAGIC 0x2badb002u /* in EAX, at the start */

/* Header flags: what the image must have, bits 0 to 15; and what its header has. */
#define MULTIBOOT_HEADER_ALIGN	  (1u << 0) /* modules on page boundaries */
#define MULTIBOOT_HEADER_MEMORY	  (1u << 1) /* memory information */
#define MULTIBOOT_HEADER_VIDEO	  (1u << 2)
#define MULTIBOOT_HEADER_REQUIRED 0xffffu
#define MULTIBOOT_HEADER_ADDRESS  (1u << 16)

struct multiboot_header {
	uint32_t magic, flags, checksum;					  /* together 0 */
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr; /* with ADDRESS */
};

/* Flags of the information. */
#define MULTIBOOT_INFO_MEM     (1u << 0)
#define MULTIBOOT_INFO_CMDLINE (1u << 2)
#define MULTIBOOT_INFO_MODS    (1u << 3)
#define MULTIBOOT_INFO_MMAP    (1u << 6)
#define MULTIBOOT_INFO_LOADER  (1u << 9)

/** Addresses are physical. */
struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper; /* KiB below 1 MiB, and from 1 MiB on */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
	uint32_t unused[13]; /* APM, VBE, frame buffer */
};

struct multiboot_module {
	uint32_t start, end;
	uint32_t string;
	uint32_t reserved;
};

#define MULTIBOOT_MEMORY_RAM	  1u
#define MULTIBOOT_MEMORY_RESERVED 2u

struct multiboot_mmap {
	uint32_t size; /* of the rest */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

#endif
