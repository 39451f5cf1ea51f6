/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The elements of a hostile guest's code: random bytes, and instructions that concern a VMM with
 * random operands.
 */
#include "core-vmm/test/hostile_emit.h"

/** An address: of the guest's own structures, anywhere in its memory, just behind it, or wild. */
static uint64_t address_pick(const struct code *code)
{
	uint64_t value = random_next(code->random);
	uint64_t user = value & 1 ? HOSTILE_USER : 0;

	switch (pick(code, 18)) {
	case 0:
		return value;
	case 1: /* canonical, in any quarter of the space */
		return (uint64_t)((int64_t)value >> 17);
	case 2:
		return HOSTILE_MEMORY + (value >> 8 & 0x1fffff);
	case 3: /* the border between pages */
		return (user | (value >> 8) % HOSTILE_MEMORY) | 0xffc;
	case 4:
	case 5: /* where noise maps */
		return (value & 7) << 39 | (value >> 8 & 0x7fffffffff);
	case 6:
	case 7:
		return HOSTILE_NOISE + (value >> 8) % (HOSTILE_NOISE_MAX * PAGE_SIZE);
	case 8:
		return HOSTILE_TABLES + (value >> 8) % (12 * PAGE_SIZE);
	case 9: /* descriptors, handler, frames */
		return (value >> 8) % 0xa000;
	case 10: /* interrupt controllers */
		return HOSTILE_DEVICES + ((value >> 8 & 1) << 21) + (value >> 9 & 0x3f0);
	case 11: /* any device; where none is, that ends the VM */
		if (pick(code, 4))
			return user + (value >> 8) % HOSTILE_MEMORY;
		return HOSTILE_DEVICES + ((value >> 8 & 3) << 21) + (value >> 10 & 0x7ffc);
	default:
		return user + (value >> 8) % HOSTILE_MEMORY;
	}
}

static uint64_t msr_pick(const struct code *code)
{
	static const uint32_t known[] = {0x10,	     0x1b,	 0x3a,	     0x8b,	 0x174,
					 0x175,	     0x176,	 0x1a0,	     0x1d9,	 0x277,
					 0x2ff,	     0x480,	 0x48c,	     0xc0000080, 0xc0000081,
					 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101,
					 0xc0000102, 0xc0000103, 0xda0,	     0x802,	 0x6e0};

	return pick(code, 4) ? known[pick(code, sizeof(known) / sizeof(*known))]
			     : random_next(code->random);
}

static void random_bytes(struct code *code)
{
	for (uint64_t count = 1 + pick(code, ELEMENT_MAX - 1); count; count--)
		put8(code, random_next(code->random));
}

/** An instruction, or its beginning. */
struct bytes {
	char bytes[8];
	uint8_t count;
};
#define I(bytes)                                                                                   \
	{                                                                                          \
		bytes, sizeof(bytes) - 1                                                           \
	}

/** An address in RAX. */
static void address_set(struct code *code)
{
	uint64_t address = address_pick(code);

	if (address >> 32)
		set64(code, RAX, address);
	else
		set32(code, RAX, address);
}

