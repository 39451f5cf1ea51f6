// SPDX-License-Identifier: GPL-2.0-only
/* Registers that are set in an order, or to values, that the standard forbids. */
#include "tests/guest/devfuzz/queues.h"

#define ACKNOWLEDGE 1
#define DRIVER	    2
#define DRIVER_OK   4
#define FEATURES_OK 8

/** Up to where queues are set up; none is enabled. */
static void negotiate(void)
{
	volatile struct virtio_common *common = to.virtio->common;

	common->device_status = 0;
	common->device_status = ACKNOWLEDGE;
	common->device_status = ACKNOWLEDGE | DRIVER;
	common->driver_feature_select = 1;
	common->driver_feature = (uint32_t)(VIRTIO_F_VERSION_1 >> 32);
	common->device_status = ACKNOWLEDGE | DRIVER | FEATURES_OK;
	common->queue_select = (uint16_t)to.number;
}

unsigned setup_place(void)
{
	volatile struct virtio_common *common = to.virtio->common;
	const uint16_t sizes[] = {0, 3, 7, 129, 256, 0x8000, 0xffff};
	uint64_t part[] = {(uint64_t)to.queue->desc, (uint64_t)to.queue->avail,
			   (uint64_t)to.queue->used};
	unsigned which = (unsigned)fuzz_below(3), kind = (unsigned)fuzz_below(4);

	negotiate();
	common->queue_size = kind ? 16 : sizes[fuzz_below(7)];
	if (kind == 1)
		part[which] += 1;
	else if (kind == 2)
		part[which] = outside_pick() & ~15ul;
	else if (kind == 3)
		part[which] = part[(which + 1) % 3];
	common->queue_desc = part[0];
	common->queue_driver = part[1];
	common->queue_device = part[2];
	common->queue_enable = 1;
	return BAD_QUEUE;
}

unsigned setup_in_use(void)
{
	volatile struct virtio_common *common = to.virtio->common;

	common->queue_select = (uint16_t)to.number;
	switch (fuzz_below(4)) {
	case 0:
		common->queue_size = 2;
		break;
	case 1:
		common->queue_desc = (uint64_t)fuzz.arena;
		break;
	case 2:
		common->queue_driver = (uint64_t)fuzz.arena;
		break;
	default:
		common->queue_enable = 0;
	}
	return QUEUE_IN_USE;
}

unsigned setup_status(void)
{
	volatile struct virtio_common *common = to.virtio->common;

	if (fuzz_below(2)) {
		common->device_status = ACKNOWLEDGE; /* takes bits back */
	} else {
		common->device_status = 0;
		common->device_status = ACKNOWLEDGE | DRIVER | DRIVER_OK;
	}
	return BAD_STATUS;
}
