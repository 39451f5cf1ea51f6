/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's whole life inside a test VMM, and its events; one at a time. */
#ifndef CORE_VMM_TEST_VM_LIFE_H
#define CORE_VMM_TEST_VM_LIFE_H

#include <stdint.h>

#include "core-vmm/test/tally.h"
#include "core-vmm/vm.h"

struct guest_image;

struct vm_life {
	const struct capability *capability;
	struct vm_config config;
	struct console *console;
	const struct guest_image *image; /* NULL: whatever __wrap_guest_image_load makes */
	struct tally *tally;
	/** Called when the VM has ended and is still whole. */
	void (*judge)(struct vcpu *vcpu);
	/* What came of it. */
	struct vm_stop stop;
	uint64_t exits, records; /* exits, and exit records */
};

/** Make, run and take apart a VM. NULL, or why it could not be made. All the memory that it took is
 * free again. */
const char *vm_life(struct vm_life *life);

/** A console whose output goes nowhere. */
extern struct console vm_life_silence;

#endif
