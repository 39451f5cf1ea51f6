// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/elf_image.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BUILD_HINT "build it as a static x86-64 executable"

static int header_check(Elf *elf, const char *path, const char *what, GElf_Ehdr *header,
			struct vts_error *error)
{
	if (elf_kind(elf) != ELF_K_ELF)
		return error_set(error, "%s: not a %s: no ELF file; give an ELF64 program", path,
				 what);
	if (!gelf_getehdr(elf, header))
		return error_set(error, "%s: damaged %s: %s; build it again", path, what,
				 elf_errmsg(-1));
	if (gelf_getclass(elf) != ELFCLASS64)
		return error_set(error, "%s: not a %s: its ELF class is 32-bit; " BUILD_HINT, path,
				 what);
	if (header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != EM_X86_64)
		return error_set(
		    error, "%s: not a %s: its ELF machine is %u, not x86-64 (62); " BUILD_HINT,
		    path, what, header->e_machine);
	if (header->e_type != ET_EXEC)
		return error_set(
		    error,
		    "%s: not a %s: its ELF type is %u, not an executable at fixed addresses "
		    "(2); link it with -static -no-pie",
		    path, what, header->e_type);
	return 0;
}

static int segment_check(const struct elf_image *image, const struct elf_segment *segment,
			 const char *path, const char *what, uint64_t start, uint64_t end,
			 struct vts_error *error)
{
	if (segment->file_offset > image->file.bytes ||
	    segment->file_bytes > image->file.bytes - segment->file_offset)
		return error_set(error,
				 "%s: truncated %s: a segment ends at byte %" PRIu64
				 " of a file of %zu; copy or build it again",
				 path, what, segment->file_offset + segment->file_bytes,
				 image->file.bytes);
	if (segment->bytes < segment->file_bytes)
		return error_set(error,
				 "%s: damaged %s: a segment is larger in the file than in memory; "
				 "build it again",
				 path, what);
	if (segment->address < start || segment->address > end ||
	    segment->bytes > end - segment->address)
		return error_set(error,
				 "%s: the %s does not fit: a segment at 0x%" PRIx64 ", 0x%" PRIx64
				 " bytes, lies outside memory for it, 0x%" PRIx64 " to 0x%" PRIx64
				 "; link it elsewhere or give more --mem",
				 path, what, segment->address, segment->bytes, start, end);
	return 0;
}

static bool entry_is_code(const struct elf_image *image)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (segment->executable && image->entry >= segment->address &&
		    image->entry - segment->address < segment->bytes)
			return true;
	}
	return false;
}

static int segments_read(struct elf_image *image, Elf *elf, const char *path, const char *what,
			 uint64_t start, uint64_t end, struct vts_error *error)
{
	size_t headers;

	if (elf_getphdrnum(elf, &headers) < 0)
		return error_set(error, "%s: damaged %s: %s; build it again", path, what,
				 elf_errmsg(-1));
	for (size_t i = 0; i < headers; i++) {
		struct elf_segment *segment = &image->segments[image->count];
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header))
			return error_set(error, "%s: truncated %s: %s; copy or build it again",
					 path, what, elf_errmsg(-1));
		if (header.p_type != PT_LOAD || !header.p_memsz)
			continue;
		if (image->count == ELF_SEGMENTS_MAX)
			return error_set(error, "%s: too many segments: at most %d; link it anew",
					 path, ELF_SEGMENTS_MAX);
		*segment = (struct elf_segment){header.p_paddr, header.p_memsz, header.p_offset,
						header.p_filesz, header.p_flags & PF_X};
		if (segment_check(image, segment, path, what, start, end, error) < 0)
			return -1;
		image->count++;
	}
	if (!image->count)
		return error_set(error, "%s: empty %s: nothing to load; " BUILD_HINT, path, what);
	if (!entry_is_code(image))
		return error_set(error,
				 "%s: damaged %s: its entry point 0x%" PRIx64
				 " is in no executable segment; build it again",
				 path, what, image->entry);
	return 0;
}

/** Section .comment has a text for each compiler that took part; the first is taken. */
static void compiler_read(struct elf_image *image, Elf *elf)
{
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		Elf_Data *data;
		const char *name;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		data = name && !strcmp(name, ".comment") ? elf_getdata(section, NULL) : NULL;
		if (data && data->d_buf)
			snprintf(image->compiler, sizeof(image->compiler), "%.*s",
				 (int)strnlen(data->d_buf, data->d_size), (char *)data->d_buf);
	}
}

int elf_image_read(struct elf_image *image, const char *path, const char *what, uint64_t start,
		   uint64_t end, struct vts_error *error)
{
	GElf_Ehdr header;
	int result = -1;
	Elf *elf;

	memset(image, 0, sizeof(*image));
	if (blob_read(&image->file, path, what, error) < 0)
		return -1;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)image->file.data, image->file.bytes);
	if (!elf) {
		error_set(error, "%s: not a %s: %s; give an ELF64 program", path, what,
			  elf_errmsg(-1));
	} else if (header_check(elf, path, what, &header, error) == 0) {
		image->entry = header.e_entry;
		compiler_read(image, elf);
		result = segments_read(image, elf, path, what, start, end, error);
	}
	elf_end(elf);
	if (result < 0)
		elf_image_free(image);
	return result;
}

void elf_image_free(struct elf_image *image)
{
	blob_free(&image->file);
}
