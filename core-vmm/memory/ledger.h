/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger of owed flushes, in the test build (VTS_TEST) only; elsewhere every call here is
 * nothing. The emulator drops its whole TLB at every transition, so a missing flush never shows as
 * a wrong translation: instead, whoever changes something that may be cached says which flush is
 * owed, tlb.c says which was done, and VM entry asserts that none is owed. To see that this
 * notices, any one flush call can be taken out (flush_removed).
 */
#ifndef CORE_VMM_MEMORY_LEDGER_H
#define CORE_VMM_MEMORY_LEDGER_H

#include <stdint.h>

struct vcpu;

#ifdef VTS_TEST
#include <stdbool.h>

#define LEDGER_ADDRESSES 4

struct ledger {
	bool ept;	/* INVEPT of the VM's EPTP */
	bool guest;	/* all of the VPID */
	bool nonglobal; /* all of it but globals */
	unsigned addresses;
	uint64_t address[LEDGER_ADDRESSES];
};

void ledger_owe_ept(struct vcpu *vcpu);
void ledger_owe_guest(struct vcpu *vcpu);
void ledger_owe_nonglobal(struct vcpu *vcpu);
void ledger_owe_address(struct vcpu *vcpu, uint64_t gla);
void ledger_paid_ept(struct vcpu *vcpu);
void ledger_paid_guest(struct vcpu *vcpu);
void ledger_paid_nonglobal(struct vcpu *vcpu);
void ledger_paid_address(struct vcpu *vcpu, uint64_t gla);
/** Before VM entry: panics if a flush is owed. */
void ledger_check(struct vcpu *vcpu);

/** A call of a flush in the core. */
struct flush_site {
	const char *file;
	uint64_t line;
};
/** False: this call is the one taken out. */
bool flush_site_kept(const struct flush_site *site);

#define FLUSH_SITE(call)                                                                           \
	do {                                                                                       \
		static const struct flush_site site                                                \
		    __attribute__((section("flush_sites"), used, aligned(16))) = {__FILE__,        \
										  __LINE__};       \
		if (flush_site_kept(&site))                                                        \
			call;                                                                      \
	} while (0)
#else
#define LEDGER_NOTHING(name)                                                                       \
	static inline void ledger_##name(struct vcpu *vcpu)                                        \
	{                                                                                          \
		(void)vcpu;                                                                        \
	}
#define LEDGER_NOTHING_AT(name)                                                                    \
	static inline void ledger_##name(struct vcpu *vcpu, uint64_t gla)                          \
	{                                                                                          \
		(void)vcpu, (void)gla;                                                             \
	}
LEDGER_NOTHING(owe_ept)
LEDGER_NOTHING(owe_guest)
LEDGER_NOTHING(owe_nonglobal)
LEDGER_NOTHING_AT(owe_address)
LEDGER_NOTHING(paid_ept)
LEDGER_NOTHING(paid_guest)
LEDGER_NOTHING(paid_nonglobal)
LEDGER_NOTHING_AT(paid_address)
LEDGER_NOTHING(check)
#endif

#endif
