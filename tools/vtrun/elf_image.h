/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF64 programs, read with libelf: the guest's, checked, and the VMM's, laid out. */
#ifndef TOOLS_VTRUN_ELF_IMAGE_H
#define TOOLS_VTRUN_ELF_IMAGE_H

#include "tools/vtrun/vtrun.h"

/** One PT_LOAD segment; its bytes lie in the file. */
struct elf_segment {
	uint64_t address; /* physical */
	uint64_t bytes;	  /* in memory; what the file does not give is zero */
	uint64_t file_offset, file_bytes;
	bool executable;
};

#define ELF_SEGMENTS_MAX 64

struct elf_image {
	struct blob file;
	uint64_t entry;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	size_t count;
	char compiler[96]; /* as its .comment section says; "" if it has none */
};

/**
 * Read the ELF64 x86-64 executable at @path; each segment lies in the file and in [@start, @end),
 * and the entry point in an executable one. @what names it in errors. 0, or -1 and @error.
 */
int elf_image_read(struct elf_image *image, const char *path, const char *what, uint64_t start,
		   uint64_t end, struct vts_error *error);
void elf_image_free(struct elf_image *image);

#endif
