/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/pic.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/device/isa.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/vm.h"

#define CASCADE	  2
#define SPURIOUS  7
#define NONE	  8 /* no line */
#define ELCR_PORT 0x4d0

#define ICW1	    (1u << 4)
#define ICW1_ICW4   (1u << 0)
#define ICW1_SINGLE (1u << 1)
#define ICW1_LEVEL  (1u << 3)
#define ICW4_AEOI   (1u << 1)
#define ICW4_NESTED (1u << 4) /* special fully nested mode */

#define OCW3	      (1u << 3)
#define OCW3_READ_ISR (1u << 0)
#define OCW3_READ     (1u << 1)
#define OCW3_POLL     (1u << 2)
#define OCW3_SMM      (1u << 5)
#define OCW3_SMM_SET  (1u << 6)

#define OCW2_EOI      (1u << 5)
#define OCW2_SPECIFIC (1u << 6)
#define OCW2_ROTATE   (1u << 7)

/* Lines 0, 1, 2, 8 and 13 are edge-triggered for good. */
static const uint8_t elcr_mask[2] = {0xf8, 0xde};

static bool level_triggered(const struct pic_chip *chip, unsigned line)
{
	return chip->icw1 & ICW1_LEVEL || chip->elcr >> line & 1;
}

/** The line of the highest priority in @set, or NONE. */
static unsigned highest(const struct pic_chip *chip, uint8_t set)
{
	unsigned first = (chip->lowest + 1) & 7, turned = (set | set << 8) >> first & 0xff;

	return turned ? (first + (unsigned)__builtin_ctz(turned)) & 7 : NONE;
}

/** 0 is the highest. */
static unsigned priority(const struct pic_chip *chip, unsigned line)
{
	return line == NONE ? 8 : (line - chip->lowest - 1) & 7;
}

/** The line for which the chip asks, or NONE. */
static unsigned request(const struct pic_chip *chip)
{
	unsigned line = highest(chip, chip->irr & (uint8_t)~chip->imr);
	uint8_t service = chip->isr;

	if (line == NONE || chip->expect)
		return NONE;
	if (chip->special_mask)
		service &= (uint8_t)~chip->imr;
	/* The second chip may ask again while it is served. */
	if (chip->icw4 & ICW4_NESTED && !chip->slave && line == CASCADE)
		service &= (uint8_t) ~(1u << CASCADE);
	return priority(chip, line) < priority(chip, highest(chip, service)) ? line : NONE;
}

static void line_set(struct pic_chip *chip, unsigned line, bool high, struct irq_origin origin)
{
	uint8_t bit = (uint8_t)(1u << line);
	bool rises = high && !(chip->line & bit);

	chip->line = (uint8_t)(high ? chip->line | bit : chip->line & ~bit);
	if (!high) {
		chip->irr &= (uint8_t)~bit;
	} else if (rises) {
		chip->irr |= bit;
		chip->origin[line] = origin;
	}
}

/** The second chip's output is the first's line 2, and the first's is the processor's. After every change. */
static void cascade_update(struct vcpu *vcpu)
{
	struct pic_chip *chip = vcpu->vm->devices->pic.chip;
	unsigned line = request(&chip[1]);

	line_set(&chip[0], CASCADE, line != NONE,
		 line != NONE ? chip[1].origin[line] : (struct irq_origin){0});
	vcpu->vm->devices->pic.asks = request(&chip[0]) != NONE;
	vcpu->pending.any |= vcpu->vm->devices->pic.asks;
}

void pic_line_set(struct vcpu *vcpu, unsigned line, bool high, struct irq_origin origin)
{
	if (line == CASCADE)
		return;
	line_set(&vcpu->vm->devices->pic.chip[line >> 3], line & 7, high, origin);
	cascade_update(vcpu);
}

bool pic_requests(const struct vcpu *vcpu)
{
	return vcpu->vm->devices->pic.asks;
}

bool pic_line_open(const struct vcpu *vcpu, unsigned line)
{
	const struct pic_chip *chip = vcpu->vm->devices->pic.chip;

	if (line >= IRQ_ISA_LINES || chip[line >> 3].imr >> (line & 7) & 1)
		return false;
	return line < 8 || !(chip[0].imr >> CASCADE & 1);
}

/** The first half of the acknowledgement. Returns the line; SPURIOUS if none asks. */
static unsigned acknowledge(struct pic_chip *chip)
{
	unsigned line = request(chip);

	if (line == NONE)
		return SPURIOUS;
	if (!level_triggered(chip, line))
		chip->irr &= (uint8_t) ~(1u << line);
	if (!(chip->icw4 & ICW4_AEOI))
		chip->isr |= (uint8_t)(1u << line);
	else if (chip->rotate_on_aeoi)
		chip->lowest = (uint8_t)line;
	return line;
}

struct interrupt pic_take(struct vcpu *vcpu)
{
	struct pic_chip *chip = vcpu->vm->devices->pic.chip;
	bool asked = pic_requests(vcpu);
	unsigned line = acknowledge(&chip[0]), at = 0;
	struct irq_origin origin = {.since = time_now(vcpu), .source = VTS_DEVICE_PIC};

	if (asked && line == CASCADE) {
		at = 1;
		asked = request(&chip[1]) != NONE;
		line = acknowledge(&chip[1]);
	}
	if (asked)
		origin = chip[at].origin[line];
	cascade_update(vcpu);
	return (struct interrupt){.origin = origin, .vector = (uint8_t)(chip[at].base + line)};
}

