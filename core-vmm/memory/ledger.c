/* SPDX-License-Identifier: GPL-2.0-only */
/* Only in the test build: see ledger.h. */
#include "core-vmm/memory/ledger.h"

#ifdef VTS_TEST
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"

/* The linker's: the section's bounds, and the number of the site to take out (none: larger than
 * any). */
extern const struct flush_site flush_sites_start[], flush_sites_end[];

bool flush_site_kept(const struct flush_site *site)
{
	uint64_t removed;

	__asm__("movabs $flush_removed, %0" : "=r"(removed));
	return (uint64_t)(site - flush_sites_start) != removed;
}

void ledger_owe_ept(struct vcpu *vcpu)
{
	vcpu->ledger.ept = true;
}

void ledger_owe_guest(struct vcpu *vcpu)
{
	vcpu->ledger.guest = true;
}

void ledger_owe_nonglobal(struct vcpu *vcpu)
{
	vcpu->ledger.nonglobal = true;
}

void ledger_owe_address(struct vcpu *vcpu, uint64_t gla)
{
	struct ledger *ledger = &vcpu->ledger;

	if (ledger->addresses == LEDGER_ADDRESSES)
		ledger->guest = true;
	else
		ledger->address[ledger->addresses++] = gla & PAGE_MASK;
}

void ledger_paid_ept(struct vcpu *vcpu)
{
	vcpu->ledger.ept = false;
}

void ledger_paid_guest(struct vcpu *vcpu)
{
	vcpu->ledger.guest = false;
	vcpu->ledger.nonglobal = false;
	vcpu->ledger.addresses = 0;
}

void ledger_paid_nonglobal(struct vcpu *vcpu)
{
	vcpu->ledger.nonglobal = false;
}

void ledger_paid_address(struct vcpu *vcpu, uint64_t gla)
{
	struct ledger *ledger = &vcpu->ledger;
	unsigned kept = 0;

	for (unsigned i = 0; i < ledger->addresses; i++)
		if (ledger->address[i] != (gla & PAGE_MASK))
			ledger->address[kept++] = ledger->address[i];
	ledger->addresses = kept;
}

void ledger_check(struct vcpu *vcpu)
{
	struct ledger *ledger = &vcpu->ledger;

	/* Without VPID the transition pays what the guest is owed. */
	if (!vcpu->vpid)
		ledger_paid_guest(vcpu);
	if (vcpu->vm->stop.stopped)
		return;
	if (ledger->ept || ledger->guest || ledger->nonglobal || ledger->addresses)
		platform_panic("a flush is owed at VM entry:%s%s%s%s", ledger->ept ? " EPT" : "",
			       ledger->guest ? " guest" : "", ledger->nonglobal ? " nonglobal" : "",
			       ledger->addresses ? " address" : "");
}
#endif
