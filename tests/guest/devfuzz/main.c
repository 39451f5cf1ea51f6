// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments: seeds=N (from the VM's --seed on; default 1), what=all|queues|registers, steps=N of each seed (default 40). The
 * status is 0 if every device was in order after each seed. Needs input, which the console's queue takes, and --disk.
 */
#include "tests/guest/devfuzz/devfuzz.h"

#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pci.h"

enum { ALL, QUEUES, REGISTERS };

struct fuzz fuzz;

static unsigned failures;

void fuzz_fail(const char *what)
{
	failures++;
	printf("\nseed %lu failed: %s\n", fuzz.seed, what);
}

unsigned fuzz_device(void)
{
	unsigned device = (unsigned)fuzz_below(DEVICES);

	for (unsigned i = 0; i < DEVICES; i++, device = (device + 1) % DEVICES)
		if (fuzz.has[device])
			return device;
	return DEVICES;
}

uint64_t fuzz_word(void)
{
	uint64_t value = fuzz_random();

	switch (fuzz_below(12)) {
	case 0: /* behind memory, and across its end */
		return machine.boot->memory_bytes - (value & 0x1f) + 16;
	case 1: /* interrupt controllers, and where BARs may be */
		return (value & 1   ? 0xfee00000
			: value & 2 ? 0xfec00000
				    : 0xe0000000) +
		       (value >> 8 & 0xff8);
	case 2:
		return -(value & 0xff);
	case 3:
		return 1ul << (value & 63);
	case 4:
		return value;
	case 5:
		return value & 0xffff;
	case 6:
	case 7: /* flags, indices, small numbers */
		return value & 0x7;
	default:
		return (uint64_t)fuzz.arena + (value & (ARENA_BYTES - 1));
	}
}

static void step(unsigned what)
{
	bool queues = fuzz_device() != DEVICES;

	if (what == QUEUES) {
		queue_case();
		return;
	}
	switch (queues && what == ALL ? fuzz_below(8) : 2) {
	case 0:
		queue_case();
		break;
	case 1:
		queue_noise();
		break;
	default:
		registers_step();
	}
}

int main(void)
{
	uint64_t first = machine.boot->seed, seeds, steps;
	unsigned what;

	if (!args_check("devfuzz", "seeds what steps"))
		return 2;
	seeds = args_number("seeds", 1, 1);
	steps = args_number("steps", 40, 1);
	what = args_choice("what", "all queues registers");
	paging_init();
	fuzz.arena = memory_take(ARENA_BYTES, ARENA_BYTES);
	fuzz.has[BLK] = pci_find(VIRTIO_VENDOR, VIRTIO_ID(VIRTIO_BLOCK)) != PCI_SLOTS;
	fuzz.has[CONSOLE] = pci_find(VIRTIO_VENDOR, VIRTIO_ID(VIRTIO_CONSOLE)) != PCI_SLOTS;
	registers_init();
	recover();
	for (fuzz.seed = first; fuzz.seed < first + seeds; fuzz.seed++) {
		fuzz.state = fuzz.seed * 0x2545f4914f6cdd1d;
		for (uint64_t i = 0; i < steps; i++)
			step(what);
		recover();
	}
	printf("\n");
	queue_report();
	printf("devfuzz: seeds %lu failures %u\n", seeds, failures);
	return failures != 0;
}