static void icw1_write(struct pic_chip *chip, uint8_t value)
{
	chip->icw1 = value;
	chip->icw4 = 0;
	chip->imr = 0;
	chip->isr = 0;
	chip->lowest = 7;
	chip->special_mask = chip->read_isr = chip->poll = chip->rotate_on_aeoi = false;
	/* Edge sensing starts anew: a line must fall before it is seen to rise. */
	for (unsigned line = 0; line < 8; line++)
		if (!level_triggered(chip, line))
			chip->irr &= (uint8_t) ~(1u << line);
	chip->expect = 2;
}

static void ocw2_write(struct pic_chip *chip, uint8_t value)
{
	unsigned line = value & OCW2_SPECIFIC ? value & 7 : highest(chip, chip->isr);

	if (!(value & OCW2_EOI)) {
		if ((value & (OCW2_ROTATE | OCW2_SPECIFIC)) == (OCW2_ROTATE | OCW2_SPECIFIC))
			chip->lowest = (uint8_t)line;
		else if (!(value & OCW2_SPECIFIC))
			chip->rotate_on_aeoi = value & OCW2_ROTATE;
		return;
	}
	if (line == NONE)
		return;
	chip->isr &= (uint8_t) ~(1u << line);
	if (value & OCW2_ROTATE)
		chip->lowest = (uint8_t)line;
}

static void ocw3_write(struct pic_chip *chip, uint8_t value)
{
	if (value & OCW3_SMM_SET)
		chip->special_mask = value & OCW3_SMM;
	if (value & OCW3_READ)
		chip->read_isr = value & OCW3_READ_ISR;
	chip->poll = value & OCW3_POLL;
}

static void data_write(struct pic_chip *chip, uint8_t value)
{
	switch (chip->expect) {
	case 2:
		chip->base = value & 0xf8;
		chip->expect = !(chip->icw1 & ICW1_SINGLE) ? 3 : chip->icw1 & ICW1_ICW4 ? 4 : 0;
		break;
	case 3: /* who is on which line is wired */
		chip->expect = chip->icw1 & ICW1_ICW4 ? 4 : 0;
		break;
	case 4:
		chip->icw4 = value;
		chip->expect = 0;
		break;
	default:
		chip->imr = value;
	}
}

static void chip_write(struct vcpu *vcpu, void *state, unsigned port, uint8_t value)
{
	struct pic_chip *chip = state;

	irq_sync(vcpu);
	if (port)
		data_write(chip, value);
	else if (value & ICW1)
		icw1_write(chip, value);
	else if (value & OCW3)
		ocw3_write(chip, value);
	else
		ocw2_write(chip, value);
	cascade_update(vcpu);
	irq_sync(vcpu);
}

/** As the acknowledgement, but that the line comes in the byte: bit 7 says if there is one. */
static uint8_t chip_poll(struct vcpu *vcpu, struct pic_chip *chip)
{
	bool asked = request(chip) != NONE;
	unsigned line = acknowledge(chip);

	chip->poll = false;
	cascade_update(vcpu);
	return (uint8_t)(asked ? 0x80 | line : 0);
}

static uint8_t chip_read(struct vcpu *vcpu, void *state, unsigned port)
{
	struct pic_chip *chip = state;

	irq_sync(vcpu);
	if (chip->poll)
		return chip_poll(vcpu, chip);
	return port ? chip->imr : chip->read_isr ? chip->isr : chip->irr;
}

static uint8_t elcr_read(struct vcpu *vcpu, void *state, unsigned port)
{
	struct pic *pic = state;

	(void)vcpu;
	return pic->chip[port].elcr;
}

static void elcr_write(struct vcpu *vcpu, void *state, unsigned port, uint8_t value)
{
	struct pic_chip *chip = &((struct pic *)state)->chip[port];

	chip->elcr = value & elcr_mask[port];
	chip->irr |= chip->elcr & chip->line;
	cascade_update(vcpu);
}

ISA_ACCESSORS(chip, 2)
ISA_ACCESSORS(elcr, 2)

/** As the firmware leaves them, but that all lines are masked: vectors 0x08 and 0x70. PCI's lines are level-triggered. */
void pic_create(struct vcpu *vcpu)
{
	struct devices *devices = vcpu->vm->devices;
	struct pic *pic = &devices->pic;

	for (unsigned i = 0; i < 2; i++) {
		struct pic_chip *chip = &pic->chip[i];

		chip->region = (struct bus_region){.device = VTS_DEVICE_PIC,
						   .state = chip,
						   .read = chip_isa_read,
						   .write = chip_isa_write};
		chip->slave = i;
		chip->imr = 0xff;
		chip->base = i ? 0x70 : 0x08;
		chip->lowest = 7;
		bus_add(&devices->ports, &chip->region, i ? 0xa0 : 0x20, 2);
	}
	pic->chip[1].elcr = 1u << (9 - 8) | 1u << (11 - 8);
	pic->elcr = (struct bus_region){
	    .device = VTS_DEVICE_PIC, .state = pic, .read = elcr_isa_read, .write = elcr_isa_write};
	bus_add(&devices->ports, &pic->elcr, ELCR_PORT, 2);
}
