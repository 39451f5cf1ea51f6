/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/pit.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/device/isa.h"
#include "core-vmm/vm.h"

#define LINE 0

#define PORTS	     4
#define PORT_CONTROL 3
#define PORT61	     0x61

#define ACCESS_LATCH 0
#define ACCESS_LOW   1
#define ACCESS_HIGH  2
#define ACCESS_BOTH  3

#define READ_BACK	   3 /* in the channel's place */
#define READ_BACK_NO_COUNT (1u << 5)
#define READ_BACK_NO_STATE (1u << 4)

#define STATUS_OUTPUT (1u << 7)
#define STATUS_NULL   (1u << 6) /* the count is not loaded yet */

#define PORT61_GATE    (1u << 0)
#define PORT61_SPEAKER (1u << 1)
#define PORT61_REFRESH (1u << 4)
#define PORT61_OUTPUT  (1u << 5)
#define REFRESH_TICKS  18 /* what firmware gives channel 1 */

static uint64_t ticks_now(const struct vcpu *vcpu)
{
	return time_scale(time_now(vcpu), PIT_HZ, vcpu->vm->config.hz);
}

static uint64_t tick_time(const struct vcpu *vcpu, uint64_t tick)
{
	return time_scale_up(tick, vcpu->vm->config.hz, PIT_HZ);
}

static uint32_t from_bcd(uint32_t value)
{
	return (value & 15) + 10 * (value >> 4 & 15) + 100 * (value >> 8 & 15) +
	       1000 * (value >> 12 & 15);
}

static uint32_t to_bcd(uint32_t value)
{
	return value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 | value / 1000 % 10 << 12;
}

static bool periodic(const struct pit_channel *channel)
{
	return channel->mode == 2 || channel->mode == 3;
}

/** Modes 1 and 5 take the gate for a trigger only. */
static bool stopped(const struct pit_channel *channel)
{
	return !channel->gate && channel->mode != 1 && channel->mode != 5;
}

/** Ticks counted since the count was loaded. */
static uint64_t elapsed(const struct pit_channel *channel, uint64_t now)
{
	if (stopped(channel))
		return channel->frozen;
	return now > channel->start ? now - channel->start : 0;
}

static bool output(const struct pit_channel *channel, uint64_t now)
{
	uint64_t ticks = elapsed(channel, now);

	switch (channel->mode) {
	case 0:
		return channel->counting && ticks >= channel->count;
	case 1:
		return !channel->counting || ticks >= channel->count;
	case 2:
		return !channel->counting || !channel->gate ||
		       ticks % channel->count != channel->count - 1;
	case 3:
		return !channel->counting || !channel->gate ||
		       ticks % channel->count < (channel->count + 1) / 2;
	default:
		return !channel->counting || ticks != channel->count;
	}
}

static uint16_t counter(const struct pit_channel *channel, uint64_t now)
{
	uint64_t ticks = elapsed(channel, now);
	uint32_t modulus = channel->bcd ? 10000 : 0x10000, value;

	if (!channel->counting)
		value = channel->count;
	else if (channel->mode == 2)
		value = channel->count - (uint32_t)(ticks % channel->count);
	else if (channel->mode == 3) /* by two, twice a period */
		value = channel->count - (uint32_t)(2 * ticks % channel->count & ~1ull);
	else
		value = channel->count + modulus - (uint32_t)(ticks % modulus);
	value %= modulus;
	return (uint16_t)(channel->bcd ? to_bcd(value) : value);
}

/** How often channel 0's output has risen by tick @now, its gate being high. */
static uint64_t edges(const struct pit_channel *channel, uint64_t now)
{
	uint64_t ticks = elapsed(channel, now);

	if (!channel->counting)
		return 0;
	switch (channel->mode) {
	case 0:
		return ticks >= channel->count;
	case 2:
	case 3:
		return ticks / channel->count;
	case 4:
		return ticks > channel->count;
	default: /* the gate never rises */
		return 0;
	}
}

/** The tick of rising edge @number, from 1 on. */
static uint64_t edge_tick(const struct pit_channel *channel, uint64_t number)
{
	return channel->start + number * channel->count + (channel->mode == 4 ? 1 : 0);
}

static bool edge_comes(const struct pit *pit)
{
	const struct pit_channel *channel = &pit->channel[0];

	return channel->counting &&
	       (periodic(channel) || ((channel->mode == 0 || channel->mode == 4) && !pit->edges));
}

