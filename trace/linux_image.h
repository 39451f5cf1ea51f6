/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel as distributions package it, a bzImage, and where it goes in a guest's memory: Linux's
 * Documentation/arch/x86/boot.rst, 64-bit boot protocol. vtrun judges a file by this before it starts anything, and the VMM
 * again, as it trusts no file.
 */
#ifndef TRACE_LINUX_IMAGE_H
#define TRACE_LINUX_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The setup header, by its offset in the file, and in struct boot_params too. */
#define VTS_LINUX_SETUP_SECTS	0x1f1 /* 1 byte */
#define VTS_LINUX_SYSSIZE	0x1f4 /* in 16 bytes */
#define VTS_LINUX_BOOT_FLAG	0x1fe /* 2 bytes */
#define VTS_LINUX_JUMP_OFFSET	0x201 /* 1 byte: the header ends so much behind 0x202 */
#define VTS_LINUX_MAGIC		0x202
#define VTS_LINUX_VERSION	0x206 /* 2 bytes */
#define VTS_LINUX_INITRD_MAX	0x22c
#define VTS_LINUX_XLOADFLAGS	0x236 /* 2 bytes */
#define VTS_LINUX_CMDLINE_MAX	0x238
#define VTS_LINUX_PREF_ADDRESS	0x258 /* 8 bytes */
#define VTS_LINUX_INIT_SIZE	0x260
#define VTS_LINUX_HEADER_NEEDED 0x264

#define VTS_LINUX_BOOT_FLAG_VALUE 0xaa55u
#define VTS_LINUX_MAGIC_VALUE	  0x53726448u /* "HdrS" */
#define VTS_LINUX_VERSION_64	  0x020cu     /* the first with XLF_KERNEL_64 */
#define VTS_LINUX_KERNEL_64	  0x0001u     /* xloadflags: there is a 64-bit entry point */
#define VTS_LINUX_ENTRY_64	  0x200u      /* from where the kernel is loaded */

#define VTS_LINUX_LOWEST 0x100000ull /* below lie the boot structures */
#define VTS_LINUX_PAGE	 0x1000ull

/** Where it all goes; addresses are guest-physical. */
struct vts_linux_layout {
	uint64_t code_offset, code_bytes; /* the kernel, in the file */
	uint64_t load, end;		  /* it has memory from load to end to itself */
	uint64_t initrd;		  /* page-aligned, as high as it may be */
	uint64_t needed;		  /* memory that would do, where it does not; otherwise 0 */
};

/** The little-endian number of @bytes at @offset. */
static inline uint64_t vts_linux_field(const void *file, unsigned offset, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)((const uint8_t *)file)[offset + i] << 8 * i;
	return value;
}

/** Whether it has a bzImage's signatures. */
static inline bool vts_linux_is(const void *file, size_t bytes)
{
	return bytes >= VTS_LINUX_VERSION &&
	       vts_linux_field(file, VTS_LINUX_BOOT_FLAG, 2) == VTS_LINUX_BOOT_FLAG_VALUE &&
	       vts_linux_field(file, VTS_LINUX_MAGIC, 4) == VTS_LINUX_MAGIC_VALUE;
}

static inline const char *vts_linux_header_check(const void *file, size_t bytes)
{
	uint64_t end = VTS_LINUX_MAGIC + vts_linux_field(file, VTS_LINUX_JUMP_OFFSET, 1);

	if (vts_linux_field(file, VTS_LINUX_VERSION, 2) < VTS_LINUX_VERSION_64)
		return "old kernel: its boot protocol is older than 2.12: take Linux 3.8 or later";
	if (bytes < VTS_LINUX_HEADER_NEEDED || end < VTS_LINUX_HEADER_NEEDED)
		return "damaged kernel: its setup header is too short: copy it again";
	if (!(vts_linux_field(file, VTS_LINUX_XLOADFLAGS, 2) & VTS_LINUX_KERNEL_64))
		return "no 64-bit kernel: it has no 64-bit entry point: take one for amd64";
	return NULL;
}

/** Kernel and initrd do not overlap, and both fit. */
static inline const char *vts_linux_place(const void *file, uint64_t memory, uint64_t initrd_bytes,
					  struct vts_linux_layout *layout)
{
	uint64_t init_size = vts_linux_field(file, VTS_LINUX_INIT_SIZE, 4);
	uint64_t top = vts_linux_field(file, VTS_LINUX_INITRD_MAX, 4) + 1;
	uint64_t room = (initrd_bytes + VTS_LINUX_PAGE - 1) & ~(VTS_LINUX_PAGE - 1);

	layout->load = vts_linux_field(file, VTS_LINUX_PREF_ADDRESS, 8);
	if (layout->load < VTS_LINUX_LOWEST || layout->load >> 32 ||
	    layout->load % VTS_LINUX_PAGE || init_size < layout->code_bytes)
		return "damaged kernel: its setup header contradicts itself: copy it again";
	layout->end = layout->load + init_size;
	layout->needed = ((layout->end + VTS_LINUX_PAGE - 1) & ~(VTS_LINUX_PAGE - 1)) + room;
	if (layout->needed > memory)
		return "the kernel and its initrd do not fit into the guest's memory: give more "
		       "--mem";
	if (layout->needed > top)
		return "the initrd is too large: the kernel cannot reach so far: make it smaller";
	layout->needed = 0;
	layout->initrd = (top < memory ? top & ~(VTS_LINUX_PAGE - 1) : memory) - room;
	return NULL;
}

/**
 * Judge the bzImage @file, for which vts_linux_is() holds, and say where it, an initrd of @initrd_bytes and a command line
 * of @cmdline_bytes without its end go in @memory, a multiple of pages. NULL, or what is wrong: why, and what to do.
 */
static inline const char *vts_linux_layout(const void *file, size_t bytes, uint64_t memory,
					   uint64_t initrd_bytes, uint64_t cmdline_bytes,
					   struct vts_linux_layout *layout)
{
	const char *error = vts_linux_header_check(file, bytes);
	uint64_t sectors;

	*layout = (struct vts_linux_layout){0};
	if (error)
		return error;
	sectors = vts_linux_field(file, VTS_LINUX_SETUP_SECTS, 1);
	layout->code_offset = ((sectors ? sectors : 4) + 1) * 512;
	layout->code_bytes = vts_linux_field(file, VTS_LINUX_SYSSIZE, 4) * 16;
	if (layout->code_offset > bytes || layout->code_bytes > bytes - layout->code_offset)
		return "truncated kernel: the file ends before its code does: copy it again";
	if (layout->code_bytes <= VTS_LINUX_ENTRY_64)
		return "damaged kernel: it has no code: copy it again";
	if (cmdline_bytes > vts_linux_field(file, VTS_LINUX_CMDLINE_MAX, 4))
		return "the command line is longer than this kernel takes: shorten --append";
	return vts_linux_place(file, memory, initrd_bytes, layout);
}

#endif
