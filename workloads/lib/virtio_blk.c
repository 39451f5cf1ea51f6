// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/virtio_blk.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/string.h"

#define QUEUE_SIZE   128 /* three descriptors a request */
#define HEADER_BYTES 16
#define NO_STATUS    0xff

#define MSIX_VECTOR 0x51
#define MSIX_ENTRY  1

static volatile unsigned interrupts;
static volatile uint8_t *isr;
static unsigned line;

static void line_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts += *isr != 0;
	line_eoi(LINE_BY_PIC, line);
}

static void message_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
}

bool virtio_blk_open(struct virtio_blk *blk, uint64_t features)
{
	memset(blk, 0, sizeof(*blk));
	if (!virtio_find(&blk->virtio, VIRTIO_BLOCK) ||
	    !virtio_start(&blk->virtio, features | VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH, 1,
			  QUEUE_SIZE))
		return false;
	blk->sectors = *(volatile uint64_t *)blk->virtio.config;
	blk->slot = memory_take(VIRTIO_BLK_FLIGHT * sizeof(*blk->slot), PAGE_SIZE);
	blk->free = ~0u;
	return true;
}

void virtio_blk_interrupts(struct virtio_blk *blk, enum wait wait, enum line_by by)
{
	blk->wait = wait;
	isr = blk->virtio.isr;
	line = pci_read(blk->virtio.slot, PCI_LINE, 1);
	virtio_interrupts(&blk->virtio, wait != WAIT_POLL);
	if (wait == WAIT_POLL)
		return;
	if (by == LINE_BY_PIC) {
		line_open(LINE_BY_PIC, line, line_interrupt);
		return;
	}
	trap_set_handler(MSIX_VECTOR, message_interrupt);
	pci_msix_set(blk->virtio.slot, MSIX_ENTRY, MSIX_VECTOR);
	virtio_msix(&blk->virtio, 0, MSIX_ENTRY);
	blk->virtio.common->config_msix_vector = MSIX_ENTRY;
}

static void desc_set(struct virtio_desc *desc, const void *at, uint32_t bytes, unsigned flags,
		     unsigned next)
{
	desc->address = (uint64_t)at;
	desc->length = bytes;
	desc->flags = (uint16_t)flags;
	desc->next = (uint16_t)next;
}

int virtio_blk_add(struct virtio_blk *blk, uint32_t type, uint64_t sector, const void *data,
		   uint32_t bytes)
{
	bool indirect = blk->virtio.features & VIRTIO_F_INDIRECT_DESC;
	struct virtio_desc *ring = blk->virtio.queue[0].desc, *desc;
	unsigned reads = type == VIRTIO_BLK_IN || type == VIRTIO_BLK_GET_ID ? VIRTIO_DESC_WRITE : 0;
	unsigned number, first, count = bytes ? 3 : 2;
	struct virtio_blk_slot *slot;

	if (!blk->free)
		return -1;
	number = (unsigned)__builtin_ctz(blk->free);
	blk->free &= blk->free - 1;
	slot = &blk->slot[number];
	slot->type = type;
	slot->sector = sector;
	slot->status = NO_STATUS;
	first = indirect ? 0 : 3 * number;
	desc = indirect ? slot->desc : &ring[first];
	desc_set(desc++, &slot->type, HEADER_BYTES, VIRTIO_DESC_NEXT, first + 1);
	if (bytes)
		desc_set(desc++, data, bytes, reads | VIRTIO_DESC_NEXT, first + 2);
	desc_set(desc, &slot->status, 1, VIRTIO_DESC_WRITE, 0);
	if (indirect)
		desc_set(&ring[3 * number], slot->desc,
			 count * (uint32_t)sizeof(struct virtio_desc), VIRTIO_DESC_INDIRECT, 0);
	virtio_offer(&blk->virtio, 0, (uint16_t)(3 * number));
	return (int)number;
}

int virtio_blk_take(struct virtio_blk *blk, uint8_t *status)
{
	uint32_t head, written;

	if (!virtio_take(&blk->virtio, 0, &head, &written))
		return -1;
	*status = *(volatile uint8_t *)&blk->slot[head / 3].status;
	blk->free |= 1u << head / 3;
	return (int)(head / 3);
}

void virtio_blk_wait(struct virtio_blk *blk)
{
	if (blk->wait == WAIT_POLL)
		return;
	wait_interrupt(blk->wait, &interrupts);
	interrupts = 0; /* what comes from now on is for what is taken behind it */
}

int virtio_blk_await(struct virtio_blk *blk, uint8_t *status)
{
	int slot;

	while ((slot = virtio_blk_take(blk, status)) < 0 && !virtio_is_broken(&blk->virtio))
		virtio_blk_wait(blk);
	return slot;
}

uint8_t virtio_blk_request(struct virtio_blk *blk, uint32_t type, uint64_t sector, const void *data,
			   uint32_t bytes)
{
	uint8_t status = NO_STATUS;

	virtio_blk_add(blk, type, sector, data, bytes);
	virtio_kick(&blk->virtio, 0);
	virtio_blk_wait(blk);
	virtio_blk_await(blk, &status);
	return status;
}
