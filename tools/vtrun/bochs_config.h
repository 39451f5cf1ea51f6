/* SPDX-License-Identifier: GPL-2.0-only */
/* Bochs's configuration file: what was measured about its lines is in docs/engines.md. */
#ifndef TOOLS_VTRUN_BOCHS_CONFIG_H
#define TOOLS_VTRUN_BOCHS_CONFIG_H

#include "tools/vtrun/disk_file.h"

struct bochs_config {
	const char *cpu;
	uint64_t machine_bytes;
	int image_fd, log_fd; /* as Bochs has them open */
	const struct disk_file *disk;
	int journal_fd; /* a directory: where a file goes that is written to instead of the disk's */
	/* COM1: a terminal's path; if that is NULL, a file to write to. */
	const char *com1_terminal;
	int com1_fd;
	bool warp; /* idle time is skipped */
};

/** The text, malloc'd; NULL when out of memory. */
char *bochs_config_text(const struct bochs_config *config);

#endif
