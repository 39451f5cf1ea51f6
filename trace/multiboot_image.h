/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Multiboot 1 image and where it goes in a guest's memory (Multiboot specification 0.6.96): flat, with address fields in its
 * header, or ELF32. vtrun judges a file by this before it starts anything, and the VMM again, as it trusts no file.
 */
#ifndef TRACE_MULTIBOOT_IMAGE_H
#define TRACE_MULTIBOOT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VTS_MULTIBOOT_SEARCH 8192u /* the header lies within, at a multiple of 4 */
#define VTS_MULTIBOOT_MAGIC  0x1badb002u
#define VTS_MULTIBOOT_LOADER 0x2badb002u /* in EAX at the start */

/* Flags: those below 16 are not to be ignored. */
#define VTS_MULTIBOOT_PAGES	(1u << 0) /* modules on page boundaries: they always are */
#define VTS_MULTIBOOT_MEMORY	(1u << 1)
#define VTS_MULTIBOOT_VIDEO	(1u << 2)
#define VTS_MULTIBOOT_NEEDS	0xffffu
#define VTS_MULTIBOOT_ADDRESSES (1u << 16)

#define VTS_MULTIBOOT_LOWEST 0x100000ull /* below lie the boot structures */
#define VTS_MULTIBOOT_PAGE   0x1000ull

struct vts_multiboot_header {
	uint32_t magic, flags, checksum;
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr; /* flag 16 */
};

/** Part of the image: so much of the file, and zeros behind it. */
struct vts_multiboot_segment {
	uint64_t address, bytes;	  /* in memory */
	uint64_t file_offset, file_bytes; /* in the file */
};

/** What the image is; addresses are guest-physical. */
struct vts_multiboot {
	struct vts_multiboot_header header;
	uint32_t header_offset, entry;
	uint64_t end;	 /* of the highest segment */
	uint64_t module; /* where one would go */
	uint64_t needed; /* memory that would do, where it does not; otherwise 0 */
	/* ELF32: the program headers; flat: there are none, and one segment. */
	uint32_t table, entry_bytes, segments;
};

