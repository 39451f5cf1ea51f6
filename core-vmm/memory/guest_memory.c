/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/guest_memory.h"

#include "core-vmm/test_variant.h"

int guest_memory_init(struct guest_memory *memory, uint64_t bytes, unsigned shift)
{
	uint64_t chunks = bytes >> LARGE_SHIFT;
	uint64_t pages = (chunks * sizeof(uint64_t) + PAGE_SIZE - 1) >> PAGE_SHIFT;

	memory->bytes = bytes;
	memory->shift = shift;
	memory->cleared = 0;
	memory->chunk = platform_pages_alloc(pages);
	if (!memory->chunk)
		return -1;
	platform_clear(memory->chunk, pages << PAGE_SHIFT);
	return 0;
}

/** Pages for the guest, cleared: what was in them is nobody's business. */
static void *guest_pages_alloc(struct guest_memory *memory, size_t count)
{
	void *pages = platform_pages_alloc(count);
	uint64_t start;

	if (!pages)
		return NULL;
	start = platform_tsc();
	if (!test_variant_is(TEST_UNCLEAN))
		platform_clear(pages, count << PAGE_SHIFT);
	memory->cleared += platform_tsc() - start;
	return pages;
}

static uint64_t guest_page_back(struct guest_memory *memory, uint64_t *chunk, uint64_t gpa)
{
	uint64_t *table = (uint64_t *)*chunk;
	void *page;

	if (!table) {
		table = platform_pages_alloc(1);
		if (!table)
			return 0;
		platform_clear(table, PAGE_SIZE);
		*chunk = (uint64_t)table;
	}
	page = guest_pages_alloc(memory, 1);
	if (!page)
		return 0;
	table[gpa >> PAGE_SHIFT & 511] = platform_phys(page);
	return platform_phys(page) + (gpa & (PAGE_SIZE - 1));
}

/** A whole GiB, if it is all the guest's and none of it is backed yet. False: by smaller pieces,
 *  then. */
static bool guest_giga_back(struct guest_memory *memory, uint64_t gpa)
{
	uint64_t start = gpa & ~(GIGA_SIZE - 1), *chunk = &memory->chunk[start >> LARGE_SHIFT];
	void *pages;

	if (memory->shift < GIGA_SHIFT || !guest_memory_has(memory, start, GIGA_SIZE))
		return false;
	for (unsigned i = 0; i < 512; i++)
		if (chunk[i])
			return false;
	pages = guest_pages_alloc(memory, GIGA_SIZE / PAGE_SIZE);
	if (!pages)
		return false;
	for (uint64_t i = 0; i < 512; i++)
		chunk[i] = (platform_phys(pages) + i * LARGE_SIZE) | CHUNK_LARGE | CHUNK_GIGA;
	return true;
}

static bool guest_large_back(struct guest_memory *memory, uint64_t gpa)
{
	uint64_t *chunk = &memory->chunk[gpa >> LARGE_SHIFT];
	void *pages;

	if (memory->shift < LARGE_SHIFT || *chunk)
		return false;
	pages = guest_pages_alloc(memory, LARGE_SIZE / PAGE_SIZE);
	if (!pages)
		return false;
	*chunk = platform_phys(pages) | CHUNK_LARGE;
	return true;
}

uint64_t guest_memory_back(struct guest_memory *memory, uint64_t gpa)
{
	uint64_t hpa = guest_memory_find(memory, gpa);

	if (hpa || gpa >= memory->bytes)
		return hpa;
	if (guest_giga_back(memory, gpa) || guest_large_back(memory, gpa))
		return guest_memory_find(memory, gpa);
	return guest_page_back(memory, &memory->chunk[gpa >> LARGE_SHIFT], gpa);
}

#define WORDS_FROM 64 /* bytes: for fewer it does not pay to count words */

static void bytes_copy(void *to, const void *from, uint64_t bytes)
{
	uint64_t words = bytes / 8;

	if (bytes >= WORDS_FROM) {
		__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
		bytes %= 8;
	}
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

/** Bytes from @gpa to the end of its page, at most @bytes. */
static uint64_t page_part(uint64_t gpa, uint64_t bytes)
{
	uint64_t part = PAGE_SIZE - (gpa & (PAGE_SIZE - 1));

	return part < bytes ? part : bytes;
}

/** Between @buffer and guest memory, page by page. */
static int guest_memory_copy(struct guest_memory *memory, uint64_t gpa, char *buffer,
			     uint64_t bytes, bool write)
{
	if (!guest_memory_has(memory, gpa, bytes))
		return -1;
	while (bytes) {
		uint64_t part = page_part(gpa, bytes);
		uint64_t hpa = guest_memory_back(memory, gpa);

		if (!hpa)
			return -1;
		bytes_copy(write ? platform_virt(hpa) : buffer, write ? buffer : platform_virt(hpa),
			   part);
		buffer += part;
		gpa += part;
		bytes -= part;
	}
	return 0;
}

int guest_memory_read(struct guest_memory *memory, uint64_t gpa, void *to, uint64_t bytes)
{
	return guest_memory_copy(memory, gpa, to, bytes, false);
}

int guest_memory_write(struct guest_memory *memory, uint64_t gpa, const void *from, uint64_t bytes)
{
	return guest_memory_copy(memory, gpa, (char *)(uintptr_t)from, bytes, true);
}
