// SPDX-License-Identifier: GPL-2.0-only
#include "bench/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GOLDEN	    0x9e3779b97f4a7c15ull
#define CHUNK_WORDS 4096u

bool vtb_disk_needed(const struct vtb_workload *workload)
{
	/* blockread, blockwrite */
	return !strncmp(workload->guest, "block", 5) || !strcmp(workload->guest, "linux-disk");
}

static bool content_write(FILE *file)
{
	for (uint64_t word = 0; word < VTB_DISK_BYTES / 8;) {
		uint64_t words[CHUNK_WORDS];

		for (unsigned i = 0; i < CHUNK_WORDS; i++)
			words[i] = ++word * GOLDEN;
		if (fwrite(words, sizeof(words), 1, file) != 1)
			return false;
	}
	return true;
}

int vtb_disk_make(const char *path, struct vts_error *error)
{
	FILE *file = fopen(path, "we");
	bool good = file && content_write(file);

	if (file && fclose(file))
		good = false;
	if (good)
		return 0;
	snprintf(error->text, sizeof(error->text), "%.300s: cannot write the guests' disk: %s",
		 path, strerror(errno));
	return -1;
}
