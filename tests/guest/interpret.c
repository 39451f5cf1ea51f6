// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same instruction twice, the second time where its memory operand lies in page tables: then a
 * VMM with shadow paging interprets it. Registers, flags, memory and exceptions must be the same.
 * Random instructions of every kind in 64-bit, 32-bit and 16-bit code, at CPL 0 and 3, with segments
 * of random base, limit and type. And what comes of them is the same on every machine: a digest says
 * so. cases=N of each width (default 3000); show=1 prints every case; vtrun --seed.
 */
#include "tests/guest/interpret_case.h"
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"
#include "workloads/lib/string.h"

#define FLAGS	   (PTE_P | PTE_W | PTE_U)
#define TABLES	   WINDOW(41) /* what the tables that lie at CASE_DATA map */
#define GIGA	   (1ul << 30)
#define LAST	   (TABLES + 2 * GIGA - LARGE_SIZE)
#define REFILL	   250
#define SHOWN	   3	   /* mismatches */
#define BREAKPOINT 0x401ul /* DR7: DR0, execution */

static uint64_t *root, state, digest, show;
static uint64_t *plain;	    /* two pages of ordinary memory */
static uint64_t *tables[2]; /* two page directories, whose first and last entry are in use */
static uint8_t *code;

static void init(void)
{
	root = paging_init();
	step_init();
	plain = memory_take(2 * PAGE_SIZE, PAGE_SIZE);
	code = memory_take(2 * PAGE_SIZE, PAGE_SIZE);
	for (unsigned i = 0; i < 2 * PAGE_SIZE; i += 2)
		memcpy(&code[i], STEP_END, 2);
	for (uint64_t i = 0; i < 2; i++) {
		paging_map(root, CASE_CODE + i * PAGE_SIZE, (uint64_t)code + i * PAGE_SIZE, FLAGS);
		tables[i] = (uint64_t *)((uint64_t)paging_entry(root, TABLES + i * GIGA, 2) &
					 ~(PAGE_SIZE - 1));
	}
	paging_map(root, TABLES, (uint64_t)plain, FLAGS);
	paging_map(root, LAST, (uint64_t)plain, FLAGS);
	cr0_write(cr0_read() | CR0_AM);
}

/** Use both tables, so that a VMM that shadows them knows that they are. */
static void tables_use(void)
{
	(void)*(volatile uint64_t *)TABLES;
	(void)*(volatile uint64_t *)LAST;
}

/** New contents, the same in both; the entries in use stay. */
static void refill(void)
{
	tables_use();
	for (unsigned i = 0; i < 1024; i++) {
		uint64_t *at = &tables[i / 512][i % 512];

		plain[i] = pte_read(at);
		if (i == 0 || i == 1023)
			continue;
		plain[i] = random_next(&state) & 1 ? random_next(&state) : 0;
		pte_write(at, plain[i]);
	}
}

static bool memory_same(void)
{
	for (unsigned i = 0; i < 1024; i++)
		if (plain[i] != tables[i / 512][i % 512])
			return false;
	return true;
}

static void map_at_data(const void *first, const void *second)
{
	paging_map(root, CASE_DATA, (uint64_t)first, FLAGS);
	paging_map(root, CASE_DATA + PAGE_SIZE, (uint64_t)second, FLAGS);
	invlpg(CASE_DATA);
	invlpg(CASE_DATA + PAGE_SIZE);
}

static void breakpoint_set(uint64_t address, uint64_t control)
{
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr7\n\tmov %2, %%dr6" ::"r"(address),
			 "r"(control), "r"(0xffff0ff0ul));
}

static void run(const struct interpret_case *made, const void *first, const void *second,
		bool stops, struct step_result *result)
{
	map_at_data(first, second);
	if (made->pointer)
		memcpy((void *)made->pointer, &made->target, 8);
	if (first == tables[0])
		tables_use();
	if (stops)
		breakpoint_set(made->place + made->length, BREAKPOINT);
	step_run(&made->step, result);
	if (stops)
		breakpoint_set(0, 0x400);
	result->rflags &= ~made->undefined;
}

