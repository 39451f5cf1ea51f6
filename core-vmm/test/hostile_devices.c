/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements of a hostile guest's code that concern devices and interrupts. Their registers in memory are among the addresses
 * that every other element may take (hostile_elements.c).
 */
#include "core-vmm/test/hostile_emit.h"

#define APIC_BASE_MSR 0x1b
#define APIC_MSRS     0x800u
#define APIC_SVR      0xf0u
#define APIC_TIMER    0x320u
#define APIC_INITIAL  0x380u

#define SVR_ENABLED 0x100u

/** mov $value, register of the local APIC in xAPIC mode: the same bytes in 64-bit and 32-bit code. */
static void apic_store(struct code *code, unsigned reg, uint64_t value)
{
	PUT("\xc7\x04\x25");
	put32(code, HOSTILE_DEVICES + reg);
	put32(code, value);
}

/** A vector, mostly one of those that interrupts may have; and higher bits. */
static uint64_t apic_value(const struct code *code)
{
	return pick(code, 3) ? (random_next(code->random) & 0x707ff) : random_next(code->random);
}

/** WRMSR of the mode, or of a register that x2APIC mode has. */
static void apic_msr(struct code *code)
{
	bool mode = !pick(code, 3);

	set32(code, RCX, mode ? APIC_BASE_MSR : APIC_MSRS + pick(code, 0x40));
	set32(code, RAX, mode ? 0xfee00000 | pick(code, 16) << 8 : apic_value(code));
	set32(code, RDX, pick(code, 8) ? 0 : random_next(code->random));
	PUT("\x0f\x30");
}

/** A timer of the local APIC, of any mode, and a halt. */
static void apic_timer(struct code *code)
{
	apic_store(code, APIC_SVR, SVR_ENABLED | pick(code, 256));
	apic_store(code, APIC_TIMER, pick(code, 256) | pick(code, 4) << 17);
	apic_store(code, APIC_INITIAL, pick(code, 2) ? pick(code, 64) : pick(code, 1u << 20));
	PUT("\xfb\xf4"); /* STI; HLT */
}

static void out_byte(struct code *code, unsigned port, uint64_t value)
{
	put8(code, 0xb0); /* MOV AL, imm8; OUT imm8, AL */
	put8(code, value);
	put8(code, 0xe6);
	put8(code, port);
}

/** The 8259 begins anew, and all its lines may come. */
static void pic_open(struct code *code)
{
	out_byte(code, 0x20, 0x11 | pick(code, 16));
	out_byte(code, 0x21, random_next(code->random));
	out_byte(code, 0x21, 4);
	out_byte(code, 0x21, pick(code, 32));
	out_byte(code, 0x21, pick(code, 2) ? 0 : random_next(code->random));
	PUT("\xfb\x90\xfa"); /* STI; NOP; CLI */
}

static void pit_halt(struct code *code)
{
	out_byte(code, 0x43, pick(code, 2) ? 0x34 : random_next(code->random));
	out_byte(code, 0x40, random_next(code->random));
	out_byte(code, 0x40, pick(code, 4) ? 0 : random_next(code->random));
	PUT("\xfb\xf4");
}

/** A double word of the configuration space of one of the devices that there are; often what lets it answer. */
static void pci_write(struct code *code)
{
	bool command = pick(code, 2);

	set32(code, RDX, 0xcf8);
	set32(code, RAX, 0x80000000 | pick(code, 3) << 11 | (command ? 4 : pick(code, 64) << 2));
	put8(code, 0xef); /* OUT DX, EAX */
	set32(code, RDX, 0xcfc);
	set32(code, RAX, command ? 7 : random_next(code->random));
	put8(code, 0xef);
}

void hostile_device(struct code *code)
{
	static void (*const elements[])(struct code *) = {apic_msr, apic_msr, apic_timer,
							  pic_open, pit_halt, pci_write};

	elements[pick(code, sizeof(elements) / sizeof(*elements))](code);
}
