/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM's end of the hop: trace/hop.h. */
#include "trace/hop.h"

#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/bare/port.h"
#include "core-vmm/platform/platform.h"

#define POWER_OFF_PORT 0x8900 /* Bochs: the string "Shutdown" */

static void bytes_wake(const char *bytes)
{
	while (*bytes)
		hop_wake((uint8_t)*bytes++);
}

void hop_wake(uint8_t byte)
{
	port_out8(VTS_HOP_PORT, byte);
}

static struct vts_hop_stamp *hop_block(struct vts_hop *hop, uint64_t index)
{
	return (struct vts_hop_stamp *)((char *)hop + index * VTS_HOP_BLOCK_BYTES);
}

/** Stamp every block, back to back: that touches them in order. */
static void hop_stamp(struct vts_hop *hop, uint64_t nonce)
{
	for (uint64_t i = 0; i < VTS_HOP_BLOCKS; i++) {
		struct vts_hop_stamp *stamp = hop_block(hop, i);

		*stamp = (struct vts_hop_stamp){.index = i};
		stamp->check = ~(VTS_HOP_STAMP_MAGIC ^ nonce) + i;
		__atomic_store_n(&stamp->magic, VTS_HOP_STAMP_MAGIC ^ nonce, __ATOMIC_RELEASE);
	}
}

struct vts_hop *hop_create(const struct bare_config *config)
{
	size_t block_pages = VTS_HOP_BLOCK_BYTES / PAGE_SIZE;
	/* One block more, for the alignment. */
	char *memory = platform_pages_alloc((VTS_HOP_BLOCKS + 1) * block_pages);
	uint64_t skip;

	if (!memory)
		return NULL;
	skip = -(uint64_t)memory & (VTS_HOP_BLOCK_BYTES - 1);
	memory += skip;
	hop_stamp((struct vts_hop *)memory, config->nonce);
	return (struct vts_hop *)memory;
}

/** Stand still until vtrun has read all that was written before. */
static void hop_hold(void)
{
	for (unsigned i = 0; i < VTS_HOP_SLOTS + 1; i++)
		hop_wake(VTS_HOP_HOLD);
}

void hop_greet(struct vts_hop *hop)
{
	bytes_wake(VTS_HOP_HELLO_VMM);
	hop_hold();
	hop_reset(hop);
}

void hop_reset(struct vts_hop *hop)
{
	for (uint64_t i = 0; i < VTS_HOP_BLOCKS; i++)
		*hop_block(hop, i) = (struct vts_hop_stamp){0};
	hop->console_head = 0;
	hop->log_head = 0;
	hop->ring = (struct vts_ring_control){.abi = VTS_ABI_VERSION,
					      .packet_bytes = VTS_HOP_PACKET_BYTES,
					      .packets = VTS_HOP_PACKETS,
					      .data_offset = VTS_HOP_BLOCK_BYTES -
							     offsetof(struct vts_hop, ring)};
}

_Noreturn void hop_end(bool has_hop)
{
	if (has_hop) {
		hop_wake(VTS_HOP_END);
		hop_hold(); /* the memory goes with the engine */
	} else {
		serial_drain();
	}
	for (const char *s = "Shutdown"; *s; s++)
		port_out8(POWER_OFF_PORT, (uint8_t)*s);
	for (;;)
		__asm__ volatile("cli\n\thlt");
}
