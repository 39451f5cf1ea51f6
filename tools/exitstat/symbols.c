// SPDX-License-Identifier: GPL-2.0-only
/* Names for guest addresses. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"

struct symbol {
	uint64_t start, end; /* end: one past it */
	bool function;
	char *name;
};

struct symbols {
	struct symbol *list; /* in order of start */
	size_t count, room;
};

static bool fail(struct vts_error *error, const char *path, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s: %s", path, why);
	return false;
}

static bool keep(struct symbols *symbols, const char *name, const GElf_Sym *sym, uint64_t limit)
{
	bool sized = sym->st_size && sym->st_size <= limit - sym->st_value;
	struct symbol *symbol;

	if (symbols->count == symbols->room) {
		size_t room = symbols->room ? symbols->room * 2 : 256;
		void *list = realloc(symbols->list, room * sizeof(*symbols->list));

		if (!list)
			return false;
		symbols->list = list;
		symbols->room = room;
	}
	symbol = &symbols->list[symbols->count];
	symbol->start = sym->st_value;
	/* Assembly labels have no size: they last to the section's end, or the next symbol. */
	symbol->end = sized ? sym->st_value + sym->st_size : limit;
	symbol->function = GELF_ST_TYPE(sym->st_info) == STT_FUNC;
	symbol->name = strdup(name);
	if (!symbol->name)
		return false;
	symbols->count++;
	return true;
}

/** The end of the executable section that @sym lies in, or 0. */
static uint64_t code_limit(Elf *elf, const GElf_Sym *sym)
{
	Elf_Scn *section;
	GElf_Shdr header;

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= SHN_LORESERVE)
		return 0;
	section = elf_getscn(elf, sym->st_shndx);
	if (!section || !gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	if (header.sh_size > UINT64_MAX - header.sh_addr || sym->st_value < header.sh_addr ||
	    sym->st_value >= header.sh_addr + header.sh_size)
		return 0;
	return header.sh_addr + header.sh_size;
}

static bool read_table(struct symbols *symbols, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym sym;

	if (!data || data->d_size / sizeof(Elf32_Sym) > INT32_MAX)
		return true;
	for (int i = 0; gelf_getsym(data, i, &sym); i++) {
		unsigned type = GELF_ST_TYPE(sym.st_info);
		const char *name = elf_strptr(elf, header->sh_link, sym.st_name);
		uint64_t limit;

		if ((type != STT_FUNC && type != STT_NOTYPE) || !name || !*name)
			continue;
		limit = code_limit(elf, &sym);
		if (limit && !keep(symbols, name, &sym, limit))
			return false;
	}
	return true;
}

/** Functions before labels at the same address, so that the better name comes first. */
static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->function != b->function)
		return a->function ? -1 : 1;
	return strcmp(a->name, b->name);
}

/** Sort, keep one name an address, and end each unsized symbol where the next begins. */
static void tidy(struct symbols *symbols)
{
	struct symbol *list = symbols->list;
	size_t kept = 0;

	qsort(list, symbols->count, sizeof(*list), compare);
	for (size_t i = 0; i < symbols->count; i++) {
		if (kept && list[kept - 1].start == list[i].start)
			free(list[i].name);
		else
			list[kept++] = list[i];
	}
	symbols->count = kept;
	for (size_t i = 0; i + 1 < kept; i++)
		if (list[i].end > list[i + 1].start)
			list[i].end = list[i + 1].start;
}

static bool read_elf(struct symbols *symbols, Elf *elf, const char *path, struct vts_error *error)
{
	static const GElf_Word kinds[] = {SHT_SYMTAB, SHT_DYNSYM};

	if (elf_kind(elf) != ELF_K_ELF)
		return fail(error, path, "not an ELF file: name the guest program that was run");
	for (size_t i = 0; i < 2 && !symbols->count; i++) {
		Elf_Scn *section = NULL;
		GElf_Shdr header;

		while ((section = elf_nextscn(elf, section)))
			if (gelf_getshdr(section, &header) && header.sh_type == kinds[i] &&
			    !read_table(symbols, elf, section, &header))
				return fail(error, path, "out of memory for its symbols");
	}
	if (!symbols->count)
		return fail(error, path,
			    "no symbols of code in it (stripped, or damaged): "
			    "name the unstripped file, or leave --guest out");
	return true;
}

struct symbols *symbols_open(const char *path, struct vts_error *error)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = NULL;
	bool done;

	if (!symbols || fd < 0) {
		done = fail(error, path, strerror(symbols ? errno : ENOMEM));
	} else {
		elf_version(EV_CURRENT);
		elf = elf_begin(fd, ELF_C_READ, NULL);
		done =
		    elf ? read_elf(symbols, elf, path, error) : fail(error, path, elf_errmsg(-1));
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	if (!done) {
		symbols_close(symbols);
		return NULL;
	}
	tidy(symbols);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->count; i++)
		free(symbols->list[i].name);
	free(symbols->list);
	free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *start)
{
	size_t low = 0, high = symbols ? symbols->count : 0;

	while (low < high) { /* find the first that starts above the address */
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= symbols->list[low - 1].end)
		return NULL;
	*start = symbols->list[low - 1].start;
	return symbols->list[low - 1].name;
}

const char *symbols_text(const struct symbols *symbols, uint64_t address, char *buffer, size_t size)
{
	uint64_t start;
	const char *name = symbols_find(symbols, address, &start);

	if (!name)
		snprintf(buffer, size, "0x%" PRIx64, address);
	else if (address == start)
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, "%s+0x%" PRIx64, name, address - start);
	return buffer;
}
