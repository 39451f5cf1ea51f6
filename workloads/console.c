// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text to the console, chunk=N bytes a call (default 64, a line); an operation is one byte. The digest is over the text, which
 * also arrives where the console leads.
 *
 * The console is the UART, a byte at a time, or with fifo=on as many as its FIFO takes; where there is a paravirtual one, that:
 * pv=hypercall or pv=virtio. irq=on: the guest halts until an interrupt says that the text has gone.
 */
#include "workloads/lib/console.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/random.h"
#include "workloads/lib/virtio_console.h"
#include "workloads/lib/workload.h"

#define CHUNK_MAX  4096u
#define LINE_BYTES 64u

static uint8_t text[CHUNK_MAX];
static uint64_t chunk;
static struct virtio_console virtio;
static void (*text_write)(const void *text, size_t bytes) = console_write;

#define PIC_FIRST_VECTOR 0x30
#define MSIX_VECTOR	 0x51
#define SPURIOUS	 0xff

static void virtio_write(const void *from, size_t bytes)
{
	virtio_console_write(&virtio, from, (uint32_t)bytes);
}

static void virtio_choose(bool interrupts)
{
	if (interrupts)
		apic_init(SPURIOUS);
	if (!(interrupts ? virtio_console_open_irq(&virtio, MSIX_VECTOR)
			 : virtio_console_open(&virtio))) {
		printf("guest: no virtio console\n");
		machine_exit(2);
	}
	text_write = virtio_write;
}

static void uart_choose(bool fifo, bool interrupts)
{
	if (fifo)
		uart_fifos(true);
	if (interrupts) {
		pic_init(PIC_FIRST_VECTOR, PIC_FIRST_VECTOR + 8);
		pic_mask((uint16_t) ~(1u << UART_LINE));
		uart_irq_start(PIC_FIRST_VECTOR + UART_LINE);
	}
	text_write = interrupts ? uart_irq_write : fifo ? uart_fifo_write : console_write;
}

static void way_choose(void)
{
	bool fifo = args_choice("fifo", "off on"), interrupts = args_choice("irq", "off on");
	bool by_virtio = args_choice("pv", "hypercall virtio");

	if (!machine.pv_console)
		uart_choose(fifo, interrupts);
	else if (by_virtio)
		virtio_choose(interrupts);
}

static uint64_t console_prepare(uint64_t ops)
{
	uint64_t state = machine.boot->seed;

	chunk = args_number("chunk", LINE_BYTES, 1);
	if (chunk > CHUNK_MAX)
		chunk = CHUNK_MAX;
	for (uint64_t i = 0; i < chunk; i++)
		text[i] = (uint8_t)('a' + (random_next(&state) >> 32) % 26);
	for (uint64_t i = LINE_BYTES - 1; i < chunk; i += LINE_BYTES)
		text[i] = '\n';
	text[chunk - 1] = '\n';
	way_choose();
	return ops;
}

static uint32_t console_sample(void)
{
	return (TIMED(text_write(text, chunk)) - TIMED()) / (uint32_t)chunk;
}

static void console_run(uint64_t ops)
{
	for (; ops > chunk; ops -= chunk)
		text_write(text, chunk);
	text_write(text, ops);
}

static uint64_t console_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	if (text_write == uart_irq_write)
		uart_irq_stop();
	for (uint64_t i = 0; i < ops; i++)
		digest = digest_add(digest, text[i % chunk]);
	if (text[(ops - 1) % chunk] != '\n')
		console_write("\n", 1);
	return digest;
}

const struct workload console_workload = {
    .name = "console",
    .keys = "chunk fifo irq pv",
    .ops = 10000,
    .prepare = console_prepare,
    .sample = console_sample,
    .run = console_run,
    .digest = console_digest,
};
