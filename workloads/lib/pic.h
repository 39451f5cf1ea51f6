/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259A interrupt controllers: Intel data sheet 231468. */
#ifndef WORKLOADS_LIB_PIC_H
#define WORKLOADS_LIB_PIC_H

#include <stdint.h>

#define PIC_FIRST  0x20 /* ports: command; data is the next */
#define PIC_SECOND 0xa0

/** Lines 0 to 7 get vectors from @first on, 8 to 15 from @second on; all are masked. */
void pic_init(uint8_t first, uint8_t second);
/** A bit each for lines 0 to 15; set: masked. Line 2 leads to lines 8 to 15. */
void pic_mask(uint16_t mask);
/** The end of the interrupt of @line. */
void pic_eoi(unsigned line);
/** Of both controllers, lines 8 to 15 in the upper byte. */
uint16_t pic_requests(void);
uint16_t pic_in_service(void);

#endif
