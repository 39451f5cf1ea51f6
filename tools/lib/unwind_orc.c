// SPDX-License-Identifier: GPL-2.0-only
/* A kernel's unwind tables, out of its ELF file: sections .orc_unwind_ip and .orc_unwind. */
#include "unwind_private.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROW_BYTES  6
#define CODE_MAX   64	       /* sections of code */
#define PLACE_STEP 0x200000ull /* Linux places itself in steps of CONFIG_PHYSICAL_ALIGN */
#define CALL_REL   0xe8
#define CALL_BYTES 5
#define INDIRECT   0xff /* with 2 in the middle of the next byte: CALL */

struct section {
	uint64_t address;
	size_t bytes;
	const unsigned char *data;
};

struct unwind {
	Elf *elf; /* owns what the sections point to */
	int fd;
	uint64_t shift; /* where the kernel runs, less where it was linked */
	struct section ips, rows;
	size_t count;
	bool has_header; /* the types' numbers are those of Linux 6.4 and later */
	struct section code[CODE_MAX];
	size_t codes;
};

static bool fail(struct vts_error *error, const char *path, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s: %s", path, why);
	return false;
}

static bool section_read(struct section *section, Elf_Scn *scn, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(scn, NULL);

	if (header->sh_type != SHT_PROGBITS || !data || !data->d_buf)
		return false;
	*section = (struct section){header->sh_addr, data->d_size, data->d_buf};
	return true;
}

static void sections_read(struct unwind *unwind)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(unwind->elf, &names) < 0)
		return;
	while ((scn = elf_nextscn(unwind->elf, scn))) {
		const char *name;

		if (!gelf_getshdr(scn, &header))
			continue;
		name = elf_strptr(unwind->elf, names, header.sh_name);
		if (!name)
			continue;
		if (!strcmp(name, ".orc_unwind_ip"))
			section_read(&unwind->ips, scn, &header);
		else if (!strcmp(name, ".orc_unwind"))
			section_read(&unwind->rows, scn, &header);
		else if (!strcmp(name, ".orc_header"))
			unwind->has_header = true;
		else if (header.sh_flags & SHF_EXECINSTR && unwind->codes < CODE_MAX)
			unwind->codes += section_read(&unwind->code[unwind->codes], scn, &header);
	}
}

/** The address that entry @index is for: what follows is told relative to its own place. */
static uint64_t entry_ip(const struct unwind *unwind, size_t index)
{
	int32_t relative;

	memcpy(&relative, unwind->ips.data + 4 * index, sizeof(relative));
	return unwind->ips.address + 4 * index + (uint64_t)(int64_t)relative;
}

static bool tables_check(struct unwind *unwind, const char *path, struct vts_error *error)
{
	size_t count = unwind->ips.bytes / 4;

	if (!unwind->ips.data || !unwind->rows.data || !unwind->codes || !count)
		return fail(error, path,
			    "no unwind tables in it (.orc_unwind): name the vmlinux of a kernel "
			    "with CONFIG_UNWINDER_ORC");
	if (unwind->ips.bytes % 4 || unwind->rows.bytes != ROW_BYTES * count)
		return fail(error, path, "its unwind tables do not fit together: is it damaged?");
	for (size_t i = 1; i < count; i++)
		if (entry_ip(unwind, i - 1) > entry_ip(unwind, i))
			return fail(error, path,
				    "its unwind tables are not sorted: name the vmlinux that the "
				    "kernel was made of, not an object file");
	unwind->count = count;
	return true;
}

static bool elf_read(struct unwind *unwind, const char *path, struct vts_error *error)
{
	elf_version(EV_CURRENT);
	unwind->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (unwind->fd < 0)
		return fail(error, path, strerror(errno));
	unwind->elf = elf_begin(unwind->fd, ELF_C_READ, NULL);
	if (!unwind->elf || elf_kind(unwind->elf) != ELF_K_ELF)
		return fail(error, path, "not an ELF file: name the kernel's vmlinux");
	sections_read(unwind);
	return tables_check(unwind, path, error);
}

static uint64_t shift_of(const struct unwind *unwind, uint64_t text)
{
	uint64_t shift = text - unwind->code[0].address;

	return text && shift % PLACE_STEP == 0 ? shift : 0;
}

struct unwind *unwind_open(const char *path, uint64_t text, struct vts_error *error)
{
	struct unwind *unwind = calloc(1, sizeof(*unwind));

	if (!unwind) {
		fail(error, path, strerror(ENOMEM));
		return NULL;
	}
	if (!elf_read(unwind, path, error)) {
		unwind_close(unwind);
		return NULL;
	}
	unwind->shift = shift_of(unwind, text);
	return unwind;
}

void unwind_close(struct unwind *unwind)
{
	if (!unwind)
		return;
	elf_end(unwind->elf);
	if (unwind->fd >= 0)
		close(unwind->fd);
	free(unwind);
}

static const struct section *code_find(const struct unwind *unwind, uint64_t address)
{
	for (size_t i = 0; i < unwind->codes; i++)
		if (address - unwind->code[i].address < unwind->code[i].bytes)
			return &unwind->code[i];
	return NULL;
}

/** The type, by its number before and since Linux 6.4; false if it ends the stack. */
static bool type_read(const struct unwind *unwind, unsigned bits, enum orc_type *type)
{
	unsigned number = unwind->has_header ? (bits & 7) - 2 : bits & 3;

	*type = (enum orc_type)number;
	return number <= ORC_REGS_PARTIAL;
}

bool unwind_row(const struct unwind *unwind, uint64_t ip, struct orc_row *row)
{
	size_t low = 0, high = unwind->count;
	const unsigned char *bytes;

	ip -= unwind->shift;
	if (!code_find(unwind, ip))
		return false;
	while (low < high) { /* the first that is for code further up */
		size_t middle = low + (high - low) / 2;

		if (entry_ip(unwind, middle) <= ip)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	bytes = unwind->rows.data + ROW_BYTES * (low - 1);
	memcpy(&row->sp_offset, bytes, 2);
	memcpy(&row->bp_offset, bytes + 2, 2);
	row->sp_reg = bytes[4] & 15;
	row->bp_reg = bytes[4] >> 4;
	if (!type_read(unwind, bytes[5], &row->type))
		row->sp_reg = ORC_UNDEFINED;
	return true;
}

/** Whether the CALL of 5 bytes at @at leads to code. */
static bool is_call(const struct unwind *unwind, const struct section *code, size_t at)
{
	int32_t relative;

	if (code->data[at] != CALL_REL || code->bytes - at < CALL_BYTES)
		return false;
	memcpy(&relative, code->data + at + 1, sizeof(relative));
	return code_find(unwind, code->address + at + CALL_BYTES + (uint64_t)(int64_t)relative);
}

bool unwind_is_return(const struct unwind *unwind, uint64_t address)
{
	const struct section *code;
	size_t at;

	address -= unwind->shift;
	code = code_find(unwind, address - 1);
	if (!code)
		return false;
	at = address - code->address;
	if (at >= CALL_BYTES && is_call(unwind, code, at - CALL_BYTES))
		return true;
	/* Linux makes such a call, of a retpoline, one of 2 bytes where the processor allows. */
	if (at >= 2 && is_call(unwind, code, at - 2))
		return true;
	for (size_t bytes = 2; bytes <= 7 && bytes <= at; bytes++)
		if (code->data[at - bytes] == INDIRECT &&
		    (code->data[at - bytes + 1] >> 3 & 7) == 2)
			return true;
	return false;
}
