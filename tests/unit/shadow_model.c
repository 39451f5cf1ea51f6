/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "core-vmm/memory/shadow_page.h"
#include "tests/unit/fake/machine.h"
#include "tests/unit/shadow_model.h"

/* ---- the processor on the shadow ---- */

/* A translation, or (level 2 and up, not a leaf) where a paging-structure cache says the next table
 * is. */
struct cached {
	bool valid, leaf, global;
	unsigned level;
	uint64_t gla; /* of the first byte that it translates */
	uint64_t hpa;
	uint64_t rights;
};

#define CACHED 256
static struct {
	struct cached entry[CACHED];
	unsigned next;
} cache;

static bool covers(const struct cached *entry, uint64_t gla)
{
	return entry->valid && !((entry->gla ^ gla) >> walk_shift(entry->level));
}

static void drop_address(uint64_t gla)
{
	for (unsigned i = 0; i < CACHED; i++)
		if (covers(&cache.entry[i], gla))
			cache.entry[i].valid = false;
}

static void drop_all(void)
{
	memset(&cache, 0, sizeof(cache));
}

static void drop_nonglobal(void)
{
	for (unsigned i = 0; i < CACHED; i++)
		if (!cache.entry[i].global)
			cache.entry[i].valid = false;
}

void model_start(void)
{
	drop_all();
	memset(model_twin, 0, sizeof(model_twin));
	fake.tlb.address = drop_address;
	fake.tlb.guest = drop_all;
	fake.tlb.nonglobal = drop_nonglobal;
}

static void cache_add(struct cached entry)
{
	entry.gla &= ~((1ull << walk_shift(entry.level)) - 1);
	entry.valid = true;
	cache.entry[cache.next++ % CACHED] = entry;
}

/** The most helpful cached entry: a leaf, else the lowest table. */
static const struct cached *cache_find(uint64_t gla)
{
	const struct cached *best = NULL;

	for (unsigned i = 0; i < CACHED; i++) {
		const struct cached *entry = &cache.entry[i];

		if (covers(entry, gla) &&
		    (!best || entry->leaf || (!best->leaf && entry->level < best->level)))
			best = entry;
	}
	return best;
}

/** Rights of a leaf in terms of its own bits, as RIGHT_*. */
static uint64_t entry_rights(uint64_t entry)
{
	return (entry & (PTE_W | PTE_U)) | (entry & PTE_NX ? 0 : RIGHT_X);
}

/** The processor runs with CR0.WP and EFER.NXE set, SMEP and SMAP as the guest has them, if it pages. */
static bool processor_allows(uint64_t rights, uint32_t access)
{
	uint64_t cr4 = walk_format(&fake.vcpu.paging) == WALK_OFF ? 0 : fake.vcpu.paging.cr4;

	if (access & PF_ID && !(rights & RIGHT_X))
		return false;
	if (access & PF_W && !(rights & RIGHT_W))
		return false;
	if (access & PF_U)
		return rights & RIGHT_U;
	if (!(rights & RIGHT_U))
		return true;
	return access & PF_ID ? !(cr4 & CR4_SMEP) : !(cr4 & CR4_SMAP) || access & ACCESS_AC;
}

/** Translate as the processor would. False: a page fault, with its error code. */
static bool processor_translate(uint64_t gla, uint32_t access, uint64_t *hpa, uint32_t *code)
{
	const struct cached *found = cache_find(gla);
	bool legacy = walk_format(&fake.vcpu.paging) != WALK_LONG;
	struct cached now = {.level = legacy ? 4 : 5,
			     .gla = gla,
			     .hpa = shadow_root(&fake.vcpu),
			     .rights = RIGHT_W | RIGHT_U | RIGHT_X};

	if (found)
		now = *found;
	now.gla = gla;
	while (!now.leaf) {
		uint64_t entry;

		now.level--;
		entry = *(uint64_t *)platform_virt(now.hpa + walk_index(gla, now.level) * 8);
		if (!(entry & PTE_P)) {
			*code = access & (PF_W | PF_U | PF_ID);
			drop_address(gla);
			return false;
		}
		now.hpa = entry & PTE_ADDRESS;
		/* Outside IA-32e mode these are registers, loaded at VM entry, without rights. */
		if (legacy && now.level == 3)
			continue;
		now.rights &= entry_rights(entry);
		now.leaf = now.level == 1 || entry & PTE_PS;
		now.global = now.leaf && entry & PTE_G;
		if (!now.leaf || processor_allows(now.rights, access))
			cache_add(now);
	}
	if (!processor_allows(now.rights, access)) {
		*code = PF_P | (access & (PF_W | PF_U | PF_ID));
		drop_address(gla);
		return false;
	}
	*hpa = now.hpa + (gla & ((1ull << walk_shift(now.level)) - 1));
	return true;
}

