// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/pic.h"

#include "workloads/lib/cpu.h"

#define ICW1	      0x11 /* edge-triggered, cascaded, ICW4 follows */
#define ICW3_FIRST    0x04 /* a controller on line 2 */
#define ICW3_SECOND   0x02 /* it is on line 2 */
#define ICW4	      0x01 /* 8086 */
#define OCW2_EOI      0x20
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b

void pic_init(uint8_t first, uint8_t second)
{
	out8(PIC_FIRST, ICW1);
	out8(PIC_SECOND, ICW1);
	out8(PIC_FIRST + 1, first);
	out8(PIC_SECOND + 1, second);
	out8(PIC_FIRST + 1, ICW3_FIRST);
	out8(PIC_SECOND + 1, ICW3_SECOND);
	out8(PIC_FIRST + 1, ICW4);
	out8(PIC_SECOND + 1, ICW4);
	pic_mask(0xffff);
}

void pic_mask(uint16_t mask)
{
	out8(PIC_FIRST + 1, (uint8_t)mask);
	out8(PIC_SECOND + 1, (uint8_t)(mask >> 8));
}

void pic_eoi(unsigned line)
{
	if (line > 7)
		out8(PIC_SECOND, OCW2_EOI);
	out8(PIC_FIRST, OCW2_EOI);
}

static uint16_t both(uint8_t command)
{
	out8(PIC_FIRST, command);
	out8(PIC_SECOND, command);
	return (uint16_t)(in8(PIC_SECOND) << 8 | in8(PIC_FIRST));
}

uint16_t pic_requests(void)
{
	return both(OCW3_READ_IRR);
}

uint16_t pic_in_service(void)
{
	return both(OCW3_READ_ISR);
}
