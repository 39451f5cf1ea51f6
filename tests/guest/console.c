// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console's devices with the library's drivers, for tests/e2e/guest-console.sh, which sees to what comes out:
 *   how=uart|fifo|irq|virtio|virtioirq   which, and how it is driven; irq: halted while nothing comes
 *   lines=N                              numbered lines to write
 *   read=N                               then so many bytes to read; they come back as capitals, each as it comes
 */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/virtio_console.h"

#define PIC_VECTOR  0x30
#define MSIX_VECTOR 0x51
#define SPURIOUS    0xff
#define LINE_BYTES  64u

static struct virtio_console virtio;
static uint8_t input[VIRTIO_CONSOLE_BUFFER];

static void virtio_write(const void *text, size_t bytes)
{
	virtio_console_write(&virtio, text, (uint32_t)bytes);
}

static void polled_write(const void *text, size_t bytes)
{
	const uint8_t *byte = text;

	while (bytes--)
		uart_write(*byte++);
}

static size_t polled_read(void *to, size_t bytes)
{
	(void)bytes;
	while (!(in8(UART_STATUS) & UART_RECEIVED))
		;
	*(uint8_t *)to = in8(UART_DATA);
	return 1;
}

static size_t virtio_read(void *to, size_t bytes)
{
	uint32_t count;

	(void)bytes;
	while (!(count = virtio_console_read(&virtio, to)))
		;
	return count;
}

static size_t virtio_wait(void *to, size_t bytes)
{
	(void)bytes;
	return virtio_console_wait(&virtio, to);
}

static bool uart_open(void)
{
	return true;
}

static bool fifo_open(void)
{
	uart_fifos(true);
	return true;
}

static bool irq_open(void)
{
	pic_init(PIC_VECTOR, PIC_VECTOR + 8);
	pic_mask((uint16_t) ~(1u << UART_LINE));
	uart_irq_start(PIC_VECTOR + UART_LINE);
	return true;
}

static bool virtio_open(void)
{
	return virtio_console_open(&virtio);
}

static bool virtio_irq_open(void)
{
	apic_init(SPURIOUS);
	return virtio_console_open_irq(&virtio, MSIX_VECTOR);
}

/* In the order of how's choices. */
static const struct {
	bool (*open)(void);
	void (*write)(const void *text, size_t bytes);
	size_t (*read)(void *to, size_t bytes);
	unsigned (*interrupts)(void);
} ways[] = {
    {uart_open, polled_write, polled_read, NULL},
    {fifo_open, uart_fifo_write, polled_read, NULL},
    {irq_open, uart_irq_write, uart_irq_read, uart_irq_count},
    {virtio_open, virtio_write, virtio_read, NULL},
    {virtio_irq_open, virtio_write, virtio_wait, virtio_console_irq_count},
};

/** "0000042 abcdef...\n", LINE_BYTES long. */
static void line_make(char *line, uint64_t number)
{
	for (unsigned i = 0; i < LINE_BYTES - 1; i++)
		line[i] = (char)('a' + (i + number) % 26);
	for (unsigned i = 7; i-- > 0; number /= 10)
		line[i] = (char)('0' + number % 10);
	line[7] = ' ';
	line[LINE_BYTES - 1] = '\n';
}

static void capitals_make(uint8_t *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] ^= 0x20;
}

int main(void)
{
	static char line[LINE_BYTES];
	uint64_t lines, left;
	unsigned how;

	if (!args_check("console", "how lines read"))
		return 2;
	how = args_choice("how", "uart fifo irq virtio virtioirq");
	lines = args_number("lines", 0, 0);
	left = args_number("read", 0, 0);
	paging_init();
	if (!ways[how].open())
		return 3;
	for (uint64_t i = 0; i < lines; i++) {
		line_make(line, i);
		ways[how].write(line, LINE_BYTES);
	}
	while (left) {
		size_t bytes = ways[how].read(input, sizeof(input));

		capitals_make(input, bytes);
		ways[how].write(input, bytes);
		left -= bytes < left ? bytes : left;
	}
	return ways[how].interrupts && !ways[how].interrupts() ? 4 : 0;
}
