/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest cannot find out by itself (ACPI specification 6.4): PCI's root and interrupt lines, the ISA devices, S5.
 * Numbers are those of core-vmm/device/. */
DefinitionBlock ("", "DSDT", 2, "VTSCOP", "VTSCOPE", 1)
{
	Name (\PICM, 0)
	Method (\_PIC, 1) { \PICM = Arg0 }

	Name (\_S5, Package () { 5, 0, 0, 0 })	/* device/acpi.h: ACPI_SLEEP_S5 */

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0, 0, 0, 0, 1)
				IO (Decode16, 0xcf8, 0xcf8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0000, 0x0cf7, 0, 0x0cf8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0d00, 0xffff, 0, 0xf300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
					0, 0xe0000000, 0xfebfffff, 0, 0x1ec00000)
			})

			/* INTA# of each slot: to the I/O APIC's pins 16 to 19, or as the PIIX3 routes them. */
			Name (APIC, Package ()
			{
				Package () { 0x0000ffff, 0, 0, 16 },
				Package () { 0x0001ffff, 0, 0, 17 },
				Package () { 0x0002ffff, 0, 0, 18 },
				Package () { 0x0003ffff, 0, 0, 19 },
				Package () { 0x0004ffff, 0, 0, 16 },
				Package () { 0x0005ffff, 0, 0, 17 },
				Package () { 0x0006ffff, 0, 0, 18 },
				Package () { 0x0007ffff, 0, 0, 19 }
			})
			Name (PICR, Package ()
			{
				Package () { 0x0000ffff, 0, 0, 11 },
				Package () { 0x0001ffff, 0, 0, 9 },
				Package () { 0x0002ffff, 0, 0, 11 },
				Package () { 0x0003ffff, 0, 0, 9 },
				Package () { 0x0004ffff, 0, 0, 11 },
				Package () { 0x0005ffff, 0, 0, 9 },
				Package () { 0x0006ffff, 0, 0, 11 },
				Package () { 0x0007ffff, 0, 0, 9 }
			})
			Method (_PRT)
			{
				If (\PICM) { Return (APIC) }
				Return (PICR)
			}

			Device (PIC)
			{
				Name (_HID, EisaId ("PNP0000"))
				Name (_CRS, ResourceTemplate ()
				{
					IO (Decode16, 0x20, 0x20, 1, 2)
					IO (Decode16, 0xa0, 0xa0, 1, 2)
					IO (Decode16, 0x4d0, 0x4d0, 1, 2)
					IRQNoFlags () { 2 }
				})
			}
			Device (TIMR)
			{
				Name (_HID, EisaId ("PNP0100"))
				Name (_CRS, ResourceTemplate ()
				{
					IO (Decode16, 0x40, 0x40, 1, 4)
					IRQNoFlags () { 0 }
				})
			}
			Device (SPKR)
			{
				Name (_HID, EisaId ("PNP0800"))
				Name (_CRS, ResourceTemplate () { IO (Decode16, 0x61, 0x61, 1, 1) })
			}
			Device (RTC)
			{
				Name (_HID, EisaId ("PNP0B00"))
				Name (_CRS, ResourceTemplate ()
				{
					IO (Decode16, 0x70, 0x70, 1, 2)
					IRQNoFlags () { 8 }
				})
			}
			Device (COM1)
			{
				Name (_HID, EisaId ("PNP0501"))
				Name (_UID, 1)
				Name (_CRS, ResourceTemplate ()
				{
					IO (Decode16, 0x3f8, 0x3f8, 1, 8)
					IRQNoFlags () { 4 }
				})
			}
			/* The power-management registers, and isa-debug-exit: nobody else's. */
			Device (SYSR)
			{
				Name (_HID, EisaId ("PNP0C02"))
				Name (_CRS, ResourceTemplate ()
				{
					IO (Decode16, 0xf4, 0xf4, 1, 4)
					IO (Decode16, 0x600, 0x600, 1, 13)
				})
			}
			/* pvpanic, by which a kernel that panics says so. */
			Device (PEVT)
			{
				Name (_HID, "QEMU0001")
				Name (_CRS, ResourceTemplate () { IO (Decode16, 0x60d, 0x60d, 1, 1) })
			}
		}
	}
}