void pit_sync(struct vcpu *vcpu)
{
	struct pit *pit = &vcpu->vm->devices->pit;
	const struct pit_channel *channel = &pit->channel[0];
	uint64_t risen;

	if (!channel->counting)
		return;
	risen = edges(channel, ticks_now(vcpu));
	if (risen > pit->edges) {
		irq_line_set(vcpu, LINE, false, VTS_DEVICE_PIT);
		irq_line_set_since(vcpu, LINE, true, VTS_DEVICE_PIT,
				   tick_time(vcpu, edge_tick(channel, risen)));
		pit->edges = risen;
	}
	if (edge_comes(pit) && irq_line_heard(vcpu, LINE))
		timer_set(vcpu, &pit->timer, tick_time(vcpu, edge_tick(channel, pit->edges + 1)));
	else
		timer_cancel(vcpu, &pit->timer);
}

static void expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	(void)state, (void)deadline;
	pit_sync(vcpu);
}

/** Count from the next tick on. */
static void count_start(struct vcpu *vcpu, unsigned number)
{
	struct pit *pit = &vcpu->vm->devices->pit;
	struct pit_channel *channel = &pit->channel[number];

	channel->start = ticks_now(vcpu) + 1;
	channel->frozen = 0;
	channel->counting = true;
	if (number)
		return;
	pit->edges = 0;
	irq_line_set(vcpu, LINE, output(channel, channel->start), VTS_DEVICE_PIT);
	pit_sync(vcpu);
}

static void count_write(struct vcpu *vcpu, unsigned number, uint16_t value)
{
	struct pit_channel *channel = &vcpu->vm->devices->pit.channel[number];
	uint32_t modulus = channel->bcd ? 10000 : 0x10000;
	uint32_t count = channel->bcd ? from_bcd(value) % modulus : value;

	channel->count = count ? count : modulus;
	/* Modes 1 and 5 wait for the gate; a second count of modes 2 and 3 takes over at once, as on Bochs. */
	if (channel->mode != 1 && channel->mode != 5)
		count_start(vcpu, number);
}

static void data_write(struct vcpu *vcpu, unsigned number, uint8_t value)
{
	struct pit_channel *channel = &vcpu->vm->devices->pit.channel[number];

	if (channel->access == ACCESS_LOW) {
		count_write(vcpu, number, value);
	} else if (channel->access == ACCESS_HIGH) {
		count_write(vcpu, number, (uint16_t)(value << 8));
	} else if (!channel->write_high) {
		channel->low = value;
		channel->write_high = true;
	} else {
		channel->write_high = false;
		count_write(vcpu, number, (uint16_t)(value << 8 | channel->low));
	}
}

static void count_latch(struct vcpu *vcpu, struct pit_channel *channel)
{
	if (channel->latch_left)
		return; /* the first latch stays until it is read */
	channel->latched = counter(channel, ticks_now(vcpu));
	channel->latch_left = channel->access == ACCESS_BOTH ? 2 : 1;
}

static void status_latch(struct vcpu *vcpu, struct pit_channel *channel)
{
	if (channel->status_latched)
		return;
	channel->status = (uint8_t)((output(channel, ticks_now(vcpu)) ? STATUS_OUTPUT : 0) |
				    (channel->counting ? 0 : STATUS_NULL) | channel->access << 4 |
				    channel->mode << 1 | channel->bcd);
	channel->status_latched = true;
}

static void read_back(struct vcpu *vcpu, uint8_t value)
{
	struct pit *pit = &vcpu->vm->devices->pit;

	for (unsigned i = 0; i < PIT_CHANNELS; i++) {
		if (!(value >> (i + 1) & 1))
			continue;
		if (!(value & READ_BACK_NO_COUNT))
			count_latch(vcpu, &pit->channel[i]);
		if (!(value & READ_BACK_NO_STATE))
			status_latch(vcpu, &pit->channel[i]);
	}
}

