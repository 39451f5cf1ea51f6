// SPDX-License-Identifier: GPL-2.0-only
/* The code symbols of an ELF file. */
#include <gelf.h>

#include "symbols_private.h"

static bool keep(struct symbols *symbols, const char *name, const GElf_Sym *sym, uint64_t limit)
{
	bool sized = sym->st_size && sym->st_size <= limit - sym->st_value;
	bool function = GELF_ST_TYPE(sym->st_info) == STT_FUNC;

	/* Assembly labels have no size: they last to the section's end, or the next symbol. */
	return symbols_keep(symbols, name, sym->st_value,
			    sized ? sym->st_value + sym->st_size : limit,
			    function ? SYMBOL_FUNCTION : SYMBOL_LABEL);
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

static bool read_tables(struct symbols *symbols, Elf *elf, const char *path,
			struct vts_error *error)
{
	static const GElf_Word kinds[] = {SHT_SYMTAB, SHT_DYNSYM};

	if (elf_kind(elf) != ELF_K_ELF)
		return symbols_fail(error, path, "not an ELF file, though it begins like one");
	for (size_t i = 0; i < 2 && !symbols_named(symbols); i++) {
		Elf_Scn *section = NULL;
		GElf_Shdr header;

		while ((section = elf_nextscn(elf, section)))
			if (gelf_getshdr(section, &header) && header.sh_type == kinds[i] &&
			    !read_table(symbols, elf, section, &header))
				return symbols_fail(error, path, "out of memory for its symbols");
	}
	if (!symbols_named(symbols))
		return symbols_fail(error, path,
				    "no symbols of code in it (stripped, or damaged): "
				    "name the unstripped file");
	return true;
}

bool symbols_read_elf(struct symbols *symbols, int fd, const char *path, struct vts_error *error)
{
	Elf *elf;
	bool done;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	done = elf ? read_tables(symbols, elf, path, error)
		   : symbols_fail(error, path, elf_errmsg(-1));
	elf_end(elf);
	return done;
}
