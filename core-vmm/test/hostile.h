/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hostile guests, for test builds of the VMM (lib/vmm-hostile.elf): VMs that are made from a seed,
 * live and die inside the VMM before the guest that vtrun names runs. docs/proofs.md is the
 * concept.
 */
#ifndef CORE_VMM_TEST_HOSTILE_H
#define CORE_VMM_TEST_HOSTILE_H

#include <stdint.h>

#include "core-vmm/loader/guest_image.h"
#include "core-vmm/vm.h"

/* ---- hostile_guest.c: what a hostile guest's memory holds ------------------------------------ */

/** Guest memory of a hostile VM. */
#define HOSTILE_MEMORY (8ul << 20)

/* Guest-physical addresses. All memory is mapped at its address for supervisors, and again from
 * HOSTILE_USER on for everyone. */
#define HOSTILE_CODE	   0x10000ul /* the snippets */
#define HOSTILE_SNIPPETS   48u
#define HOSTILE_SNIPPET	   192u	      /* bytes of one; its end is filled with UD2 */
#define HOSTILE_SKIP	   0x6008ul   /* a byte: #GP skips two bytes and goes on */
#define HOSTILE_TABLES	   0x100000ul /* tables that the guest runs on */
#define HOSTILE_TABLES_PAE 0x108000ul /* the same memory outside long mode: a PDPT, */
#define HOSTILE_TABLES_32  0x109000ul /* and a page directory of 4 MiB pages */
#define HOSTILE_TABLES_IO  0x10a000ul /* what maps HOSTILE_DEVICES */
#define HOSTILE_NOISE	   0x180000ul /* pages of noise, meant as tables */
#define HOSTILE_NOISE_MAX  12u
#define HOSTILE_USER	   0x40000000ul
/* Linear addresses, 2 MiB each: the local APIC's registers, the I/O APIC's, and two where BARs are at first. For everyone. */
#define HOSTILE_DEVICES 0x80000000ul

/** Fill the guest's memory from @seed. 0, or -1: no memory. */
int hostile_fill(struct guest_memory *memory, uint64_t seed, struct guest_entry *entry);

/* ---- hostile_code.c: what it executes -------------------------------------------------------- */

/** Write snippet @index of the guest of @seed, at most HOSTILE_SNIPPET bytes. */
void hostile_snippet(uint8_t *to, uint64_t seed, unsigned index, uint64_t *random);
/** A word that is likely to mean something as a page-table entry. */
uint64_t hostile_entry(uint64_t *random);

/* ---- random numbers: splitmix64 (Steele, Lea, Flood 2014) ------------------------------------ */

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return (random_next(state) >> 32) * limit >> 32;
}

#endif
