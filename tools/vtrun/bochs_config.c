// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/bochs_config.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/vtrun/config.h"

/* Fixed, or the clock chip would start at the host's time and no two runs would be the same. */
#define TIME_ZERO 946684800 /* 2000-01-01 */

static void com1_write(FILE *text, const struct bochs_config *config)
{
	if (config->com1_terminal)
		fprintf(text, "com1: enabled=1, mode=term, dev=%s\n", config->com1_terminal);
	else
		fprintf(text, "com1: enabled=1, mode=file, dev=/proc/self/fd/%d\n",
			config->com1_fd);
}

/**
 * The guest's disk: where the VM's is as well, so that its ports and line are the same natively. All paths are below /proc
 * on purpose: nothing can be made there, and so Bochs leaves no lock file beside the image.
 */
static void disk_write(FILE *text, const struct bochs_config *config)
{
	const struct disk_file *disk = config->disk;

	if (disk->fd < 0)
		return;
	fprintf(text,
		"ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15\n"
		"ata1-master: type=disk, mode=%s, path=/proc/self/fd/%d",
		config->journal_fd < 0 ? "flat" : "volatile", disk->fd);
	if (config->journal_fd >= 0)
		fprintf(text, ", journal=/proc/self/fd/%d/vtscope-disk", config->journal_fd);
	fputc('\n', text);
}

char *bochs_config_text(const struct bochs_config *config)
{
	uint64_t mib = config->machine_bytes >> 20;
	char *result = NULL;
	size_t bytes;
	FILE *text = open_memstream(&result, &bytes);

	if (!text)
		return NULL;
	/* No device that a guest cannot reach, and none that looks for the host's sound card. */
	fprintf(text, "plugin_ctrl: parallel=0, gameport=0, speaker=0, extfpuirq=0\n"
		      "speaker: enabled=0\n"
		      "sound: driver=dummy\n"
		      "display_library: rfb, options=\"timeout=0\"\n"
		      "romimage: file=$BXSHARE/BIOS-bochs-latest\n"
		      "vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest\n");
	fprintf(text,
		"cpu: model=%s, count=1, ips=%llu, reset_on_triple_fault=0, ignore_bad_msrs=1\n",
		config->cpu, ENGINE_HZ);
	fprintf(text, "memory: guest=%" PRIu64 ", host=%" PRIu64 "\n", mib, mib);
	fprintf(text, "clock: sync=%s, time0=%d\n", config->warp ? "none" : "slowdown", TIME_ZERO);
	fprintf(text,
		"ata0-master: type=disk, mode=flat, path=/proc/self/fd/%d\n"
		"boot: disk\n",
		config->image_fd);
	disk_write(text, config);
	com1_write(text, config);
	fprintf(text,
		"port_e9_hack: enabled=1\n"
		"panic: action=fatal\n"
		"error: action=ignore\n"
		"info: action=ignore\n"
		"debug: action=ignore\n"
		"log: /proc/self/fd/%d\n",
		config->log_fd);
	if (fclose(text) != 0)
		return NULL;
	return result;
}
