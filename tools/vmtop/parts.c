/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/parts.h"

#include <stdlib.h>
#include <string.h>

int parts_init(struct parts *parts)
{
	parts->tag = calloc(PARTS_SETS, sizeof(parts->tag[0]));
	parts->part = calloc(PARTS_SETS, sizeof(parts->part[0]));
	if (parts->tag && parts->part)
		return 0;
	parts_free(parts);
	return -1;
}

void parts_free(struct parts *parts)
{
	free(parts->tag);
	free(parts->part);
	memset(parts, 0, sizeof(*parts));
}

int parts_copy(struct parts *into, const struct parts *from)
{
	if (parts_init(into) < 0)
		return -1;
	memcpy(into->tag, from->tag, PARTS_SETS * sizeof(from->tag[0]));
	memcpy(into->part, from->part, PARTS_SETS * sizeof(from->part[0]));
	return 0;
}

/** The finalizer of MurmurHash3, a bijection: keys of one owner and dimension never collide. */
static uint64_t tag_of(uint32_t owner, enum dimension dimension, uint64_t key)
{
	uint64_t hash =
	    key ^ ((uint64_t)owner << 32 | (uint64_t)dimension << 24) * 0x9e3779b97f4a7c15u;

	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
	hash ^= hash >> 33;
	return hash ? hash : 1;
}

/** A way of @set for a new key: a free one, else the one with the least. */
static unsigned make_way(struct parts *parts, size_t set)
{
	unsigned least = 0;

	for (unsigned way = 0; way < PARTS_WAYS; way++) {
		if (!parts->tag[set][way])
			return way;
		if (parts->part[set][way].count < parts->part[set][least].count)
			least = way;
	}
	return least;
}

void parts_add(struct parts *parts, uint32_t owner, enum dimension dimension, uint64_t key,
	       uint64_t count, uint64_t time)
{
	uint64_t tag = tag_of(owner, dimension, key);
	size_t set = tag & (PARTS_SETS - 1);
	unsigned way = 0;

	while (way < PARTS_WAYS && parts->tag[set][way] != tag)
		way++;
	if (__builtin_expect(way == PARTS_WAYS, 0)) {
		way = make_way(parts, set);
		parts->tag[set][way] = tag;
		parts->part[set][way] =
		    (struct part){.key = key, .owner = owner, .dimension = dimension};
	}
	parts->part[set][way].count += count;
	parts->part[set][way].time += time;
}

void parts_tick(struct parts *parts)
{
	struct part *part = &parts->part[0][0];

	for (size_t i = 0; i < (size_t)PARTS_SETS * PARTS_WAYS; i++) {
		part[i].count_last = part[i].count - part[i].count_before;
		part[i].time_last = part[i].time - part[i].time_before;
		part[i].count_before = part[i].count;
		part[i].time_before = part[i].time;
	}
}