/** Instructions that take no operand, or whose operand may be anything. */
static void plain(struct code *code)
{
	static const struct bytes list[] = {
	    I("\x0f\xa2"),	   /* CPUID */
	    I("\x0f\x06"),	   /* CLTS */
	    I("\x0f\x08"),	   /* INVD */
	    I("\x0f\x09"),	   /* WBINVD */
	    I("\x0f\x31"),	   /* RDTSC */
	    I("\x0f\x33"),	   /* RDPMC */
	    I("\x0f\x01\xf9"),	   /* RDTSCP */
	    I("\x0f\x01\xc8"),	   /* MONITOR */
	    I("\x0f\x01\xc9"),	   /* MWAIT */
	    I("\xf3\x90"),	   /* PAUSE */
	    I("\x0f\x01\xd0"),	   /* XGETBV */
	    I("\x0f\x01\xd1"),	   /* XSETBV */
	    I("\x0f\x01\xc2"),	   /* VMLAUNCH */
	    I("\x0f\x01\xc3"),	   /* VMRESUME */
	    I("\x0f\x01\xc4"),	   /* VMXOFF */
	    I("\x0f\x01\xd4"),	   /* VMFUNC */
	    I("\x0f\x01\xcf"),	   /* ENCLS */
	    I("\x0f\x01\xf8"),	   /* SWAPGS */
	    I("\x0f\x01\xca"),	   /* CLAC */
	    I("\x0f\x01\xcb"),	   /* STAC */
	    I("\x0f\x37"),	   /* GETSEC */
	    I("\x0f\xaa"),	   /* RSM */
	    I("\x0f\xc7\xf0"),	   /* RDRAND EAX */
	    I("\x0f\xc7\xf8"),	   /* RDSEED EAX */
	    I("\x0f\x05"),	   /* SYSCALL */
	    I("\x0f\x34"),	   /* SYSENTER */
	    I("\x0f\x35"),	   /* SYSEXIT */
	    I("\x0f\x07"),	   /* SYSRET */
	    I("\xcf"),		   /* IRET */
	    I("\xcb"),		   /* RETF */
	    I("\xcc"),		   /* INT3 */
	    I("\xce"),		   /* INTO */
	    I("\xf1"),		   /* INT1 */
	    I("\xfa"),		   /* CLI */
	    I("\xfb"),		   /* STI */
	    I("\xfb\xf4"),	   /* STI; HLT */
	    I("\x9b\xdb\xe3"),	   /* FINIT */
	    I("\x66\x0f\x6f\x00"), /* MOVDQA (RAX) */
	    I("\x0f\xae\x00"),	   /* FXSAVE (RAX) */
	    I("\x0f\xae\x08"),	   /* FXRSTOR (RAX) */
	    I("\x0f\xae\x20"),	   /* XSAVE (RAX) */
	    I("\x0f\xae\x28"),	   /* XRSTOR (RAX) */
	    I("\x0f\xc7\x28"),	   /* XSAVES (RAX) */
	    I("\x0f\xc7\x18"),	   /* XRSTORS (RAX) */
	    I("\x8e\xd0\x0f\xa2"), /* MOV SS, AX; CPUID */
	    I("\x9c"),		   /* PUSHF */
	    I("\x9d"),		   /* POPF */
	};
	uint64_t which = pick(code, sizeof(list) / sizeof(*list));

	if (pick(code, 2))
		set32(code, RAX, address_pick(code));
	if (pick(code, 2))
		set32(code, RCX, pick(code, 2) ? pick(code, 16) : random_next(code->random));
	put_bytes(code, list[which].bytes, list[which].count);
}

static void halt(struct code *code)
{
	if (!pick(code, 32))
		PUT("\xf4");
}

static void msr(struct code *code)
{
	set32(code, RCX, msr_pick(code));
	if (pick(code, 2)) {
		PUT("\x0f\x32"); /* RDMSR */
		if (!pick(code, 4))
			PUT("\x0f\x30"); /* WRMSR of what was read */
		return;
	}
	set32(code, RAX, pick(code, 2) ? pick(code, 0x1000) : random_next(code->random));
	set32(code, RDX, pick(code, 2) ? 0 : random_next(code->random));
	PUT("\x0f\x30");
}

static void port(struct code *code)
{
	static const uint16_t known[] = {0x20,	0x21,  0x40,  0x43,  0x60,  0x64,  0x70,
					 0x71,	0x80,  0x92,  0xe9,  0xf4,  0xf6,  0xf7,
					 0x3f8, 0x3fb, 0x3fd, 0x3ff, 0xcf8, 0xcfc, 0x8900};
	static const uint8_t opcodes[] = {0xec, 0xed, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f};
	uint64_t opcode = opcodes[pick(code, 8)];

	set32(code, RDX,
	      pick(code, 2) ? known[pick(code, sizeof(known) / sizeof(*known))]
			    : random_next(code->random));
	if (opcode < 0x80) {
		set32(code, pick(code, 2) ? RSI : RDI, address_pick(code));
		set32(code, RCX, pick(code, 4) ? pick(code, 64) : pick(code, 1ul << 32));
		if (pick(code, 2))
			put8(code, pick(code, 2) ? 0xf3 : 0xf2);
		if (!pick(code, 4))
			put8(code, 0x67);
	}
	if (!pick(code, 3))
		put8(code, 0x66);
	put8(code, opcode);
}

static void hypercall(struct code *code)
{
	static const uint8_t arguments[] = {RDI, RSI, RDX, RCX};
	uint64_t number = pick(code, 8) ? 1 + pick(code, 4) : random_next(code->random);

	set32(code, RAX, number);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t value = pick(code, 2) ? address_pick(code) : pick(code, 8192);

		if (i == 0 && number == 1) /* a mark of a kind that there may be */
			value = pick(code, 2) ? value : value & 0xffff03;
		if (pick(code, 4))
			set32(code, arguments[i], value);
	}
	PUT("\x0f\x01\xc1");
}

/** MOV to and from control and debug registers; values a few bits away from those that are in use.
 */
