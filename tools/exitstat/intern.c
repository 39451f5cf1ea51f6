// SPDX-License-Identifier: GPL-2.0-only
/* Byte strings by number. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "exitstat.h"
#include "intern.h"

#define START_SIZE 64

static void make_slots(struct intern *intern, size_t size)
{
	intern->size = size;
	intern->slots = calloc(size, sizeof(*intern->slots));
	if (!intern->slots)
		die_of_memory();
}

void intern_init(struct intern *intern)
{
	memset(intern, 0, sizeof(*intern));
	/* The bytes come from a guest: without a secret it could choose ones that collide. */
	if (getrandom(&intern->seed, sizeof(intern->seed), 0) < 0)
		intern->seed = (uintptr_t)intern;
	make_slots(intern, START_SIZE);
}

void intern_free(struct intern *intern)
{
	for (uint32_t i = 0; i < intern->count; i++)
		free(intern->entries[i].bytes);
	free(intern->entries);
	free(intern->slots);
	memset(intern, 0, sizeof(*intern));
}

/** FNV-1a, begun with the secret, eight bytes at a time, and mixed at the end. */
static uint64_t hash(uint64_t seed, const unsigned char *bytes, size_t length)
{
	uint64_t value = seed ^ length, word;

	for (; length; bytes += word, length -= word) {
		uint64_t part = 0;

		word = length < sizeof(part) ? length : sizeof(part);
		memcpy(&part, bytes, word);
		value = (value ^ part) * 0x100000001b3ull;
		value ^= value >> 29;
	}
	value *= 0xff51afd7ed558ccdull;
	return value ^ value >> 32;
}

/** The slot that holds these bytes, or the free one where they belong. */
static size_t slot(const struct intern *intern, const void *bytes, size_t length)
{
	size_t at = hash(intern->seed, bytes, length) & (intern->size - 1);

	for (; intern->slots[at]; at = (at + 1) & (intern->size - 1)) {
		const struct intern_entry *entry = &intern->entries[intern->slots[at] - 1];

		if (entry->length == length && !memcmp(entry->bytes, bytes, length))
			break;
	}
	return at;
}

uint32_t intern_find(const struct intern *intern, const void *bytes, size_t length)
{
	return intern->slots[slot(intern, bytes, length)] - 1; /* 0 - 1: INTERN_NONE */
}

static void grow(struct intern *intern)
{
	free(intern->slots);
	make_slots(intern, intern->size * 2);
	for (uint32_t i = 0; i < intern->count; i++)
		intern->slots[slot(intern, intern->entries[i].bytes, intern->entries[i].length)] =
		    i + 1;
}

/** Append to the entries. */
static void keep(struct intern *intern, const void *bytes, size_t length)
{
	struct intern_entry *entry;

	if (intern->count == intern->room) {
		uint32_t room = intern->room ? intern->room * 2 : START_SIZE;
		void *entries = realloc(intern->entries, room * sizeof(*intern->entries));

		if (!entries)
			die_of_memory();
		intern->entries = entries;
		intern->room = room;
	}
	entry = &intern->entries[intern->count++];
	entry->length = length;
	entry->bytes = calloc(1, length + 1);
	if (!entry->bytes)
		die_of_memory();
	memcpy(entry->bytes, bytes, length);
}

uint32_t intern_add(struct intern *intern, const void *bytes, size_t length)
{
	size_t at = slot(intern, bytes, length);

	if (intern->slots[at])
		return intern->slots[at] - 1;
	keep(intern, bytes, length);
	intern->slots[at] = intern->count;
	if (intern->count > intern->size / 2)
		grow(intern);
	return intern->count - 1;
}

const void *intern_bytes(const struct intern *intern, uint32_t number)
{
	return intern->entries[number].bytes;
}
