/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/isolation.h"

#ifdef VTS_TEST
#include "core-vmm/memory/ept.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/test_variant.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/vmcs.h"

/* On average, exits between two checks; each walks up to a few thousand entries. */
#define CHECK_EVERY 256

#define EPT_ADDRESS 0x000ffffffffff000ull
#define EPT_LARGE   (1ull << 7)
#define EPT_TYPE    (7ull << 3)
#define WRITE_BACK  (6ull << 3)

/** The page of a virtual local APIC: the processor must take its accesses for what they are. */
static const char *access_check(const struct apicv *apicv, uint64_t entry)
{
	if ((entry & EPT_ADDRESS) != platform_phys(apicv->access) || entry & EPT_X)
		return "the EPT entry of the local APIC's page is another";
	if (!(vmcs_read(VMCS_PROC2_CONTROLS) & PROC2_APIC_ACCESSES))
		return "the local APIC's page is mapped, and not virtualized";
	return NULL;
}

/** A mapping of 1 << @shift bytes: all of them must be backed by just this memory, in this order. */
static const char *leaf_check(const struct vcpu *vcpu, uint64_t gpa, uint64_t entry, unsigned shift)
{
	const struct vm *vm = vcpu->vm;
	uint64_t hpa = entry & EPT_ADDRESS, step = shift > LARGE_SHIFT ? LARGE_SIZE : 1ull << shift;

	if (shift > vm->ept->shift_max)
		return "an EPT entry is larger than the processor has";
	if ((entry & EPT_TYPE) != WRITE_BACK)
		return "an EPT entry has another memory type than write-back";
	if ((entry & EPT_RWX) == EPT_W || (entry & EPT_RWX) == (EPT_W | EPT_X))
		return "an EPT entry has W without R";
	if (gpa == vcpu->apicv.access_gpa && vcpu->apicv.access_gpa)
		return access_check(&vcpu->apicv, entry);
	for (uint64_t offset = 0; offset < 1ull << shift; offset += step)
		if (guest_memory_find(&vm->memory, gpa + offset) != hpa + offset)
			return "an EPT entry leads to memory that is not this VM's";
	if (shift > PAGE_SHIFT && guest_memory_shift(&vm->memory, gpa) < shift)
		return "a large EPT entry leads to memory that is not in one piece";
	return NULL;
}

static const char *table_check(const struct vcpu *vcpu, const uint64_t *table, unsigned shift,
			       uint64_t gpa)
{
	const char *wrong = NULL;

	for (uint64_t i = 0; i < 512 && !wrong; i++) {
		uint64_t at = gpa + (i << shift);

		if (!table[i])
			continue;
		if (shift == PAGE_SHIFT || table[i] & EPT_LARGE)
			wrong = leaf_check(vcpu, at, table[i], shift);
		else
			wrong =
			    table_check(vcpu, platform_virt(table[i] & EPT_ADDRESS), shift - 9, at);
	}
	return wrong;
}

/** The next of a sequence that the seed decides. */
static uint64_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

void isolation_check(struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;
	bool escape = test_variant_is(TEST_ESCAPE);
	const char *wrong;

	if (!escape && !test_variant_is(TEST_CHECK))
		return;
	if (!vcpu->check_state)
		vcpu->check_state = vm->config.seed + 1;
	if (random_next(&vcpu->check_state) % CHECK_EVERY)
		return;
	if (escape && vm->ept && ept_split(vm->ept, 0))
		ept_map(vm->ept, 0, platform_phys(vcpu), PAGE_SHIFT, EPT_RWX);
	wrong = vm->ept ? table_check(vcpu, vm->ept->root, 39, 0) : shadow_check(vcpu);
	if (wrong)
		platform_panic("isolation: %s", wrong);
	vcpu->checks++;
}
#endif