static void control(struct code *code)
{
	static const uint64_t usual[] = {0x80010033, 0, 0, HOSTILE_TABLES, 0x620};
	static const uint8_t registers[] = {0, 0, 3, 3, 4, 4, 8, 2, 1};
	unsigned reg = registers[pick(code, sizeof(registers))];
	bool debug = !pick(code, 8);
	uint64_t value = reg < 5 ? usual[reg] : 0;

	if (debug)
		reg = (unsigned)pick(code, 8);
	if (reg == 3 && !debug && pick(code, 2))
		value = hostile_entry(code->random);
	else
		for (uint64_t flips = pick(code, 4); flips; flips--)
			value ^= 1ull << pick(code, pick(code, 8) ? 22 : 64);
	if (!pick(code, 8))
		value = random_next(code->random);
	if (value >> 32)
		set64(code, RAX, value);
	else
		set32(code, RAX, value);
	if (reg == 8 && !debug)
		put8(code, 0x44);
	put8(code, 0x0f);
	put8(code, (pick(code, 4) ? 0x22 : 0x20) + debug);
	put8(code, 0xc0 | (reg & 7) << 3);
}

static void lmsw(struct code *code)
{
	set32(code, RAX, random_next(code->random));
	PUT("\x0f\x01");
	put8(code, pick(code, 2) ? 0xf0 : 0xe0); /* LMSW AX, SMSW AX */
}

/** An address in RAX, then an instruction with a memory operand there. */
static void system_memory(struct code *code)
{
	static const struct bytes list[] = {
	    I("\x0f\x01\x38"),	       /* INVLPG */
	    I("\x0f\x01\x00"),	       /* SGDT */
	    I("\x0f\x01\x08"),	       /* SIDT */
	    I("\x0f\x01\x10"),	       /* LGDT */
	    I("\x0f\x01\x18"),	       /* LIDT */
	    I("\x0f\x00\x00"),	       /* SLDT */
	    I("\x0f\x00\x08"),	       /* STR */
	    I("\x0f\x00\x10"),	       /* LLDT */
	    I("\x0f\x00\x18"),	       /* LTR */
	    I("\x0f\x00\x20"),	       /* VERR */
	    I("\x66\x0f\x38\x82\x08"), /* INVPCID */
	    I("\x66\x0f\x38\x80\x08"), /* INVEPT */
	    I("\x66\x0f\x38\x81\x08"), /* INVVPID */
	    I("\xf3\x0f\xc7\x30"),     /* VMXON */
	    I("\x66\x0f\xc7\x30"),     /* VMCLEAR */
	    I("\x0f\xc7\x30"),	       /* VMPTRLD */
	    I("\x0f\xc7\x38"),	       /* VMPTRST */
	    I("\x0f\x78\x08"),	       /* VMREAD */
	    I("\x0f\x79\x08"),	       /* VMWRITE */
	    I("\xff\x28"),	       /* JMP far */
	    I("\xff\x18"),	       /* CALL far */
	    I("\x0f\xae\x38"),	       /* CLFLUSH */
	    I("\x0f\xb2\x20"),	       /* LSS */
	    I("\x8e\xc0"),	       /* MOV ES, AX */
	    I("\x8e\xe8"),	       /* MOV GS, AX */
	};
	uint64_t which = pick(code, sizeof(list) / sizeof(*list));

	address_set(code);
	put_bytes(code, list[which].bytes, list[which].count);
}

