/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hop: how events and console bytes leave an emulated machine. The VMM (or the native loader)
 * inside Bochs and vtrun outside share this layout; freestanding.
 *
 * The shared memory is VTS_HOP_BLOCKS blocks of 128 KiB of the machine's memory, contiguous there.
 * Bochs allocates memory in 128 KiB blocks in the order of first touch, not side by side in its own
 * address space, so each block starts with a stamp by which vtrun finds it, once, before the guest
 * runs. The first block holds struct vts_hop and the console and log rings; the others the packets
 * of the event ring, VTS_HOP_PACKET_BYTES each.
 *
 * Waking, and holding: the VMM writes bytes to port 0xE9, each a blocking write(2) of one byte to
 * Bochs's standard output, which vtrun makes a packet-mode pipe (pipe2 with O_DIRECT) of
 * VTS_HOP_SLOTS slots. vtrun takes everything new out of the rings BEFORE it reads a byte, so the
 * VMM can never be more than VTS_HOP_SLOTS + 1 bytes ahead: no record is lost, no tick is spent
 * waiting, and what vtrun does never changes what the guest sees.
 *
 * Start, VMM:
 *  1. touch the blocks in order, back to back, and stamp each: struct vts_hop_stamp, with the nonce
 *     from the command line mixed in;
 *  2. write the four bytes VTS_HOP_HELLO_VMM, then VTS_HOP_SLOTS + 1 bytes VTS_HOP_HOLD. The last
 *     of them blocks until vtrun, having seen the greeting and found and verified all blocks, reads
 *     on;
 *  3. overwrite the stamps, set the TSC to 0, and start the guest.
 * Then one byte VTS_HOP_PACKET for each packet closed, VTS_HOP_CONSOLE for each
 * VTS_HOP_CONSOLE_CHUNK bytes of console output, VTS_HOP_END after the last packet (the VM has
 * ended; vm_stop says why). VTS_HOP_SLOTS + 1 bytes VTS_HOP_HOLD follow it: the machine's memory
 * goes with the engine, so it stands still until vtrun has taken everything. Then the VMM powers
 * the engine off.
 *
 * Start, native: the loader writes VTS_HOP_HELLO_NATIVE; from then on the guest library writes
 * whole 64-byte records (kinds mark and vm_stop only) to port 0xE9. vtrun is their ring's producer.
 */
#ifndef TRACE_HOP_H
#define TRACE_HOP_H

#include "ring.h"

#define VTS_HOP_BLOCK_BYTES  (128u << 10)
#define VTS_HOP_BLOCKS	     17u /* 1 for control, console and log, 16 for packets */
#define VTS_HOP_PACKET_BYTES (32u << 10)
#define VTS_HOP_PACKETS	     ((VTS_HOP_BLOCKS - 1) * (VTS_HOP_BLOCK_BYTES / VTS_HOP_PACKET_BYTES))
#define VTS_HOP_SLOTS	     32u /* in the pipe, one page each; Linux gives powers of two only */

#define VTS_HOP_CONSOLE_BYTES  (64u << 10)
#define VTS_HOP_CONSOLE_CHUNK  (1u << 10)
#define VTS_HOP_LOG_BYTES      (16u << 10)
#define VTS_HOP_CONSOLE_OFFSET (8u << 10) /* from the start of block 0 */
#define VTS_HOP_LOG_OFFSET     (VTS_HOP_CONSOLE_OFFSET + VTS_HOP_CONSOLE_BYTES)

_Static_assert((VTS_HOP_SLOTS & (VTS_HOP_SLOTS - 1)) == 0,
	       "or the pipe has more and holds nothing");
_Static_assert(VTS_HOP_SLOTS + 2 < VTS_HOP_PACKETS, "the event ring outlasts a full pipe");
_Static_assert((VTS_HOP_SLOTS + 2) * VTS_HOP_CONSOLE_CHUNK < VTS_HOP_CONSOLE_BYTES,
	       "so does the console's");
_Static_assert(VTS_HOP_LOG_OFFSET + VTS_HOP_LOG_BYTES <= VTS_HOP_BLOCK_BYTES,
	       "block 0 holds it all");

#define VTS_HOP_PORT	     0xe9
#define VTS_HOP_HELLO_VMM    "VTSV"
#define VTS_HOP_HELLO_NATIVE "VTSN"
#define VTS_HOP_HOLD	     'h'
#define VTS_HOP_PACKET	     'p'
#define VTS_HOP_CONSOLE	     'c'
#define VTS_HOP_END	     'e'

#define VTS_HOP_STAMP_MAGIC 0x706d617473737476ull /* "vtsstamp" */

/** At the start of each block until vtrun has found it. */
struct vts_hop_stamp {
	uint64_t magic; /* VTS_HOP_STAMP_MAGIC ^ nonce */
	uint64_t index; /* of the block */
	uint64_t check; /* ~magic + index */
	uint64_t unused[5];
};

/** At the start of block 0, once the stamps are gone. */
struct vts_hop {
	struct vts_hop_stamp stamp;
	struct vts_ring_control ring; /* vCPU 0's; data_offset counts from here */
	uint64_t console_head;	      /* bytes of console output since the start */
	uint64_t log_head; /* bytes of the VMM's own messages since the start; kept short */
};

#endif
