// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bochs allocates the machine's memory as one anonymous mapping, page-aligned, and gives it out in 128 KiB
 * blocks as they are first touched. So a stamp lies at the start of a page of a private writable mapping.
 */
#include "tools/vtrun/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>

#define PAGE_BYTES  4096u
#define BATCH_PAGES 512u /* at most IOV_MAX */

struct scan {
	pid_t engine;
	uint64_t magic;
	uint64_t *blocks;
	unsigned found;
	bool twice;
};

static void stamp_check(struct scan *scan, const struct vts_hop_stamp *stamp, uint64_t address)
{
	if (stamp->magic != scan->magic || stamp->index >= VTS_HOP_BLOCKS ||
	    stamp->check != ~stamp->magic + stamp->index)
		return;
	if (scan->blocks[stamp->index])
		scan->twice = true;
	else
		scan->found++;
	scan->blocks[stamp->index] = address;
}

/** Look at @pages pages from @address. Those that cannot be read are passed over. */
static void batch_scan(struct scan *scan, uint64_t address, size_t pages)
{
	struct vts_hop_stamp stamps[BATCH_PAGES];
	struct iovec to = {.iov_base = stamps}, from[BATCH_PAGES];
	size_t first = 0;

	while (first < pages) {
		size_t count = pages - first, got;
		ssize_t bytes;

		for (size_t i = 0; i < count; i++) {
			from[i].iov_base = (void *)(uintptr_t)(address + (first + i) * PAGE_BYTES);
			from[i].iov_len = sizeof(stamps[0]);
		}
		to.iov_len = count * sizeof(stamps[0]);
		bytes = process_vm_readv(scan->engine, &to, 1, from, count, 0);
		got = bytes > 0 ? (size_t)bytes / sizeof(stamps[0]) : 0;
		for (size_t i = 0; i < got; i++)
			stamp_check(scan, &stamps[i], address + (first + i) * PAGE_BYTES);
		first += got < count ? got + 1 : got;
	}
}

/** One line of /proc/PID/maps: an anonymous private mapping that can be read and written? */
static bool mapping_parse(const char *line, uint64_t *start, uint64_t *end)
{
	unsigned long inode;
	char rights[5];

	return sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %lu", start, end, rights,
		      &inode) == 4 &&
	       !strncmp(rights, "rw", 2) && rights[3] == 'p' && !inode;
}

int scan_blocks(pid_t engine, uint64_t nonce, uint64_t blocks[VTS_HOP_BLOCKS],
		struct vts_error *error)
{
	struct scan scan = {
	    .engine = engine, .magic = VTS_HOP_STAMP_MAGIC ^ nonce, .blocks = blocks};
	char path[64], line[512];
	uint64_t start, end;
	FILE *maps;

	memset(blocks, 0, VTS_HOP_BLOCKS * sizeof(blocks[0]));
	snprintf(path, sizeof(path), "/proc/%d/maps", engine);
	maps = fopen(path, "re");
	if (!maps)
		return error_set(error, "engine: cannot read %s: %s; is /proc mounted?", path,
				 strerror(errno));
	while (fgets(line, sizeof(line), maps)) {
		if (!mapping_parse(line, &start, &end))
			continue;
		for (; start < end; start += BATCH_PAGES * PAGE_BYTES) {
			uint64_t pages = (end - start) / PAGE_BYTES;

			batch_scan(&scan, start, pages < BATCH_PAGES ? pages : BATCH_PAGES);
		}
	}
	fclose(maps);
	if (scan.found != VTS_HOP_BLOCKS || scan.twice)
		return error_set(
		    error,
		    "engine: %u of %u blocks of shared memory found%s: may this process be read? "
		    "see kernel.yama.ptrace_scope",
		    scan.found, VTS_HOP_BLOCKS, scan.twice ? ", one of them twice" : "");
	return 0;
}
