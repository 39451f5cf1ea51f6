// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest for tests of vtrun's console and endings. Words of its arguments:
 *   echo=N      read N bytes from the UART and write each back
 *   flood=N     then write N bytes
 *   loop=1      then never end
 *   fault=1     then triple-fault: no interrupt table, and an instruction that faults
 *   status=N    the exit status
 */
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"

static void echo(uint64_t bytes)
{
	while (bytes--) {
		while (!(in8(UART_STATUS) & UART_RECEIVED))
			;
		uart_write(in8(UART_DATA));
	}
}

static void flood(uint64_t bytes)
{
	for (uint64_t n = 0; n < bytes; n++)
		uart_write(n % 64 == 63 ? '\n' : (uint8_t)('0' + n / 64 % 10));
}

static void fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	uart_drain();
	__asm__ volatile("lidt %0\n\tud2" : : "m"(none));
}

int main(void)
{
	if (!args_check("talk", "echo flood loop fault status"))
		return 2;
	printf("talk\n");
	echo(args_number("echo", 0, 0));
	flood(args_number("flood", 0, 0));
	while (args_number("loop", 0, 0))
		;
	if (args_number("fault", 0, 0))
		fault();
	return (int)args_number("status", 0, 0);
}
