// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list of symbols as /proc/kallsyms and System.map have it: `address type name`, in kallsyms
 * followed by a tab and `[module]`. Types are those of nm(1): t and T are code, w and W weak
 * symbols; all others end what comes before them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_private.h"

#define LINE_MAX_BYTES 1024
/* No size is told. The next symbol ends one, but the last of a module is followed by a hole. */
#define LONGEST 0x10000ull

/** Take a line apart, in place. The name's end is a blank: a module's name is left away. */
static bool split(char *line, uint64_t *address, char *type, char **name)
{
	char *end;

	if (!strchr("0123456789abcdefABCDEF", *line))
		return false;
	errno = 0;
	*address = strtoull(line, &end, 16);
	if (errno || end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	*type = end[1];
	*name = end + 3;
	(*name)[strcspn(*name, " \t\n")] = '\0';
	return **name;
}

/** Does this mark where a section begins or ends, such as _stext or __irqentry_text_end? */
static bool is_mark(const char *name)
{
	static const char *const ends[] = {"_start", "_end", "text"};
	size_t length = strlen(name);

	for (size_t i = 0; *name == '_' && i < 3; i++)
		if (length > strlen(ends[i]) && !strcmp(name + length - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static bool keep(struct symbols *symbols, const char *name, uint64_t address, char type)
{
	uint64_t end = address > UINT64_MAX - LONGEST ? UINT64_MAX : address + LONGEST;
	enum symbol_rank rank = SYMBOL_BORDER;

	if (type == 'T' || type == 't')
		rank = is_mark(name) ? SYMBOL_WEAK : type == 'T' ? SYMBOL_FUNCTION : SYMBOL_LABEL;
	else if (type == 'w' || type == 'W')
		rank = SYMBOL_WEAK;
	return symbols_keep(symbols, name, address, end, rank);
}

static bool bad_line(struct vts_error *error, const char *path, unsigned long line)
{
	snprintf(error->text, sizeof(error->text),
		 line > 1 ? "%s: line %lu is not `address type name`: the file is damaged"
			  : "%s: neither an ELF file nor a list of symbols such as /proc/kallsyms "
			    "or System.map (line %lu is not `address type name`)",
		 path, line);
	return false;
}

bool symbols_read_text(struct symbols *symbols, FILE *file, const char *path,
		       struct vts_error *error)
{
	char line[LINE_MAX_BYTES], type, *name;
	uint64_t address, all = 0;

	for (unsigned long number = 1; fgets(line, sizeof(line), file); number++) {
		if (!strchr(line, '\n') || !split(line, &address, &type, &name))
			return bad_line(error, path, number);
		all |= address;
		if (!keep(symbols, name, address, type))
			return symbols_fail(error, path, "out of memory for its symbols");
	}
	if (ferror(file))
		return symbols_fail(error, path, strerror(errno));
	if (!symbols_named(symbols))
		return symbols_fail(error, path, "no symbols of code in it");
	if (!all)
		return symbols_fail(error, path,
				    "every address in it is 0: it was read without the right to "
				    "see them (kernel.kptr_restrict); read it as root");
	return true;
}
