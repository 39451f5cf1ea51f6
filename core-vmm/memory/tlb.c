/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every INVEPT, INVVPID and load of CR3 or CR4 that drops translations. SDM vol. 3, 29.4.3
 * (guidelines for INVEPT and INVVPID), 31.3 (the instructions).
 */
#define TLB_NO_SITES /* the calls within this file are no sites of their own */
#include "core-vmm/memory/tlb.h"

#include "core-vmm/memory/ept.h"
#include "core-vmm/record.h"
#include "core-vmm/vm.h"

/* Types of INVVPID and INVEPT. */
enum { INVVPID_ADDRESS, INVVPID_SINGLE, INVVPID_ALL, INVVPID_RETAINING };
enum { INVEPT_SINGLE = 1, INVEPT_ALL };

static inline void invvpid(uint64_t type, uint64_t vpid, uint64_t address)
{
	struct {
		uint64_t vpid, address;
	} descriptor = {vpid, address};

	__asm__ volatile("invvpid %0, %1" : : "m"(descriptor), "r"(type) : "cc", "memory");
}

static inline void invept(uint64_t type, uint64_t pointer)
{
	struct {
		uint64_t pointer, reserved;
	} descriptor = {pointer, 0};

	__asm__ volatile("invept %0, %1" : : "m"(descriptor), "r"(type) : "cc", "memory");
}

static void flush_record(struct vcpu *vcpu, enum vts_how how, enum vts_flush_cause cause,
			 uint64_t address, uint64_t context)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_TLB_FLUSH, how, cause, 0);
	event->tlb_flush.address = address;
	event->tlb_flush.context = context;
	event->tlb_flush.unused[0] = 0;
	event->tlb_flush.unused[1] = 0;
	event->tlb_flush.unused[2] = 0;
	record_end(vcpu);
}

void tlb_flush_guest(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	if (!vcpu->vpid)
		return;
	invvpid(INVVPID_SINGLE, vcpu->vpid, 0);
	ledger_paid_guest(vcpu);
	flush_record(vcpu, VTS_TLB_FLUSH_INVVPID_SINGLE, cause, 0, vcpu->vpid);
}

void tlb_flush_address(struct vcpu *vcpu, uint64_t gla, enum vts_flush_cause cause)
{
	if (!vcpu->vpid)
		return;
	if (!(vcpu->capability->ept_vpid & CAP_INVVPID_ADDRESS)) {
		tlb_flush_guest(vcpu, cause);
		return;
	}
	invvpid(INVVPID_ADDRESS, vcpu->vpid, gla);
	ledger_paid_address(vcpu, gla);
	flush_record(vcpu, VTS_TLB_FLUSH_INVVPID_ADDRESS, cause, gla, vcpu->vpid);
}

void tlb_flush_nonglobal(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	if (!vcpu->vpid)
		return;
	if (!(vcpu->capability->ept_vpid & CAP_INVVPID_RETAINING)) {
		tlb_flush_guest(vcpu, cause);
		return;
	}
	invvpid(INVVPID_RETAINING, vcpu->vpid, 0);
	ledger_paid_nonglobal(vcpu);
	flush_record(vcpu, VTS_TLB_FLUSH_INVVPID_NONGLOBAL, cause, 0, vcpu->vpid);
}

void tlb_flush_ept(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	uint64_t pointer = vcpu->vm->ept->pointer;

	invept(INVEPT_SINGLE, pointer);
	ledger_paid_ept(vcpu);
	flush_record(vcpu, VTS_TLB_FLUSH_INVEPT_SINGLE, cause, 0, pointer);
}

void tlb_count_guest_flush(struct vcpu *vcpu, enum vts_how how, enum vts_flush_cause cause,
			   uint64_t gla)
{
	flush_record(vcpu, how, cause, gla, vcpu->vpid);
}

void tlb_host_load(uint64_t cr3)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}

void tlb_host_load_cr4(uint64_t cr4)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}