static void control_write(struct vcpu *vcpu, uint8_t value)
{
	struct pit *pit = &vcpu->vm->devices->pit;
	unsigned number = value >> 6, mode = value >> 1 & 7;
	struct pit_channel *channel = &pit->channel[number % PIT_CHANNELS];

	if (number == READ_BACK) {
		read_back(vcpu, value);
		return;
	}
	if ((value >> 4 & 3) == ACCESS_LATCH) {
		count_latch(vcpu, channel);
		return;
	}
	channel->access = value >> 4 & 3;
	channel->mode = (uint8_t)(mode > 5 ? mode - 4 : mode);
	channel->bcd = value & 1;
	channel->counting = channel->write_high = channel->read_high = false;
	channel->latch_left = 0;
	channel->status_latched = false;
	if (!number) {
		timer_cancel(vcpu, &pit->timer);
		irq_line_set(vcpu, LINE, output(channel, 0), VTS_DEVICE_PIT);
	}
}

static uint8_t data_read(struct vcpu *vcpu, struct pit_channel *channel)
{
	uint16_t value;
	bool high;

	if (channel->status_latched) {
		channel->status_latched = false;
		return channel->status;
	}
	value = channel->latch_left ? channel->latched : counter(channel, ticks_now(vcpu));
	high = channel->access == ACCESS_HIGH || channel->read_high;
	if (channel->access == ACCESS_BOTH)
		channel->read_high = !channel->read_high;
	if (channel->latch_left)
		channel->latch_left--;
	return (uint8_t)(high ? value >> 8 : value);
}

static uint8_t pit_read(struct vcpu *vcpu, void *state, unsigned port)
{
	struct pit *pit = state;

	return port == PORT_CONTROL ? 0 : data_read(vcpu, &pit->channel[port]);
}

static void pit_write(struct vcpu *vcpu, void *state, unsigned port, uint8_t value)
{
	(void)state;
	if (port == PORT_CONTROL)
		control_write(vcpu, value);
	else
		data_write(vcpu, port, value);
}

/** Channel 2's gate: low stops modes 0, 2, 3 and 4; rising, it starts modes 1, 2, 3 and 5 anew. */
static void gate_set(struct vcpu *vcpu, struct pit_channel *channel, bool gate)
{
	uint64_t now = ticks_now(vcpu);

	if (gate == channel->gate)
		return;
	channel->frozen = gate ? channel->frozen : elapsed(channel, now);
	channel->gate = gate;
	if (!gate)
		return;
	if (channel->mode == 0 || channel->mode == 4)
		channel->start = now - (channel->frozen < now ? channel->frozen : now);
	else if (channel->count)
		channel->start = now + 1, channel->counting = true;
}

static uint8_t port61_read(struct vcpu *vcpu, void *state, unsigned port)
{
	struct pit *pit = state;
	uint64_t now = ticks_now(vcpu);

	(void)port;
	return (uint8_t)((pit->channel[2].gate ? PORT61_GATE : 0) |
			 (pit->speaker ? PORT61_SPEAKER : 0) |
			 (now / REFRESH_TICKS & 1 ? PORT61_REFRESH : 0) |
			 (output(&pit->channel[2], now) ? PORT61_OUTPUT : 0));
}

static void port61_write(struct vcpu *vcpu, void *state, unsigned port, uint8_t value)
{
	struct pit *pit = state;

	(void)port;
	gate_set(vcpu, &pit->channel[2], value & PORT61_GATE);
	pit->speaker = value & PORT61_SPEAKER;
}

ISA_ACCESSORS(pit, PORTS)
ISA_ACCESSORS(port61, 1)

/** No channel counts until it is told to. */
void pit_create(struct vcpu *vcpu)
{
	struct devices *devices = vcpu->vm->devices;
	struct pit *pit = &devices->pit;

	pit->region = (struct bus_region){
	    .device = VTS_DEVICE_PIT, .state = pit, .read = pit_isa_read, .write = pit_isa_write};
	pit->port61 = (struct bus_region){.device = VTS_DEVICE_PIT,
					  .state = pit,
					  .read = port61_isa_read,
					  .write = port61_isa_write};
	pit->timer = (struct timer){.expire = expire, .state = pit};
	for (unsigned i = 0; i < PIT_CHANNELS; i++)
		pit->channel[i] = (struct pit_channel){
		    .mode = 3, .access = ACCESS_BOTH, .count = 0x10000, .gate = i != 2};
	bus_add(&devices->ports, &pit->region, 0x40, PORTS);
	bus_add(&devices->ports, &pit->port61, PORT61, 1);
}
