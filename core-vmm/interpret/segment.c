/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/interpret/segment.h"

#include "core-vmm/memory/walk.h"
#include "core-vmm/vmx/vmcs.h"

/* Segment types: SDM vol. 3, table 3-1. */
#define TYPE_CODE	 (1u << 3)
#define TYPE_EXPAND_DOWN (1u << 2) /* of data */
#define TYPE_WRITABLE	 (1u << 1) /* of data */
#define TYPE_READABLE	 (1u << 1) /* of code */

static bool type_allows(uint32_t rights, uint32_t access)
{
	if (access & PF_ID) /* the processor has looked when it loaded CS */
		return true;
	if (access & PF_W)
		return (rights & (TYPE_CODE | TYPE_WRITABLE)) == TYPE_WRITABLE;
	return !(rights & TYPE_CODE) || rights & TYPE_READABLE;
}

/** Where a segment of 4 GiB ends, an access may fault or go on at 0 (SDM vol. 3, 5.3): here it goes
 *  on. */
static bool limit_allows(const struct segment *segment, uint64_t offset, unsigned bytes)
{
	uint64_t last = offset + bytes - 1;

	if ((segment->rights & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN)
		return offset > segment->limit &&
		       last <= (segment->rights & RIGHTS_BIG ? 0xffffffff : 0xffff);
	return last <= segment->limit || segment->limit == 0xffffffff;
}

bool segment_allows(const struct segment *segment, uint32_t offset, unsigned bytes, uint32_t access)
{
	return !(segment->rights & RIGHTS_UNUSABLE) && type_allows(segment->rights, access) &&
	       limit_allows(segment, offset, bytes);
}
