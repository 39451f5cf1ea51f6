// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bochs allocates the machine's memory as one anonymous mapping, page-aligned, and gives it out in
 * 128 KiB blocks as they are first touched. So a stamp lies at the start of a page of a private
 * writable mapping.
 */
#include "tools/vtrun/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_BYTES  4096u
#define BATCH_PAGES 512u /* at most IOV_MAX */
#define MAPPING_MAX                                                                                \
	(4ull << 30) /* a larger one is address space set aside, not a machine's memory */

/* An entry of /proc/PID/pagemap: Documentation/admin-guide/mm/pagemap.rst. */
#define PAGEMAP_PRESENT (3ull << 62) /* in memory or swapped out */

struct scan {
	pid_t engine;
	int pagemap;
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

/** Look at the starts of @count pages. Those that cannot be read are passed over. */
static void pages_look(struct scan *scan, const struct iovec *pages, size_t count)
{
	struct vts_hop_stamp stamps[BATCH_PAGES];

	while (count) {
		struct iovec to = {stamps, count * sizeof(stamps[0])};
		ssize_t bytes = process_vm_readv(scan->engine, &to, 1, pages, count, 0);
		size_t got = bytes > 0 ? (size_t)bytes / sizeof(stamps[0]) : 0;

		for (size_t i = 0; i < got; i++)
			stamp_check(scan, &stamps[i], (uint64_t)(uintptr_t)pages[i].iov_base);
		if (got < count)
			got++;
		pages += got;
		count -= got;
	}
}

/** Only pages that were ever touched: most of a large machine's memory never is. */
static void mapping_scan(struct scan *scan, uint64_t start, uint64_t end)
{
	uint64_t entries[BATCH_PAGES];
	struct iovec pages[BATCH_PAGES];

	while (start < end) {
		ssize_t got = pread(scan->pagemap, entries, sizeof(entries),
				    (off_t)(start / PAGE_BYTES * sizeof(entries[0])));
		size_t count = 0;

		if (got < (ssize_t)sizeof(entries[0]))
			return;
		for (size_t i = 0; i < (size_t)got / sizeof(entries[0]) && start < end; i++) {
			if (entries[i] & PAGEMAP_PRESENT)
				pages[count++] = (struct iovec){(void *)(uintptr_t)start,
								sizeof(struct vts_hop_stamp)};
			start += PAGE_BYTES;
		}
		pages_look(scan, pages, count);
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

static int proc_open(pid_t engine, const char *name, struct vts_error *error)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", engine, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		error_set(error, "engine: cannot read %s: %s; is /proc mounted?", path,
			  strerror(errno));
	return fd;
}

static int mappings_scan(struct scan *scan, struct vts_error *error)
{
	int fd = proc_open(scan->engine, "maps", error);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	uint64_t start, end;
	char line[512];

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps)) {
		if (mapping_parse(line, &start, &end) && end - start <= MAPPING_MAX)
			mapping_scan(scan, start, end);
	}
	fclose(maps);
	return 0;
}

int scan_blocks(pid_t engine, uint64_t nonce, uint64_t blocks[VTS_HOP_BLOCKS],
		struct vts_error *error)
{
	struct scan scan = {
	    .engine = engine, .magic = VTS_HOP_STAMP_MAGIC ^ nonce, .blocks = blocks};
	int result;

	memset(blocks, 0, VTS_HOP_BLOCKS * sizeof(blocks[0]));
	scan.pagemap = proc_open(engine, "pagemap", error);
	if (scan.pagemap < 0)
		return -1;
	result = mappings_scan(&scan, error);
	close(scan.pagemap);
	if (result == 0 && (scan.found != VTS_HOP_BLOCKS || scan.twice))
		result = error_set(
		    error,
		    "engine: %u of %u blocks of shared memory found%s: may this process be read? "
		    "see kernel.yama.ptrace_scope",
		    scan.found, VTS_HOP_BLOCKS, scan.twice ? ", one of them twice" : "");
	return result;
}
