// SPDX-License-Identifier: GPL-2.0-only
/* Port I/O: ports with nothing behind, the UART, string instructions across pages. */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define BASE	     WINDOW(22)
#define ABSENT_PORT  0x6e0
#define UART_SCRATCH (VTG_PORT_UART + 7)
#define FLAGS	     (PTE_P | PTE_W | PTE_U)

static void absent(void)
{
	uint8_t byte = 0;
	uint16_t word = 0;
	uint64_t register64 = 0x1111111111111111;
	uint8_t buffer[8];

	__asm__ volatile("inb %w1, %0" : "+a"(byte) : "d"(ABSENT_PORT));
	test_equal(byte, 0xff, "IN of 1 byte from an absent port");
	__asm__ volatile("inw %w1, %0" : "+a"(word) : "d"(ABSENT_PORT));
	test_equal(word, 0xffff, "IN of 2 bytes from an absent port");
	__asm__ volatile("inl %w1, %k0" : "+a"(register64) : "d"(ABSENT_PORT));
	test_equal(register64, 0xffffffff, "IN of 4 bytes clears the upper half of RAX");
	register64 = 0x1111111111111111;
	__asm__ volatile("inb %w1, %b0" : "+a"(register64) : "d"(ABSENT_PORT));
	test_equal(register64, 0x11111111111111ff, "IN of 1 byte changes AL only");
	__asm__ volatile("outl %k0, %w1" ::"a"(0), "d"(ABSENT_PORT));
	test_equal(in8(ABSENT_PORT), 0xff, "OUT to an absent port is dropped");
	memset(buffer, 0, sizeof(buffer));
	__asm__ volatile("rep insb" ::"D"(buffer), "c"(7), "d"(ABSENT_PORT) : "memory");
	test_equal(*(uint64_t *)buffer, 0x00ffffffffffffff, "REP INSB from an absent port");
}

static void uart(void)
{
	uint8_t byte = 0x5a, back = 0;

	out8(UART_SCRATCH, 0xa5);
	test_equal(in8(UART_SCRATCH), 0xa5, "the UART's scratch register");
	out8(UART_SCRATCH, 0x3c);
	test_equal(in8(UART_SCRATCH), 0x3c, "the UART's scratch register again");
	while (!(in8(UART_STATUS) & UART_THR_FREE))
		;
	test_ok(true, "the UART's transmitter becomes free");
	__asm__ volatile("outsb" : : "S"(&byte), "d"(UART_SCRATCH) : "memory");
	test_equal(in8(UART_SCRATCH), byte, "OUTSB to the scratch register");
	__asm__ volatile("insb" ::"D"(&back), "d"(UART_SCRATCH) : "memory");
	test_equal(back, byte, "INSB from the scratch register");
}

/* Registers behind REP OUTSB and REP INSB, forwards and backwards. */
static void string_registers(void)
{
	static uint8_t text[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const uint8_t *from = text;
	uint8_t into[8], *to = into + 7;
	uint64_t count = 5;

	__asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(UART_SCRATCH) : "memory");
	test_ok(from == text + 5 && !count, "REP OUTSB leaves RSI behind, RCX 0");
	test_equal(in8(UART_SCRATCH), 5, "REP OUTSB wrote the last byte last");
	memset(into, 0, sizeof(into));
	count = 3;
	__asm__ volatile("std\n\t"
			 "rep insb\n\t"
			 "cld"
			 : "+D"(to), "+c"(count)
			 : "d"(UART_SCRATCH)
			 : "memory");
	test_ok(to == into + 4 && !count, "REP INSB with DF leaves RDI before, RCX 0");
	test_equal(*(uint64_t *)into, 0x0505050000000000, "REP INSB with DF went down");
	count = 0;
	from = (const uint8_t *)BASE;
	__asm__ volatile(TRY("rep outsb") : "+S"(from), "+c"(count) : "d"(UART_SCRATCH) : "memory");
	test_no_trap("REP OUTSB of nothing touches nothing");
}

/* Two pages, the second of which nobody has touched; then the second unmapped. */
static void string_pages(uint64_t *root)
{
	uint64_t memory = (uint64_t)memory_take(2 * PAGE_SIZE, PAGE_SIZE);
	uint64_t count = 8, at = BASE + PAGE_SIZE - 4;

	paging_map(root, BASE, memory, FLAGS);
	paging_map(root, BASE + PAGE_SIZE, memory + PAGE_SIZE, FLAGS);
	out8(UART_SCRATCH, 0x77);
	__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(UART_SCRATCH) : "memory");
	test_equal(*(uint64_t *)(BASE + PAGE_SIZE - 4), 0x7777777777777777,
		   "REP INSB across into an untouched page");
	test_ok(at == BASE + PAGE_SIZE + 4 && !count, "its registers");

	paging_map(root, BASE + PAGE_SIZE, 0, 0);
	invlpg(BASE + PAGE_SIZE);
	memset((void *)BASE, 0x33, PAGE_SIZE);
	count = 8;
	at = BASE + PAGE_SIZE - 4;
	__asm__ volatile(TRY("rep insb") : "+D"(at), "+c"(count) : "d"(UART_SCRATCH) : "memory");
	test_fault(PF_W, BASE + PAGE_SIZE, "REP INSB into a page that is not present");
	test_ok(at == BASE + PAGE_SIZE && count == 4, "it stopped at the page's end");
	test_equal(*(uint32_t *)(BASE + PAGE_SIZE - 4), 0x77777777, "what came before it is there");
	count = 8;
	at = BASE + PAGE_SIZE - 4;
	__asm__ volatile(TRY("rep outsb") : "+S"(at), "+c"(count) : "d"(UART_SCRATCH) : "memory");
	test_fault(0, BASE + PAGE_SIZE, "REP OUTSB from a page that is not present");
	test_ok(at == BASE + PAGE_SIZE && count == 4, "it stopped at the page's end");
	paging_map(root, BASE, memory, PTE_P | PTE_U);
	invlpg(BASE);
	at = BASE;
	__asm__ volatile(TRY("insb") : "+D"(at) : "d"(UART_SCRATCH) : "memory");
	test_fault(PF_P | PF_W, BASE, "INSB into a page that is read-only");
	test_equal(at, BASE, "it changed no register");
}

int main(void)
{
	uint64_t *root = paging_init();

	absent();
	uart();
	string_registers();
	string_pages(root);
	return test_done();
}