/** Accesses to memory of many kinds, a fetch among them. */
static void memory(struct code *code)
{
	static const struct bytes list[] = {
	    I("\x8b\x18"),	       /* MOV EBX, (RAX) */
	    I("\x48\x8b\x18"),	       /* MOV RBX, (RAX) */
	    I("\x89\x18"),	       /* MOV (RAX), EBX */
	    I("\x48\x89\x18"),	       /* MOV (RAX), RBX */
	    I("\x66\x89\x18"),	       /* MOV (RAX), BX */
	    I("\x88\x18"),	       /* MOV (RAX), BL */
	    I("\x48\x87\x18"),	       /* XCHG */
	    I("\xf0\x48\x0f\xc1\x18"), /* LOCK XADD */
	    I("\xf0\x48\x0f\xb1\x18"), /* LOCK CMPXCHG */
	    I("\x0f\xc7\x08"),	       /* CMPXCHG8B */
	    I("\xf0\x48\x0f\xc7\x08"), /* LOCK CMPXCHG16B, or 8B behind a DEC */
	    I("\x48\x0f\xab\x18"),     /* BTS */
	    I("\xf0\x80\x08\x07"),     /* LOCK OR BYTE (RAX), 7 */
	    I("\x80\x20\xfd"),	       /* AND BYTE (RAX), ~2 */
	    I("\x48\xff\x00"),	       /* INC */
	    I("\x48\xf7\x18"),	       /* NEG */
	    I("\x48\xd1\x00"),	       /* ROL */
	    I("\xff\x30"),	       /* PUSH (RAX) */
	    I("\x8f\x00"),	       /* POP (RAX) */
	    I("\x0f\x11\x00"),	       /* MOVUPS (RAX), XMM0 */
	    I("\x0f\x90\x00"),	       /* SETO (RAX): not known to the interpreter */
	    I("\x8c\x10"),	       /* MOV (RAX), SS: nor this */
	    I("\xc5\xfe\x7f\x00"),     /* VMOVDQU (RAX), YMM0 */
	    I("\xff\xd0"),	       /* CALL RAX */
	    I("\xff\xe0"),	       /* JMP RAX */
	    I("\xf0\x0f\x0b"),	       /* LOCK UD2 */
	};
	uint64_t which = pick(code, sizeof(list) / sizeof(*list));

	address_set(code);
	if (pick(code, 2))
		set64(code, RBX, hostile_entry(code->random));
	put_bytes(code, list[which].bytes, list[which].count);
}

/** REP over memory, page tables too. */
static void string(struct code *code)
{
	static const uint8_t opcodes[] = {0xa4, 0xa5, 0xaa, 0xab, 0xa6, 0xae, 0xac};

	set32(code, RSI, address_pick(code));
	set32(code, RDI, address_pick(code));
	set32(code, RCX, pick(code, 700));
	put8(code, 0xf3);
	if (pick(code, 2))
		put8(code, 0x48);
	put8(code, opcodes[pick(code, sizeof(opcodes))]);
}

/** Write an entry, flush in one of the ways there are, or not, and use what it maps. */
static void remap(struct code *code)
{
	uint64_t table = pick(code, 2) ? HOSTILE_NOISE + (pick(code, HOSTILE_NOISE_MAX) << 12)
				       : HOSTILE_TABLES + (pick(code, 8) << 12);

	set64(code, RBX, hostile_entry(code->random));
	set32(code, RAX, table + pick(code, 512) * 8);
	PUT("\x48\x89\x18"); /* MOV (RAX), RBX */
	switch (pick(code, 4)) {
	case 0:
		PUT("\x0f\x20\xd8\x0f\x22\xd8"); /* MOV RAX, CR3; MOV CR3, RAX */
		break;
	case 1:
		set32(code, RAX, address_pick(code));
		PUT("\x0f\x01\x38"); /* INVLPG (RAX) */
		break;
	default:
		break;
	}
	set64(code, RAX, pick(code, 8) << 39 | (pick(code, 1ull << 30) << 9));
	PUT("\x8b\x18"); /* MOV EBX, (RAX) */
}

/** XSETBV where the operating system has said that it uses it. */
static void extended_state(struct code *code)
{
	set32(code, RAX, 0x40620); /* CR4: OSXSAVE and what is set anyway */
	PUT("\x0f\x22\xe0");
	set32(code, RAX, pick(code, 4) ? pick(code, 256) : random_next(code->random));
	set32(code, RCX, pick(code, 4) ? 0 : 1);
	set32(code, RDX, pick(code, 8) ? 0 : 1);
	PUT("\x0f\x01\xd1");
}

static void interrupt(struct code *code)
{
	put8(code, 0xcd);
	put8(code, random_next(code->random));
}

/** Segment loads by far jumps with an immediate selector: compatibility code; task switches. */
static void far_jump(struct code *code)
{
	put8(code, pick(code, 2) ? 0xea : 0x9a);
	put32(code, address_pick(code));
	put8(code, pick(code, 2) ? 0x18 : pick(code, 0x80));
	put8(code, 0);
}

void hostile_element(struct code *code)
{
	/* Those that lead away from the others stand once. */
	static void (*const elements[])(struct code *) = {
	    random_bytes,  plain,	  plain,    plain,	    halt,    msr,     msr,
	    port,	   port,	  port,	    hypercall,	    control, control, lmsw,
	    system_memory, system_memory, memory,   memory,	    memory,  string,  remap,
	    remap,	   interrupt,	  far_jump, extended_state,
	};

	if (!pick(code, 18))
		hostile_device(code);
	else
		elements[pick(code, sizeof(elements) / sizeof(*elements))](code);
}