/* ELF-32 Object File Format 1.2. */
struct vts_elf32 {
	uint32_t magic;
	uint8_t class, data, version, abi[9];
	uint16_t type, machine;
	uint32_t version2, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct vts_elf32_segment {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
#define VTS_ELF_MAGIC	0x464c457fu
#define VTS_ELF32_CLASS 1
#define VTS_ELF_LITTLE	1
#define VTS_ELF_EXEC	2
#define VTS_ELF_386	3
#define VTS_ELF_LOAD	1

/** Find the header; whether there is one. @image is cleared and gets header and header_offset. */
static inline bool vts_multiboot_find(const void *file, size_t bytes, struct vts_multiboot *image)
{
	size_t end = bytes < VTS_MULTIBOOT_SEARCH ? bytes : VTS_MULTIBOOT_SEARCH;

	*image = (struct vts_multiboot){0};
	for (size_t at = 0; at + 12 <= end; at += 4) {
		struct vts_multiboot_header *header = &image->header;
		size_t size = end - at < sizeof(*header) ? 12 : sizeof(*header);

		__builtin_memcpy(header, (const char *)file + at, 12);
		if (header->magic != VTS_MULTIBOOT_MAGIC ||
		    header->magic + header->flags + header->checksum)
			continue;
		if (size < sizeof(*header) && header->flags & VTS_MULTIBOOT_ADDRESSES)
			continue;
		__builtin_memcpy(header, (const char *)file + at, size);
		image->header_offset = (uint32_t)at;
		return true;
	}
	return false;
}

/** Segment @number, 0 to image->segments - 1, of a @file of @bytes; flat: the only one. */
static inline struct vts_multiboot_segment vts_multiboot_segment(const void *file, size_t bytes,
								 const struct vts_multiboot *image,
								 uint32_t number)
{
	const struct vts_multiboot_header *header = &image->header;
	struct vts_multiboot_segment segment = {0};
	struct vts_elf32_segment elf;

	if (header->flags & VTS_MULTIBOOT_ADDRESSES) {
		segment.address = header->load_addr;
		segment.file_offset =
		    (uint64_t)image->header_offset - (header->header_addr - header->load_addr);
		segment.file_bytes = header->load_end_addr
					 ? (uint64_t)header->load_end_addr - header->load_addr
					 : bytes - segment.file_offset;
		segment.bytes = header->bss_end_addr
				    ? (uint64_t)header->bss_end_addr - header->load_addr
				    : segment.file_bytes;
		return segment;
	}
	__builtin_memcpy(&elf, (const char *)file + image->table + number * sizeof(elf),
			 sizeof(elf));
	if (elf.type == VTS_ELF_LOAD)
		segment =
		    (struct vts_multiboot_segment){elf.paddr, elf.memsz, elf.offset, elf.filesz};
	return segment;
}

/** Where the segments are told: flat. */
static inline const char *vts_multiboot_flat(struct vts_multiboot *image)
{
	const struct vts_multiboot_header *header = &image->header;

	if (header->header_addr < header->load_addr ||
	    header->header_addr - header->load_addr > image->header_offset ||
	    (header->load_end_addr && header->load_end_addr < header->load_addr) ||
	    (header->bss_end_addr && header->bss_end_addr < header->load_addr))
		return "damaged image: its Multiboot header's addresses contradict each other: "
		       "build it again";
	image->entry = header->entry_addr;
	image->segments = 1;
	return NULL;
}

/** Likewise, ELF32. */
static inline const char *vts_multiboot_elf(const void *file, size_t bytes,
					    struct vts_multiboot *image)
{
	struct vts_elf32 elf = {0};

	if (bytes >= sizeof(elf))
		__builtin_memcpy(&elf, file, sizeof(elf));
	if (elf.magic != VTS_ELF_MAGIC || elf.class != VTS_ELF32_CLASS ||
	    elf.data != VTS_ELF_LITTLE || elf.type != VTS_ELF_EXEC || elf.machine != VTS_ELF_386)
		return "a Multiboot image that is neither flat nor ELF32: link it as an i386 "
		       "executable, or give its header "
		       "address fields";
	if (elf.phentsize != sizeof(struct vts_elf32_segment) || elf.phoff > bytes ||
	    elf.phnum > (bytes - elf.phoff) / sizeof(struct vts_elf32_segment))
		return "truncated image: its program headers lie outside the file: copy it again";
	image->entry = elf.entry;
	image->table = elf.phoff;
	image->segments = elf.phnum;
	return NULL;
}

/** Each segment lies in the file, and in @memory; @code: whether the entry point lies in one. */
static inline const char *vts_multiboot_segments_check(const void *file, size_t bytes,
						       uint64_t memory, struct vts_multiboot *image)
{
	bool code = false;

	for (uint32_t i = 0; i < image->segments; i++) {
		struct vts_multiboot_segment s = vts_multiboot_segment(file, bytes, image, i);

		if (!s.bytes)
			continue;
		if (s.file_offset > bytes || s.file_bytes > bytes - s.file_offset)
			return "truncated image: a part lies behind the file's end: copy it again";
		if (s.bytes < s.file_bytes)
			return "damaged image: a part is larger in the file than in memory: build "
			       "it again";
		if (s.address < VTS_MULTIBOOT_LOWEST)
			return "the image wants memory below 1 MiB, where its boot structures are: "
			       "link it higher";
		code |= image->entry >= s.address && image->entry - s.address < s.bytes;
		if (s.address + s.bytes > image->end)
			image->end = s.address + s.bytes;
	}
	if (image->end > memory)
		image->needed = image->end;
	return image->needed ? "the image does not fit into the guest's memory: give more --mem"
	       : code	     ? NULL
			     : "damaged image: its entry point lies outside of it: build it again";
}

/**
 * Judge @file, in which vts_multiboot_find() has found @image, and say where it and a module of @module_bytes go in @memory.
 * NULL, or what is wrong: why, and what to do.
 */
static inline const char *vts_multiboot_layout(const void *file, size_t bytes, uint64_t memory,
					       uint64_t module_bytes, struct vts_multiboot *image)
{
	const char *error;

	if (image->header.flags & VTS_MULTIBOOT_NEEDS &
	    ~(VTS_MULTIBOOT_PAGES | VTS_MULTIBOOT_MEMORY))
		return image->header.flags & VTS_MULTIBOOT_VIDEO
			   ? "the image wants a video mode, and there is no display: build it "
			     "without"
			   : "the image wants what this loader does not know: build it for "
			     "Multiboot 1";
	error = image->header.flags & VTS_MULTIBOOT_ADDRESSES
		    ? vts_multiboot_flat(image)
		    : vts_multiboot_elf(file, bytes, image);
	if (!error)
		error = vts_multiboot_segments_check(file, bytes, memory, image);
	if (error)
		return error;
	image->module = (image->end + VTS_MULTIBOOT_PAGE - 1) & ~(VTS_MULTIBOOT_PAGE - 1);
	if (image->module <= memory && module_bytes <= memory - image->module)
		return NULL;
	image->needed = image->module + module_bytes;
	return "the image and its module do not fit into the guest's memory: give more --mem";
}

#endif
