// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm over paging: 2 MiB of memory in which every word is a valid page-table entry that leads
 * back into it, so that each of its pages is data and a table of every level at once, shared and
 * self-referring at random. Between random changes, accesses at both privileges; a walker in
 * software (SDM vol. 3, 4.5 and 4.6) says beforehand what each must do: the fault, the value, and
 * every accessed and dirty bit on the way. steps=N (default 8000); vtrun --seed.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define BASE_SLOT 96u /* in the PML4; the storm's slots are the next SLOTS */
#define SLOTS	  4u
#define HOT	  10u /* pages of the pool that most entries lead to */
#define INDEXES	  3u  /* entries of each table that addresses lead through */

#define LARGE_RESERVED 0x1fe000ul /* address bits of a PDE of 2 MiB that must be 0 */
#define IGNORED	       0x7ff0000000000e00ul

struct access {
	uint64_t address;
	bool write, user, fetch;
	bool ac; /* RFLAGS.AC: CR4.SMAP does not count */
};

/* What the walk says: a fault, or where the access goes. */
struct outcome {
	bool fault;
	uint64_t error, physical;
	unsigned entries;
	struct {
		uint64_t *at, before, set;
	} entry[4];
};

/* Where CPL 3 finds the image: at its own address it is the supervisor's. */
#define USER_IMAGE	   WINDOW(60)
#define AT_USER(symbol)	   (USER_IMAGE + ((uint64_t)(symbol) - (uint64_t)image_start))
#define AT_USER_CODE(code) ((void (*)(void))AT_USER(code))

static uint64_t pool, state, supervisor_features; /* CR4 bits that may be toggled */
static uint64_t *root;
static uint64_t faults, successes, wrong_outcome, wrong_value, wrong_bits;

static uint64_t pick(uint64_t below)
{
	return (random_next(&state) >> 32) * below >> 32;
}

static bool chance(unsigned percent)
{
	return pick(100) < percent;
}

static uint64_t random_entry(void)
{
	uint64_t page = chance(90) ? pick(HOT) : pick(512);
	uint64_t entry = pool + page * PAGE_SIZE;

	if (chance(8))
		entry = pool | PTE_PS;
	entry |= random_next(&state) & (IGNORED | PTE_A | PTE_D | PTE_G);
	entry |= (chance(92) ? PTE_P : 0) | (chance(80) ? PTE_W : 0) | (chance(75) ? PTE_U : 0);
	return entry | (chance(8) ? PTE_NX : 0) | (chance(4) ? PTE_PS : 0);
}

static bool entry_reserved(uint64_t entry, unsigned level, bool nxe)
{
	if (!nxe && entry & PTE_NX)
		return true;
	if (level == 1 || !(entry & PTE_PS))
		return false;
	/*
	 * 1 GiB: address bits 29 to 13 must be 0, and the pool's are not; PML4: the bit itself is
	 * reserved.
	 */
	return level != 2 || entry & LARGE_RESERVED;
}

/* The error code but for P; I is said where fetches have rules of their own. */
static uint64_t access_error(const struct access *access, bool nxe)
{
	return (access->write ? PF_W : 0) | (access->user ? PF_U : 0) |
	       (access->fetch && (nxe || cr4_read() & CR4_SMEP) ? PF_I : 0);
}

/* The rights of all levels together. */
static bool allowed(const struct access *access, uint64_t every, uint64_t any)
{
	bool user_page = every & PTE_U;

	if (access->user && !user_page)
		return false;
	if (!access->user && user_page) {
		if (access->fetch ? cr4_read() & CR4_SMEP : !access->ac && cr4_read() & CR4_SMAP)
			return false;
	}
	if (access->fetch && any & PTE_NX)
		return false;
	return !access->write || every & PTE_W || (!access->user && !(cr0_read() & CR0_WP));
}

static struct outcome walk(const struct access *access)
{
	struct outcome out = {.error = 0};
	uint64_t *table = root, every = ~0ul, any = 0, entry = 0;
	bool nxe = rdmsr(MSR_EFER) & EFER_NXE;
	unsigned level = 4;

