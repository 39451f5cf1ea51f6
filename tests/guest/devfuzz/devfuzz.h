/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that abuses its devices, from a seed: registers in any order and width, and queues that no driver would make. After
 * each seed it resets all and must find it in order. tests/e2e/guest-devfuzz.sh says what its trace must hold.
 */
#ifndef TESTS_GUEST_DEVFUZZ_H
#define TESTS_GUEST_DEVFUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/lib/random.h"
#include "workloads/lib/virtio_blk.h"
#include "workloads/lib/virtio_console.h"

/* Memory that devices may write whatever they are told. */
#define ARENA_BYTES (256ul << 10)

/* A sector that only the checks use, and those of the queues. */
#define SECTOR_CHECK 40u
#define SECTOR_QUEUE 64u

enum { BLK, CONSOLE, DEVICES };

struct fuzz {
	uint64_t seed, state;
	uint8_t *arena;
	bool has_disk;
	bool has[DEVICES];
	struct virtio_blk blk;
	struct virtio_console console;
};

extern struct fuzz fuzz;

static inline uint64_t fuzz_random(void)
{
	return random_next(&fuzz.state);
}

/** Less than @limit. */
static inline uint64_t fuzz_below(uint64_t limit)
{
	return (fuzz_random() >> 32) * limit >> 32;
}

static inline struct virtio *fuzz_virtio(unsigned device)
{
	return device == BLK ? &fuzz.blk.virtio : &fuzz.console.virtio;
}

/** A device that there is; DEVICES: there is none. */
unsigned fuzz_device(void);

/** What is wrong with @seed: a line, and the run fails. */
void fuzz_fail(const char *what);

/** A word that may mean something to a device: an address of any kind, a length, noise. */
uint64_t fuzz_word(void);

/* ---- queues.c ---- */

/** One queue that is wrong in a way that is known: the device must say so, stay still, and work after a reset. */
void queue_case(void);
/** A queue full of words, and notifications; no more is known than that it must do no harm. */
void queue_noise(void);
/** How many queues of each kind there were: a line each, by the name of the event. */
void queue_report(void);

/* ---- registers.c ---- */

/** Find the devices, and note where everything is. */
void registers_init(void);
/** Where @device's registers were at first, they are again. */
void registers_restore(unsigned device);
/** All pins of the I/O APIC are masked. */
void ioapic_reset(void);
/** A burst of accesses to the registers of one device. */
void registers_step(void);

/* ---- interrupts.c ---- */

/** Whatever was asked for may now come. */
void interrupts_open(void);

/* ---- recover.c ---- */

/** Reset every device, and see to it that all of them work. */
void recover(void);
/** A request to @device, which was just opened; false: it is not served. */
bool device_works(unsigned device);
/** Reset and open it. */
bool device_open(unsigned device, uint64_t features);

#endif