static void digest_add(const void *data, uint64_t bytes)
{
	for (uint64_t i = 0; i < bytes / 8; i++) {
		digest ^= ((const uint64_t *)data)[i];
		random_next(&digest);
		digest = digest << 13 | digest >> 51;
	}
}

static void result_show(const char *what, const struct step_result *result)
{
	printf("# %s: vector %lu, error code 0x%lx, cr2 0x%lx, rip 0x%lx, rflags 0x%lx\n", what,
	       result->vector, result->error, result->cr2, result->rip, result->rflags);
	for (unsigned i = 0; i < 16; i += 4)
		printf("#   %lx %lx %lx %lx\n", result->gpr[i], result->gpr[i + 1],
		       result->gpr[i + 2], result->gpr[i + 3]);
}

static void case_show(const struct interpret_case *made, uint64_t number)
{
	printf("# case %lu: at 0x%lx:", number, made->place);
	for (unsigned i = 0; i < made->length; i++)
		printf(" %02x", made->code[i]);
	printf(", cs 0x%x, rflags 0x%lx\n", made->step.selector[STEP_CS], made->step.rflags);
}

static void mismatch_show(const struct interpret_case *made, uint64_t number,
			  const struct step_result *results)
{
	case_show(made, number);
	result_show("in ordinary memory", &results[0]);
	result_show("in page tables", &results[1]);
	for (unsigned i = 0; i < 1024; i++)
		if (plain[i] != tables[i / 512][i % 512])
			printf("#   at 0x%x: %016lx %016lx\n", i * 8, plain[i],
			       tables[i / 512][i % 512]);
}

/** One instruction, both ways; whether they agree. */
static bool case_run(unsigned bits, uint64_t number, bool first, uint64_t *faults)
{
	static struct interpret_case made;
	struct step_result results[2];
	bool same, stops;

	interpret_case_make(&made, bits, &state);
	stops = random_next(&state) % 16 == 0;
	memcpy(&code[made.place - CASE_CODE], made.code, made.length);
	memcpy(&code[made.place - CASE_CODE + made.length], STEP_END, 2);
	run(&made, plain, plain + 512, stops, &results[0]);
	run(&made, tables[0], tables[1], stops, &results[1]);
	same = !memcmp(&results[0], &results[1], sizeof(results[0])) && memory_same();
	*faults += results[0].vector != STEP_VECTOR && results[0].vector != VECTOR_DB;
	if (!same && first)
		mismatch_show(&made, number, results);
	digest_add(&results[0], sizeof(results[0]));
	if (show)
		printf("# %lu: vector %lu rip 0x%lx rflags 0x%lx digest %016lx\n", number,
		       results[0].vector, results[0].rip, results[0].rflags, digest);
	for (uint64_t i = (made.place - CASE_CODE) & ~1ul;
	     i < made.place - CASE_CODE + made.length + 2; i += 2)
		memcpy(&code[i], STEP_END, 2);
	return same;
}

static void width_run(unsigned bits, uint64_t cases)
{
	uint64_t wrong = 0, faults = 0;

	digest = 0;
	for (uint64_t i = 0; i < cases; i++) {
		if (i % REFILL == 0 || !memory_same())
			refill();
		wrong += !case_run(bits, i, wrong < SHOWN, &faults);
	}
	digest_add(plain + 1, 2 * PAGE_SIZE - 16);
	test_equal(wrong, 0, "instructions act on page tables as on other memory");
	test_ok(faults > cases / 50 && faults < cases / 2, "some of them fault");
	printf("%u-bit code: %lu of %lu fault, digest %016lx\n", bits, faults, cases, digest);
}

int main(void)
{
	uint64_t cases;

	if (!args_check("interpret", "cases show"))
		return 2;
	cases = args_number("cases", 3000, 1);
	show = args_number("show", 0, 0);
	state = machine.boot->seed;
	init();
	width_run(64, cases);
	width_run(32, cases);
	width_run(16, cases);
	return test_done();
}