	out.error = access_error(access, nxe);
	out.fault = true;
	for (;; level--) {
		uint64_t *at = &table[access->address >> (12 + 9 * (level - 1)) & 511];

		entry = pte_read(at);
		out.entry[out.entries].at = at;
		out.entry[out.entries].before = entry;
		out.entry[out.entries++].set = PTE_A;
		if (!(entry & PTE_P))
			return out;
		if (entry_reserved(entry, level, nxe)) {
			out.error |= PF_P | PF_R;
			return out;
		}
		every &= entry;
		any |= entry;
		if (level == 1 || (level == 2 && entry & PTE_PS))
			break;
		table = (uint64_t *)(entry & PTE_ADDRESS);
	}
	out.fault = !allowed(access, every, any);
	if (out.fault) {
		out.error |= PF_P;
		return out;
	}
	if (access->write)
		out.entry[out.entries - 1].set |= PTE_D;
	out.physical =
	    level == 1 ? (entry & PTE_ADDRESS) | (access->address & 0xfff)
		       : (entry & PTE_ADDRESS & -LARGE_SIZE) | (access->address & (LARGE_SIZE - 1));
	return out;
}

static __attribute__((naked)) void user_read(void)
{
	__asm__("mov (%rdi), %rax\n\t" USER_RETURN);
}

/* RDI: the address of an address and a value. */
static __attribute__((naked)) void user_write(void)
{
	__asm__("mov (%rdi), %rcx\n\t"
		"mov 8(%rdi), %rax\n\t"
		"mov %rax, (%rcx)\n\t" USER_RETURN);
}

/* Do it; what was read, if anything. trap_seen says the rest. */
static uint64_t perform(const struct access *access, uint64_t value)
{
	static uint64_t operands[2];
	uint64_t got = 0;

	if (access->fetch) {
		try_fetch(access->address);
	} else if (!access->user) {
		if (access->ac)
			__asm__ volatile("stac");
		if (access->write)
			try_write(access->address, value);
		else
			got = try_read(access->address);
		if (access->ac)
			__asm__ volatile("clac");
	} else if (access->write) {
		operands[0] = access->address;
		operands[1] = value;
		user_run(AT_USER_CODE(user_write), AT_USER(operands), NULL);
	} else {
		user_run(AT_USER_CODE(user_read), access->address, &got);
	}
	if (trap_seen.vector == TRAP_USER_RETURN)
		trap_seen.vector = TRAP_NONE;
	return got;
}

/* All that was cached: with CR4.PGE a MOV CR3 would spare what is global. */
static void flush(void)
{
	if (cr4_read() & CR4_PGE) {
		cr4_write(cr4_read() & ~CR4_PGE);
		cr4_write(cr4_read() | CR4_PGE);
	} else {
		cr3_write((uint64_t)root);
	}
}

/* The first mismatch in full: the rest may follow from it. */
static void show(const char *what, const struct access *access, const struct outcome *out)
{
	static bool shown;

	if (shown)
		return;
	shown = true;
	printf("# %s: %s at 0x%lx, %s; cr0 0x%lx cr4 0x%lx efer 0x%lx\n", what,
	       access->fetch   ? "fetch"
	       : access->write ? "write"
			       : "read",
	       access->address, access->user ? "CPL 3" : "CPL 0", cr0_read(), cr4_read(),
	       rdmsr(MSR_EFER));
	printf("# the walk says: %s, error code 0x%lx, physical 0x%lx; it was exception %lu, error "
	       "code 0x%lx, cr2 0x%lx\n",
	       out->fault ? "fault" : "no fault", out->error, out->physical, trap_seen.vector,
	       trap_seen.error, trap_seen.cr2);
	for (unsigned i = 0; i < out->entries; i++)
		printf("# entry at 0x%lx: 0x%lx before, 0x%lx now, to be set 0x%lx\n",
		       (uint64_t)out->entry[i].at, out->entry[i].before, pte_read(out->entry[i].at),
		       out->entry[i].set);
}

/*
 * Each entry on the way has its bits, and nothing else has changed in it; unless it is itself what
 * was written.
 */
static bool bits_good(const struct outcome *out, bool write)
{
	bool good = true;

	for (unsigned i = 0; i < out->entries; i++) {
		uint64_t want = out->entry[i].before;

		if (write && (uint64_t)out->entry[i].at == out->physical)
			continue;
		for (unsigned k = 0; k < out->entries; k++)
			if (out->entry[k].at == out->entry[i].at)
				want |= out->entry[k].set;
		good = good && pte_read(out->entry[i].at) == want;
	}
	return good;
}

