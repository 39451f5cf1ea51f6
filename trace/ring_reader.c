/* SPDX-License-Identifier: GPL-2.0-only */
#include "ring_reader.h"

#include <string.h>

/* A producer that laps us this often at a stretch is left alone until the next call. */
#define ATTEMPTS 64

const char *ring_reader_init(struct ring_reader *reader, const struct vts_ring_control *control,
			     uint64_t bytes)
{
	struct vts_ring_control copy;

	if (bytes < sizeof(copy))
		return "it is too small";
	if (__atomic_load_n(&control->magic, __ATOMIC_ACQUIRE) != VTS_RING_MAGIC)
		return "it is not a ring";
	memcpy(&copy, (const void *)control, sizeof(copy));
	if (copy.abi < 1 || copy.abi > VTS_ABI_VERSION)
		return "its version is not known here";
	if (copy.packet_bytes < 2 * VTS_RECORD_BYTES || copy.packet_bytes % VTS_RECORD_BYTES ||
	    copy.packets < 2)
		return "its packets make no sense";
	if (copy.data_offset % VTS_RECORD_BYTES || copy.data_offset < sizeof(copy) ||
	    copy.data_offset > bytes ||
	    (uint64_t)copy.packet_bytes * copy.packets > bytes - copy.data_offset)
		return "its packets lie outside it";
	*reader = (struct ring_reader){
	    .control = control,
	    .data = (const char *)control + copy.data_offset,
	    .packet_bytes = copy.packet_bytes,
	    .packets = copy.packets,
	    .per_packet = vts_ring_per_packet(copy.packet_bytes),
	};
	reader->capacity = reader->per_packet * reader->packets;
	return NULL;
}

/*
 * The oldest record that is not being overwritten, given @head. The producer may be at work on
 * record head, even if it leaves reserve at 0.
 */
static uint64_t oldest(const struct ring_reader *reader, uint64_t head)
{
	uint64_t reserve = __atomic_load_n(&reader->control->reserve, __ATOMIC_RELAXED);

	if (reserve <= head)
		reserve = head + 1;
	if (reserve <= reader->capacity)
		return 0;
	reserve -= reader->capacity;
	return reserve < head ? reserve : head;
}

static void skip_to(struct ring_reader *reader, uint64_t number)
{
	if (number <= reader->next)
		return;
	reader->missed += number - reader->next;
	reader->next = number;
}

/* Copy records that lie side by side; returns how many are whole, moved to the front. */
static size_t copy(struct ring_reader *reader, uint64_t head, struct vts_event *events, size_t max)
{
	uint64_t index = reader->next % reader->per_packet;
	uint64_t packet = reader->next / reader->per_packet % reader->packets;
	uint64_t count = reader->per_packet - index, first = reader->next;
	size_t torn;

	if (count > head - first)
		count = head - first;
	if (count > max)
		count = max;
	memcpy(events,
	       reader->data + packet * reader->packet_bytes + (1 + index) * VTS_RECORD_BYTES,
	       count * VTS_RECORD_BYTES);
	/* The copy comes before the producer's marks are read again, as in a sequence lock. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	skip_to(reader, oldest(reader, __atomic_load_n(&reader->control->head, __ATOMIC_RELAXED)));
	torn = reader->next - first < count ? reader->next - first : count;
	if (torn && torn < count)
		memmove(events, events + torn, (count - torn) * VTS_RECORD_BYTES);
	reader->next += count - torn;
	return count - torn;
}

size_t ring_reader_read(struct ring_reader *reader, struct vts_event *events, size_t max)
{
	size_t count = 0;
	unsigned attempts = ATTEMPTS;

	while (count < max && attempts) {
		uint64_t head = __atomic_load_n(&reader->control->head, __ATOMIC_ACQUIRE);
		size_t some;

		skip_to(reader, oldest(reader, head));
		if (head <= reader->next)
			break;
		some = copy(reader, head, events + count, max - count);
		count += some;
		attempts -= !some;
	}
	return count;
}

bool ring_reader_ended(const struct ring_reader *reader)
{
	return __atomic_load_n(&reader->control->ended, __ATOMIC_ACQUIRE);
}

uint64_t ring_reader_discarded(const struct ring_reader *reader)
{
	return __atomic_load_n(&reader->control->discarded, __ATOMIC_RELAXED);
}
