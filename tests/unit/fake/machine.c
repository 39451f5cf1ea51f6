/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vmm/memory/tlb.h"
#include "core-vmm/record.h"
#include "tests/unit/fake/machine.h"

_Alignas(2 << 20) unsigned char fake_memory[FAKE_MEMORY_BYTES];

struct fake_machine fake;

/* ---- platform ---- */

void *platform_pages_alloc(size_t count)
{
	uint64_t align = count & (count - 1) ? 1 : count;
	uint64_t at = (fake.allocated + align - 1) / align * align;

	if (at + count > FAKE_MEMORY_BYTES / PAGE_SIZE || at + count > fake.page_limit)
		return NULL;
	fake.allocated = at + count;
	return fake_memory + at * PAGE_SIZE;
}

void platform_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void platform_panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	abort();
}

void platform_wake(uint8_t byte)
{
	(void)byte;
}

void record_packet_close(struct vcpu *vcpu)
{
	vts_ring_close_packet(&vcpu->ring);
}

/* ---- TLB ---- */

static bool flush_noted(enum vts_flush_cause cause)
{
	fake.tlb.by_cause[cause]++;
	fake.tlb.total++;
	return fake.tlb.ignored != cause;
}

void tlb_flush_address(struct vcpu *vcpu, uint64_t gla, enum vts_flush_cause cause)
{
	(void)vcpu;
	if (flush_noted(cause) && fake.tlb.address)
		fake.tlb.address(gla);
}

void tlb_flush_guest(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	(void)vcpu;
	if (flush_noted(cause) && fake.tlb.guest)
		fake.tlb.guest();
}

void tlb_flush_nonglobal(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	(void)vcpu;
	if (flush_noted(cause) && fake.tlb.nonglobal)
		fake.tlb.nonglobal();
}

/* ---- machine ---- */

static struct {
	struct vts_ring_control control;
	struct vts_event data[4 * 64];
} ring;

void fake_start(uint64_t bytes, bool large)
{
	/* As a machine's memory after use: whoever relies on cleared pages will notice. */
	memset(fake_memory, 0xa5, fake.allocated * PAGE_SIZE);
	memset(&fake, 0, sizeof(fake));
	fake.page_limit = UINT64_MAX;
	fake.vcpu.vm = &fake.vm;
	fake.vcpu.vpid = 1;
	ring.control = (struct vts_ring_control){.packet_bytes = 64 * 64, .packets = 4};
	vts_ring_init(&fake.vcpu.ring, &ring.control, ring.data);
	if (guest_memory_init(&fake.vm.memory, bytes, large ? LARGE_SHIFT : PAGE_SHIFT))
		abort();
}

uint64_t fake_read(uint64_t gpa)
{
	uint64_t value;

	if (guest_memory_read(&fake.vm.memory, gpa, &value, 8))
		abort();
	return value;
}

void fake_write(uint64_t gpa, uint64_t value)
{
	if (guest_memory_write(&fake.vm.memory, gpa, &value, 8))
		abort();
}