static void check(const struct access *access, const struct outcome *out, uint64_t value)
{
	if (out->fault) {
		faults++;
		if (trap_seen.vector == VECTOR_PF && trap_seen.error == out->error &&
		    trap_seen.cr2 == access->address)
			return;
		wrong_outcome++;
		show("outcome", access, out);
		return;
	}
	successes++;
	if (trap_seen.vector != TRAP_NONE) {
		wrong_outcome++;
		show("outcome", access, out);
	} else if (pte_read((uint64_t *)out->physical) != value) {
		wrong_value++;
		show("value", access, out);
	} else if (!bits_good(out, access->write)) {
		wrong_bits++;
		show("accessed and dirty", access, out);
	}
}

static void step_access(void)
{
	struct access access = {.user = chance(35)};
	uint64_t value = random_entry(), got;
	struct outcome out;

	access.address = (uint64_t)(BASE_SLOT + pick(SLOTS)) << 39 | pick(INDEXES) << 30 |
			 pick(INDEXES) << 21 | pick(INDEXES) << 12 | pick(INDEXES) << 3;
	access.write = chance(50);
	access.ac = !access.user && supervisor_features & CR4_SMAP && chance(50);
	access.fetch = !access.write && !access.user && chance(30);
	out = walk(&access);
	if (access.fetch && !out.fault)
		return; /* what is there is no code */
	got = perform(&access, value);
	check(&access, &out, access.write ? value : got);
	if (!out.fault && access.write)
		flush();
}

/* An entry of a hot page, or of the root, from outside. What was not present was not cached. */
static void step_change(void)
{
	uint64_t *at = (uint64_t *)(pool + pick(HOT) * PAGE_SIZE) + pick(INDEXES);
	bool was_present;

	if (chance(10))
		at = &root[BASE_SLOT + pick(SLOTS)];
	was_present = pte_read(at) & PTE_P;
	pte_write(at, at >= root && at < root + 512 ? random_entry() & ~PTE_PS : random_entry());
	if (was_present || chance(50))
		flush();
}

static void step_mode(void)
{
	switch (pick(5)) {
	case 0:
		cr4_write(cr4_read() ^ (supervisor_features & CR4_SMEP));
		break;
	case 1:
		cr4_write(cr4_read() ^ (supervisor_features & CR4_SMAP));
		break;
	case 2:
		cr0_write(cr0_read() ^ CR0_WP);
		break;
	case 3:
		cr4_write(cr4_read() ^ CR4_PGE);
		break;
	default:
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) ^ EFER_NXE);
	}
	flush();
}

/* The identity map becomes the supervisor's, so that SMEP and SMAP leave it alone. */
static void build(void)
{
	uint32_t leaf7 = cpuid(7, 0).ebx;

	supervisor_features = (leaf7 & 1u << 7 ? CR4_SMEP : 0) | (leaf7 & 1u << 20 ? CR4_SMAP : 0);
	root = paging_init();
	for (uint64_t at = (uint64_t)image_start; at < (uint64_t)image_end; at += PAGE_SIZE)
		paging_map(root, AT_USER(at), at, PTE_P | PTE_W | PTE_U);
	for (uint64_t at = 0; at < machine.boot->memory_bytes; at += LARGE_SIZE)
		*paging_entry(root, at, 2) &= ~PTE_U;
	cr3_write((uint64_t)root);
	pool = (uint64_t)memory_take(LARGE_SIZE, LARGE_SIZE);
	for (uint64_t i = 0; i < LARGE_SIZE; i += 8)
		pte_write((uint64_t *)(pool + i), random_entry());
	for (unsigned i = 0; i < SLOTS; i++)
		pte_write(&root[BASE_SLOT + i], pool + i * PAGE_SIZE + (PTE_P | PTE_W | PTE_U));
}

int main(void)
{
	uint64_t steps;

	if (!args_check("ptstorm", "steps"))
		return 2;
	steps = args_number("steps", 8000, 1);
	state = machine.boot->seed;
	build();
	for (uint64_t i = 0; i < steps; i++) {
		if (chance(70))
			step_access();
		else if (chance(95))
			step_change();
		else
			step_mode();
	}
	test_equal(wrong_outcome, 0, "every access did what the walk says");
	test_equal(wrong_value, 0, "every value is where the walk says");
	test_equal(wrong_bits, 0, "every accessed and dirty bit is as the walk says");
	printf("# %lu accesses, %lu faults\n", successes, faults);
	test_ok(successes > steps / 8 && faults > steps / 8,
		"there were enough accesses and faults");
	return test_done();
}
