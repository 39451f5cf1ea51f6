/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that is started by the Multiboot specification, version 0.6.96: an ELF32 file, or any file whose header has the
 * address fields, and where it goes in a guest's memory. vtrun judges a file by this before it starts anything, and the VMM
 * again, as it trusts no file.
 */
#ifndef TRACE_MULTIBOOT_IMAGE_H
#define TRACE_MULTIBOOT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/multiboot.h"

#define VTS_MULTIBOOT_SEGMENTS 16u
#define VTS_MULTIBOOT_LOWEST   0x100000ull /* below lie the boot structures */
#define VTS_MULTIBOOT_PAGE     0x1000ull

/** Where it all goes; addresses are guest-physical. */
struct vts_multiboot_layout {
	uint32_t entry;
	unsigned count;
	struct vts_multiboot_segment {
		uint64_t address, bytes;	  /* in memory: what the file does not give is 0 */
		uint64_t file_offset, file_bytes; /* at most bytes */
	} segment[VTS_MULTIBOOT_SEGMENTS];
	uint64_t modules; /* where the first module goes: page-aligned, above all segments */
	uint64_t needed;  /* memory that would do, where it does not; otherwise 0 */
};

/** The offset of the header in @file, or @bytes: there is none. */
static inline size_t vts_multiboot_find(const void *file, size_t bytes)
{
	size_t end = bytes < MULTIBOOT_HEADER_SEARCH ? bytes : MULTIBOOT_HEADER_SEARCH;

	for (size_t at = 0; at + 12 <= end; at += 4) {
		uint32_t word[3];

		__builtin_memcpy(word, (const char *)file + at, sizeof(word));
		if (word[0] == MULTIBOOT_HEADER_MAGIC && word[0] + word[1] + word[2] == 0)
			return at;
	}
	return bytes;
}

/** Whether @file, or its first MULTIBOOT_HEADER_SEARCH bytes, has a header. */
static inline bool vts_multiboot_is(const void *file, size_t bytes)
{
	return vts_multiboot_find(file, bytes) < bytes;
}

/** One segment, by the header's address fields: 3.1.3. */
static inline const char *vts_multiboot_flat(const struct multiboot_header *header, size_t at,
					     size_t bytes, struct vts_multiboot_layout *layout)
{
	struct vts_multiboot_segment *segment = &layout->segment[0];
	uint64_t before = (uint64_t)header->header_addr - header->load_addr;

	if (header->load_addr > header->header_addr || before > at)
		return "damaged Multiboot image: its header says that it begins before the file "
		       "does: build it again";
	segment->address = header->load_addr;
	segment->file_offset = at - before;
	segment->file_bytes = bytes - segment->file_offset;
	if (header->load_end_addr) {
		if (header->load_end_addr < header->load_addr ||
		    header->load_end_addr - header->load_addr > segment->file_bytes)
			return "truncated Multiboot image: the file ends before what its header "
			       "says: copy it again";
		segment->file_bytes = header->load_end_addr - header->load_addr;
	}
	segment->bytes = segment->file_bytes;
	if (header->bss_end_addr) {
		if (header->bss_end_addr < header->load_addr + segment->file_bytes)
			return "damaged Multiboot image: its bss ends before its data does: build "
			       "it again";
		segment->bytes = header->bss_end_addr - header->load_addr;
	}
	layout->entry = header->entry_addr;
	layout->count = 1;
	return NULL;
}

/** The loadable segments of an ELF32 file: System V ABI, chapters 4 and 5. */
static inline const char *vts_multiboot_elf(const void *file, size_t bytes,
					    struct vts_multiboot_layout *layout)
{
	struct {
		uint32_t magic;
		uint8_t class, data, rest[10];
		uint16_t type, machine;
		uint32_t version, entry, phoff, shoff, flags;
		uint16_t ehsize, phentsize, phnum;
	} elf;
	struct {
		uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
	} program;

