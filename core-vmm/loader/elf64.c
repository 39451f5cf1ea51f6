/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF-64 Object File Format 1.5; System V ABI, AMD64 supplement. */
#include "core-vmm/loader/elf64.h"

#define ELF_MAGIC   0x464c457fu
#define ELF_CLASS64 2
#define ELF_LITTLE  1
#define ELF_EXEC    2
#define ELF_X86_64  62
#define ELF_PT_LOAD 1

struct elf_header {
	uint32_t magic;
	uint8_t class, data, version, abi[9];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static const char *header_check(const struct elf_header *header, size_t bytes)
{
	if (bytes < sizeof(*header) || header->magic != ELF_MAGIC)
		return "the guest is not an ELF file";
	if (header->class != ELF_CLASS64 || header->data != ELF_LITTLE)
		return "the guest is not a 64-bit little-endian ELF file";
	if (header->type != ELF_EXEC || header->machine != ELF_X86_64)
		return "the guest is not an x86-64 executable (ET_EXEC)";
	if (header->phentsize != sizeof(struct elf_segment) || header->phoff > bytes ||
	    header->phnum > (bytes - header->phoff) / sizeof(struct elf_segment))
		return "the guest's program headers lie outside the file";
	return NULL;
}

static const char *segment_load(struct guest_memory *memory, const char *file, size_t bytes,
				uint64_t lowest, const struct elf_segment *segment)
{
	if (segment->offset > bytes || segment->filesz > bytes - segment->offset)
		return "a segment of the guest lies outside the file: it is truncated";
	if (segment->filesz > segment->memsz)
		return "a segment of the guest is larger in the file than in memory";
	if (segment->paddr < lowest || !guest_memory_has(memory, segment->paddr, segment->memsz))
		return "a segment of the guest lies outside the memory it may use";
	if (guest_memory_write(memory, segment->paddr, file + segment->offset, segment->filesz))
		return "no memory for the guest's image";
	return NULL; /* guest memory is clear: so is the rest of the segment */
}

const char *elf64_load(struct guest_memory *memory, const void *file, size_t bytes, uint64_t lowest,
		       uint64_t *entry, uint64_t *end)
{
	const struct elf_header *header = file;
	const char *error = header_check(header, bytes);

	if (error)
		return error;
	*entry = header->entry;
	*end = lowest;
	for (unsigned i = 0; i < header->phnum; i++) {
		struct elf_segment segment;

		__builtin_memcpy(&segment, (const char *)file + header->phoff + i * sizeof(segment),
				 sizeof(segment));
		if (segment.type != ELF_PT_LOAD || !segment.memsz)
			continue;
		error = segment_load(memory, file, bytes, lowest, &segment);
		if (error)
			return error;
		if (segment.paddr + segment.memsz > *end)
			*end = segment.paddr + segment.memsz;
	}
	return NULL;
}
