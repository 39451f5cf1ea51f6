/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/ata.h"

#define CYLINDERS_MAX	       16383u
#define CHS_SECTORS(cylinders) ((cylinders)*ATA_HEADS * ATA_TRACK_SECTORS)

/* Bits of words 82 and 85, 83 and 86. */
#define SET1_WRITE_CACHE (1u << 5)
#define SET1_LOOK_AHEAD	 (1u << 6)
#define SET2_LBA48	 (1u << 10)
#define SET2_FLUSH	 (1u << 12)
#define SET2_FLUSH_EXT	 (1u << 13)
#define SET2_VALID	 (1u << 14)
#define SET3_VALID	 (1u << 14)

/** Two characters a word, the first in the high byte; padded with spaces. */
static void text_put(uint16_t *words, unsigned count, const char *text)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t high = *text ? (uint8_t)*text++ : ' ';
		uint8_t low = *text ? (uint8_t)*text++ : ' ';

		words[i] = (uint16_t)(high << 8 | low);
	}
}

static void geometry_put(uint16_t words[256], uint64_t sectors)
{
	uint64_t cylinders = sectors / (ATA_HEADS * ATA_TRACK_SECTORS);
	uint32_t capacity;

	if (cylinders > CYLINDERS_MAX)
		cylinders = CYLINDERS_MAX;
	capacity = CHS_SECTORS((uint32_t)cylinders);
	words[1] = words[54] = (uint16_t)cylinders;
	words[3] = words[55] = ATA_HEADS;
	words[6] = words[56] = ATA_TRACK_SECTORS;
	words[57] = (uint16_t)capacity;
	words[58] = (uint16_t)(capacity >> 16);
}

static void sectors_put(uint16_t words[256], uint64_t sectors)
{
	uint32_t low = (uint32_t)(sectors < ATA_LBA28_SECTORS ? sectors : ATA_LBA28_SECTORS - 1);

	words[60] = (uint16_t)low;
	words[61] = (uint16_t)(low >> 16);
	for (unsigned i = 0; i < 4; i++)
		words[100 + i] = (uint16_t)(sectors >> 16 * i);
}

/** Word 255: the sum of all bytes is 0. */
static void checksum_put(uint16_t words[256])
{
	uint8_t sum = 0xa5;

	for (unsigned i = 0; i < 255; i++)
		sum = (uint8_t)(sum + words[i] + (words[i] >> 8));
	words[255] = (uint16_t)((uint8_t)-sum << 8 | 0xa5);
}

void ata_identify(uint16_t words[256], uint64_t sectors, uint8_t multiple, bool write_cache)
{
	for (unsigned i = 0; i < 256; i++)
		words[i] = 0;
	words[0] = 0x0040; /* not removable */
	geometry_put(words, sectors);
	text_put(&words[10], 10, "vtscope-0");
	text_put(&words[23], 4, "1");
	text_put(&words[27], 20, "vtscope ATA disk");
	words[47] = 0x8000 | ATA_BLOCK_MAX;
	words[49] = 0x0a00; /* IORDY, LBA; no DMA */
	words[50] = 0x4000;
	words[51] = 0x0200; /* PIO mode 2 at least */
	words[53] = 0x0003; /* words 54 to 58 and 64 to 70 are valid */
	words[59] = multiple ? 0x0100 | multiple : 0;
	sectors_put(words, sectors);
	words[64] = 0x0003;	     /* PIO modes 3 and 4 */
	words[67] = words[68] = 120; /* their cycle time, ns */
	words[80] = 0x01f0;	     /* ATA/ATAPI-4 to ATA8-ACS */
	words[82] = SET1_WRITE_CACHE | SET1_LOOK_AHEAD;
	words[83] = SET2_VALID | SET2_FLUSH_EXT | SET2_FLUSH | SET2_LBA48;
	words[84] = SET3_VALID;
	words[85] = SET1_LOOK_AHEAD | (write_cache ? SET1_WRITE_CACHE : 0);
	words[86] = SET2_FLUSH_EXT | SET2_FLUSH | SET2_LBA48;
	words[87] = SET3_VALID;
	words[217] = 1; /* does not rotate */
	checksum_put(words);
}