/** The guest-physical address of @hpa; ~0: not this VM's memory. */
static uint64_t gpa_of(uint64_t hpa)
{
	/* Where each page of the machine was last found. */
	static uint64_t gpa[FAKE_MEMORY_BYTES / PAGE_SIZE];
	uint64_t page = hpa & PAGE_MASK, *known = &gpa[(page - FAKE_MEMORY_START) / PAGE_SIZE];

	if (guest_memory_find(&fake.vm.memory, *known) != page)
		for (*known = 0; *known < MODEL_BYTES; *known += PAGE_SIZE)
			if (guest_memory_find(&fake.vm.memory, *known) == page)
				break;
	return *known < MODEL_BYTES ? *known | (hpa & (PAGE_SIZE - 1)) : ~0ull;
}

/** The write that the VMM does for the guest, as the interpreter would. */
static struct model_result write_emulate(uint64_t gpa, uint64_t value)
{
	struct model_result result = {.kind = MODEL_DONE, .gpa = gpa};
	uint64_t now = fake_read(gpa & ~7ull) >> (gpa & 4) * 8;

	memcpy(&result.value, &now, model_width());
	if (shadow_write(&fake.vcpu, gpa, &value, model_width()))
		abort();
	return result;
}

static struct model_result access_do(uint64_t hpa, uint32_t access, uint64_t value,
				     const char **wrong)
{
	struct model_result result = {.kind = MODEL_DONE, .gpa = ~0ull};
	void *at = platform_virt(hpa);

	if (hpa - FAKE_MEMORY_START < FAKE_MEMORY_BYTES)
		result.gpa = gpa_of(hpa);
	if (result.gpa == ~0ull) {
		*wrong = "reached memory that is not the guest's";
		return result;
	}
	memcpy(&result.value, at, model_width());
	if (access & PF_W) {
		if (shadow_frame_is_table(fake.vm.shadow, result.gpa))
			*wrong = "wrote to a page table behind the VMM's back";
		memcpy(at, &value, model_width());
	}
	return result;
}

unsigned model_faults[16];

struct model_result model_shadow_access(uint64_t gla, uint32_t access, uint64_t value,
					const char **wrong)
{
	struct shadow_fault fault;
	enum vts_how how;
	uint64_t hpa;
	uint32_t code;

	for (int tries = 0; tries < 8; tries++) {
		if (processor_translate(gla, access, &hpa, &code))
			return access_do(hpa, access, value, wrong);
		how = shadow_fault(&fake.vcpu, gla, code | (access & ACCESS_AC), &fault);
		model_faults[how]++;
		switch (how) {
		case VTS_SHADOW_FAULT_TRUE_FAULT:
			return (struct model_result){.kind = MODEL_FAULT,
						     .error_code = fault.error_code};
		case VTS_SHADOW_FAULT_OUTSIDE:
			return (struct model_result){.kind = MODEL_OUTSIDE, .gpa = fault.gpa};
		case VTS_SHADOW_FAULT_PT_WRITE:
		case VTS_SHADOW_FAULT_EMULATED:
			return write_emulate(fault.gpa, value);
		case VTS_SHADOW_FAULT_NO_MEMORY:
			*wrong = "out of memory";
			return (struct model_result){.kind = MODEL_FAULT};
		default:
			break;
		}
		if (shadow_flush_owed(&fake.vcpu))
			*wrong = "a flush is still owed";
	}
	*wrong = "the same access faults again and again";
	return (struct model_result){.kind = MODEL_FAULT};
}
