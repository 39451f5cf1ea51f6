// SPDX-License-Identifier: GPL-2.0-only
/* Names for guest addresses: the sorted list, whatever file it comes from. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "symbols_private.h"

struct symbols {
	struct symbol *list; /* in order of start */
	size_t count, room, named;
};

bool symbols_fail(struct vts_error *error, const char *path, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s: %s", path, why);
	return false;
}

size_t symbols_named(const struct symbols *symbols)
{
	return symbols->named;
}

bool symbols_keep(struct symbols *symbols, const char *name, uint64_t start, uint64_t end,
		  enum symbol_rank rank)
{
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
	*symbol = (struct symbol){start, end, rank, NULL};
	if (rank != SYMBOL_BORDER) {
		symbol->name = strdup(name);
		if (!symbol->name)
			return false;
		symbols->named++;
	}
	symbols->count++;
	return true;
}

/** By address; at one address the better name first. */
static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->name && b->name ? strcmp(a->name, b->name) : 0;
}

/** Sort, keep one name an address, and end each symbol where the next begins. */
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

/** Read @file as what its first bytes say it is. */
static bool read_file(struct symbols *symbols, FILE *file, const char *path,
		      struct vts_error *error)
{
	char magic[4];
	size_t got = fread(magic, 1, sizeof(magic), file);

	if (ferror(file))
		return symbols_fail(error, path, strerror(errno));
	if (fseek(file, 0, SEEK_SET) < 0)
		return symbols_fail(error, path, "cannot be read twice: name a file, not a pipe");
	if (got == sizeof(magic) && !memcmp(magic, "\177ELF", sizeof(magic)))
		return symbols_read_elf(symbols, fileno(file), path, error);
	return symbols_read_text(symbols, file, path, error);
}

struct symbols *symbols_open(const char *path, struct vts_error *error)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	FILE *file = fopen(path, "re");
	bool done;

	if (!symbols || !file)
		done = symbols_fail(error, path, strerror(symbols ? errno : ENOMEM));
	else
		done = read_file(symbols, file, path, error);
	if (file)
		fclose(file);
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
	if (!low || !symbols->list[low - 1].name || address >= symbols->list[low - 1].end)
		return NULL;
	*start = symbols->list[low - 1].start;
	return symbols->list[low - 1].name;
}

uint64_t symbols_first(const struct symbols *symbols)
{
	return symbols && symbols->count ? symbols->list[0].start : 0;
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
