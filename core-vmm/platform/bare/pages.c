/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page allocator: small runs from the bottom, 2 MiB runs from the top, freed pages on a list.
 * Memory of a machine that runs one VM has no more history than that.
 */
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/platform.h"

/* The machine's memory is one; this is the platform's, not the core's, and never touched by two VMs
 * at once. */
static struct {
	uint64_t bottom, top;
	void **free;
} pages;

void pages_init(uint64_t start, uint64_t end)
{
	pages.bottom = (start + PAGE_SIZE - 1) & PAGE_MASK;
	pages.top = end & PAGE_MASK;
	pages.free = NULL;
}

static void *pages_from_top(uint64_t bytes)
{
	uint64_t at = (pages.top - bytes) & ~(bytes - 1);

	if (bytes > pages.top || at < pages.bottom)
		return NULL;
	pages.top = at;
	return platform_virt(at);
}

void *platform_pages_alloc(size_t count)
{
	uint64_t bytes = (uint64_t)count << PAGE_SHIFT;
	uint64_t align = count & (count - 1) ? PAGE_SIZE : bytes;
	uint64_t at;

	if (count == 1 && pages.free) {
		void **page = pages.free;

		pages.free = *page;
		return page;
	}
	if (bytes >= LARGE_SIZE && align == bytes)
		return pages_from_top(bytes);
	at = (pages.bottom + align - 1) & ~(align - 1);
	if (at > pages.top || bytes > pages.top - at)
		return NULL;
	pages.bottom = at + bytes;
	return platform_virt(at);
}

void platform_page_free(void *page)
{
	*(void **)page = pages.free;
	pages.free = page;
}

struct pages_mark pages_mark(void)
{
	struct pages_mark mark = {pages.bottom, pages.top, pages.free};

	/* A free page's link lies in it: those that are free now stay out of use until the release. */
	pages.free = NULL;
	return mark;
}

void pages_release(struct pages_mark mark)
{
	pages.bottom = mark.bottom;
	pages.top = mark.top;
	pages.free = mark.free;
}