	if (bytes < sizeof(elf))
		return "truncated Multiboot image: it has no ELF header: copy it again";
	__builtin_memcpy(&elf, file, sizeof(elf));
	if (elf.magic != 0x464c457fu)
		return "a Multiboot image that is no ELF file, and whose header has no address "
		       "fields: build it with either";
	if (elf.class != 1 || elf.data != 1 || elf.machine != 3)
		return "a Multiboot image as ELF64: make it an ELF32 one (objcopy -O elf32-i386), "
		       "or give its header the address fields";
	if (elf.phentsize != sizeof(program) || elf.phoff > bytes ||
	    elf.phnum > (bytes - elf.phoff) / sizeof(program))
		return "truncated Multiboot image: its program headers lie outside the file: copy "
		       "it again";
	for (unsigned i = 0; i < elf.phnum; i++) {
		__builtin_memcpy(&program, (const char *)file + elf.phoff + i * sizeof(program),
				 sizeof(program));
		if (program.type != 1 || !program.memsz) /* PT_LOAD */
			continue;
		if (layout->count == VTS_MULTIBOOT_SEGMENTS)
			return "a Multiboot image of more than 16 segments: link it with fewer";
		if (program.offset > bytes || program.filesz > bytes - program.offset)
			return "truncated Multiboot image: a segment lies outside the file: copy "
			       "it again";
		if (program.filesz > program.memsz)
			return "damaged Multiboot image: a segment is larger in the file than in "
			       "memory: build it again";
		layout->segment[layout->count++] = (struct vts_multiboot_segment){
		    program.paddr, program.memsz, program.offset, program.filesz};
	}
	layout->entry = elf.entry;
	return NULL;
}

/** Segments and modules fit into @memory, above what the boot structures take. */
static inline const char *vts_multiboot_place(struct vts_multiboot_layout *layout, uint64_t memory,
					      uint64_t module_bytes)
{
	uint64_t end = VTS_MULTIBOOT_LOWEST;
	bool entry = false;

	for (unsigned i = 0; i < layout->count; i++) {
		const struct vts_multiboot_segment *segment = &layout->segment[i];

		if (segment->address < VTS_MULTIBOOT_LOWEST)
			return "a Multiboot image that loads below 1 MiB, where the boot "
			       "structures are: link it higher";
		if (segment->address + segment->bytes > end)
			end = segment->address + segment->bytes;
		entry |= layout->entry - segment->address < segment->bytes;
	}
	if (!entry)
		return "damaged Multiboot image: its entry point is in nothing that it loads: "
		       "build it again";
	layout->modules = (end + VTS_MULTIBOOT_PAGE - 1) & ~(VTS_MULTIBOOT_PAGE - 1);
	layout->needed = layout->modules + module_bytes;
	if (layout->needed > memory)
		return "the image and its modules do not fit into the guest's memory: give more "
		       "--mem";
	layout->needed = 0;
	return NULL;
}

/**
 * Judge @file, for which vts_multiboot_is() holds, and say where it and modules of together @module_bytes (each in whole
 * pages) go in @memory. NULL, or what is wrong: why, and what to do.
 */
static inline const char *vts_multiboot_layout(const void *file, size_t bytes, uint64_t memory,
					       uint64_t module_bytes,
					       struct vts_multiboot_layout *layout)
{
	struct multiboot_header header = {0};
	size_t at = vts_multiboot_find(file, bytes);
	const char *error;

	*layout = (struct vts_multiboot_layout){0};
	__builtin_memcpy(&header, (const char *)file + at,
			 bytes - at < sizeof(header) ? bytes - at : sizeof(header));
	if (header.flags & MULTIBOOT_HEADER_VIDEO)
		return "a Multiboot image that wants a video mode: there is no display: build it "
		       "without flag 2";
	if (header.flags & MULTIBOOT_HEADER_REQUIRED &
	    ~(MULTIBOOT_HEADER_ALIGN | MULTIBOOT_HEADER_MEMORY))
		return "a Multiboot image that wants what Multiboot 0.6.96 does not know: build it "
		       "for that version";
	if (header.flags & MULTIBOOT_HEADER_ADDRESS) {
		if (bytes - at < sizeof(header))
			return "truncated Multiboot image: its header is not whole: copy it again";
		error = vts_multiboot_flat(&header, at, bytes, layout);
	} else {
		error = vts_multiboot_elf(file, bytes, layout);
	}
	return error ? error : vts_multiboot_place(layout, memory, module_bytes);
}

#endif
