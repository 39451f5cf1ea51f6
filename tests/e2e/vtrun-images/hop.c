// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for the VMM in tests of vtrun: speaks the hop (trace/hop.h), writes records that can be
 * checked one by one as fast as it can, and misbehaves on demand. Words of the guest's arguments:
 *   records=N console=N   how much to write; record n is a mark whose words are functions of n
 *   log=N                 bytes of messages
 *   stop=N status=N       how and status of vm_stop (default: guest_exit, 0)
 *   then=WORD             afterwards: end (default), hang, vanish (power off without vm_stop),
 *                         panic, head, console, packet, abi: write what vtrun must not believe
 *   first=silent          do not greet
 */
#include "trace/hop.h"

#define POWER_OFF_PORT 0x8900

void hop_test(uint64_t info);

static struct {
	_Alignas(VTS_HOP_BLOCK_BYTES) char blocks[VTS_HOP_BLOCKS][VTS_HOP_BLOCK_BYTES];
} shared;

static struct vts_hop *const hop = (struct vts_hop *)shared.blocks;
static struct vts_ring ring;
static unsigned console_unsaid;

static void port_write(uint16_t port, char value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static void wake(char byte)
{
	port_write(VTS_HOP_PORT, byte);
}

static uint64_t time_now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/** What follows "KEY" in @line, or NULL; keys are given with their "=". */
static const char *word_find(const char *line, const char *key)
{
	for (; *line; line++) {
		size_t i = 0;

		while (key[i] && line[i] == key[i])
			i++;
		if (!key[i])
			return line + i;
	}
	return NULL;
}

static uint64_t number_find(const char *line, const char *key, unsigned base)
{
	const char *digit = word_find(line, key);
	uint64_t value = 0;

	for (; digit && *digit >= '0' && *digit <= '9'; digit++)
		value = value * base + (uint64_t)(*digit - '0');
	return value;
}

static int word_is(const char *line, const char *key, const char *word)
{
	const char *value = word_find(line, key);

	if (!value)
		return 0;
	while (*word && *value == *word)
		word++, value++;
	return !*word && (!*value || *value == ' ');
}

static void record_publish(void)
{
	if (vts_ring_publish(&ring)) {
		vts_ring_close_packet(&ring);
		wake(VTS_HOP_PACKET);
	}
}

static void record_write(uint64_t number)
{
	struct vts_event *event = vts_ring_reserve(&ring);

	event->tsc = number;
	event->kind = VTS_KIND_MARK;
	event->how = 0;
	event->reason = (uint16_t)number;
	event->vm = 0;
	event->vcpu = 0;
	event->flags = 0;
	event->exit_tsc = number;
	event->mark.ops = number;
	event->mark.name[0] = 0x706f68; /* "hop" */
	event->mark.name[1] = 0;
	event->mark.begin_tsc = 0;
	event->mark.value = number * 0x9e3779b97f4a7c15ull;
	record_publish();
}

static void console_write(uint64_t number)
{
	char *text = shared.blocks[0] + VTS_HOP_CONSOLE_OFFSET;

	text[number % VTS_HOP_CONSOLE_BYTES] =
	    number % 64 == 63 ? '\n' : (char)('0' + number / 64 % 10);
	__atomic_store_n(&hop->console_head, number + 1, __ATOMIC_RELEASE);
	if (++console_unsaid == VTS_HOP_CONSOLE_CHUNK) {
		console_unsaid = 0;
		wake(VTS_HOP_CONSOLE);
	}
}

static void log_write(uint64_t number)
{
	shared.blocks[0][VTS_HOP_LOG_OFFSET + number % VTS_HOP_LOG_BYTES] =
	    number % 32 == 31 ? '\n' : 'l';
	__atomic_store_n(&hop->log_head, number + 1, __ATOMIC_RELEASE);
}

static void stop_write(uint64_t how, uint64_t status, uint64_t records)
{
	*vts_ring_reserve(&ring) = (struct vts_event){
	    .tsc = time_now(),
	    .exit_tsc = time_now(),
	    .kind = VTS_KIND_VM_STOP,
	    .how = (uint8_t)how,
	    .vm_stop = {.status = status, .records = records},
	};
	vts_ring_publish(&ring);
	vts_ring_close_packet(&ring);
	wake(VTS_HOP_PACKET);
}

/** The last of these blocks until vtrun has taken what came before. */
static void hold(void)
{
	for (unsigned i = 0; i < VTS_HOP_SLOTS + 1; i++)
		wake(VTS_HOP_HOLD);
}

static void hop_start(uint64_t nonce)
{
	for (uint64_t i = 0; i < VTS_HOP_BLOCKS; i++) {
		struct vts_hop_stamp *stamp = (struct vts_hop_stamp *)shared.blocks[i];

		stamp->index = i;
		stamp->check = ~(VTS_HOP_STAMP_MAGIC ^ nonce) + i;
		__atomic_store_n(&stamp->magic, VTS_HOP_STAMP_MAGIC ^ nonce, __ATOMIC_RELEASE);
	}
	for (const char *hello = VTS_HOP_HELLO_VMM; *hello; hello++)
		wake(*hello);
	hold();
	for (uint64_t i = 0; i < VTS_HOP_BLOCKS; i++)
		*(struct vts_hop_stamp *)shared.blocks[i] = (struct vts_hop_stamp){0};
	hop->ring.abi = VTS_ABI_VERSION;
	hop->ring.packet_bytes = VTS_HOP_PACKET_BYTES;
	hop->ring.packets = VTS_HOP_PACKETS;
	hop->ring.data_offset = VTS_HOP_BLOCK_BYTES - offsetof(struct vts_hop, ring);
}

static void power_off(void)
{
	for (const char *text = "Shutdown"; *text; text++)
		port_write(POWER_OFF_PORT, *text);
}

static void hang(void)
{
	for (;;)
		__asm__ volatile("pause");
}

static void misbehave(const char *line)
{
	if (word_is(line, "then=", "hang"))
		hang();
	if (word_is(line, "then=", "vanish"))
		power_off();
	if (word_is(line, "then=", "panic"))
		__asm__ volatile("lidt %0\n\tud2" : : "m"(*(char(*)[10])shared.blocks[16]));
	if (word_is(line, "then=", "head"))
		hop->ring.head += 1ull << 40;
	else if (word_is(line, "then=", "console"))
		hop->console_head += 1ull << 40;
	else if (word_is(line, "then=", "packet"))
		wake(VTS_HOP_PACKET);
	else
		return;
	hang();
}

void hop_test(uint64_t info)
{
	const char *line =
	    (const char *)(uint64_t)((const uint32_t *)info)[4]; /* Multiboot: cmdline */
	uint64_t records = number_find(line, "records=", 10);
	uint64_t console = number_find(line, "console=", 10);
	uint64_t log = number_find(line, "log=", 10);

	if (word_is(line, "first=", "silent"))
		hang();
	hop_start(number_find(line, "nonce=", 16));
	/* Before the ring is there: vtrun looks once. */
	if (word_is(line, "then=", "abi"))
		hop->ring.abi = VTS_ABI_VERSION + 1;
	vts_ring_init(&ring, &hop->ring, shared.blocks[1]);
	for (uint64_t n = 0; n < records; n++)
		record_write(n);
	for (uint64_t n = 0; n < console; n++)
		console_write(n);
	for (uint64_t n = 0; n < log; n++)
		log_write(n);
	misbehave(line);
	stop_write(number_find(line, "stop=", 10), number_find(line, "status=", 10), records);
	wake(VTS_HOP_END);
	hold();
	power_off();
}
