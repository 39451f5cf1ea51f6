/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vmx/stack.h"

#include "core-vmm/dispatch/linear.h"
#include "core-vmm/memory/walk.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

#define PER_RECORD 5u
#define WORD_BYTES 8u

/** The guest's memory at @gla, by its four-level tables as they stand, with nothing set in them and
 *  nobody's rights asked; NULL if there is none. */
static const uint64_t *linear_peek(const struct vcpu *vcpu, uint64_t cr3, uint64_t gla)
{
	const struct guest_memory *memory = &vcpu->vm->memory;
	uint64_t entry = cr3, offset, hpa;
	unsigned level = 4;

	if (!address_canonical(gla))
		return NULL;
	for (;; level--) {
		hpa = guest_memory_find(memory, (entry & PTE_ADDRESS) + 8 * walk_index(gla, level));
		if (!hpa)
			return NULL;
		entry = *(const uint64_t *)platform_virt(hpa);
		if (!(entry & PTE_P))
			return NULL;
		if (level == 1 || (level < 4 && entry & PTE_PS))
			break;
	}
	offset = gla & ((1ull << walk_shift(level)) - 1);
	hpa = guest_memory_find(memory,
				(entry & PTE_ADDRESS & -(1ull << walk_shift(level))) + offset);
	return hpa ? platform_virt(hpa) : NULL;
}

static bool is_chosen(const struct vcpu *vcpu, uint64_t reason)
{
	return vm_has_reason(vcpu->vm->config.stacks, reason) &&
	       !(vmcs_read(VMCS_GUEST_SS_RIGHTS) & RIGHTS_DPL) &&
	       vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L && vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;
}

/** The next record of this exit. Its time is the exit's own: what follows is not to be seen. */
static struct vts_event *record_next(struct vcpu *vcpu, enum vts_kind kind, unsigned reason)
{
	return record_begin_at(vcpu, vcpu->exit_tsc, vcpu->exit_tsc, kind, 0, reason, 0);
}

/** Record the words from @rsp up; how many. */
static unsigned words_record(struct vcpu *vcpu, uint64_t cr3, uint64_t rsp)
{
	struct vts_event *event = NULL;
	const uint64_t *word = NULL;
	unsigned count;

	for (count = 0; count < VTS_STACK_WORDS; count++) {
		uint64_t gla = rsp + WORD_BYTES * count;

		if (!word || !(gla & (PAGE_SIZE - 1)))
			word = linear_peek(vcpu, cr3, gla);
		if (!word)
			break;
		if (count % PER_RECORD == 0) {
			if (event)
				record_end(vcpu);
			event = record_next(vcpu, VTS_KIND_STACK_WORDS, count);
			__builtin_memset(event->stack_words, 0, sizeof(event->stack_words));
		}
		event->stack_words[count % PER_RECORD] = *word++;
	}
	if (event)
		record_end(vcpu);
	return count;
}

void stack_record(struct vcpu *vcpu)
{
	struct vts_event *event;
	uint64_t cr3, rsp;
	unsigned words;

	if (!RECORDING || !is_chosen(vcpu, vmcs_read(VMCS_EXIT_REASON)))
		return;
	cr3 = vcpu->vm->ept ? vmcs_read(VMCS_GUEST_CR3) : vcpu->paging.cr3;
	rsp = vmcs_read(VMCS_GUEST_RSP) & -(uint64_t)WORD_BYTES;
	words = words_record(vcpu, cr3, rsp);
	event = record_next(vcpu, VTS_KIND_STACK, 0);
	event->stack.rsp = rsp;
	event->stack.rbp = vcpu->gpr[RBP];
	event->stack.words = words;
	event->stack.spent = platform_tsc() - vcpu->exit_tsc;
	event->stack.unused = 0;
	record_end(vcpu);
}
