// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/disk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** Cut the words off the option; the file's name is what is left. */
static int words_parse(struct disk_file *disk, const char *option, struct vts_error *error)
{
	char *word;

	disk->path = strdup(option);
	if (!disk->path)
		return error_set(error, "--disk: out of memory: free some");
	word = strchr(disk->path, ',');
	while (word) {
		char *next = strchr(word + 1, ',');

		*word++ = 0;
		if (next)
			*next = 0;
		if (!strcmp(word, "ro"))
			disk->read_only = true;
		else if (!strcmp(word, "snapshot"))
			disk->snapshot = true;
		else
			return error_set(error,
					 "--disk %s: unknown word '%s': FILE may be followed by "
					 ",ro and ,snapshot; "
					 "a file with a comma in its name needs a link",
					 option, word);
		word = next;
	}
	if (!*disk->path)
		return error_set(error, "--disk %s: no file: give FILE[,ro][,snapshot]", option);
	return 0;
}

static bool is_written(const struct disk_file *disk)
{
	return !disk->read_only && !disk->snapshot;
}

static int file_open(struct disk_file *disk, struct vts_error *error)
{
	disk->fd = open(disk->path, is_written(disk) ? O_RDWR : O_RDONLY);
	if (disk->fd >= 0)
		return 0;
	if (errno == EISDIR)
		return error_set(error, "%s: a directory: give a disk's raw image file",
				 disk->path);
	if (is_written(disk) && access(disk->path, R_OK) == 0)
		return error_set(
		    error, "%s: cannot write the disk file: %s; add ,ro or ,snapshot to its name",
		    disk->path, strerror(errno));
	return error_set(error, "%s: cannot read the disk file: %s; give one that is there",
			 disk->path, strerror(errno));
}

static int size_check(struct disk_file *disk, struct vts_error *error)
{
	struct stat stat;

	if (fstat(disk->fd, &stat) < 0)
		return error_set(error, "%s: cannot look at the disk file: %s", disk->path,
				 strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return error_set(error, "%s: %s: give a disk's raw image file", disk->path,
				 S_ISDIR(stat.st_mode) ? "a directory" : "not a regular file");
	disk->bytes = (uint64_t)stat.st_size;
	if (!disk->bytes)
		return error_set(error,
				 "%s: an empty file is no disk: make it as large as the disk: "
				 "truncate -s 64M FILE",
				 disk->path);
	if (disk->bytes % DISK_SECTOR)
		return error_set(error,
				 "%s: its %" PRIu64
				 " bytes are not whole sectors of %u: is it a raw image? If "
				 "so: truncate -s %%%u FILE",
				 disk->path, disk->bytes, DISK_SECTOR, DISK_SECTOR);
	return 0;
}

static int file_lock(const struct disk_file *disk, struct vts_error *error)
{
	if (flock(disk->fd, (is_written(disk) ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return 0; /* not every file system has locks */
	return error_set(error, "%s: in use by another vtrun: end that, or let %s ,snapshot",
			 disk->path,
			 is_written(disk) ? "both use it with" : "the other use it with");
}

static bool has_bytes(const struct disk_file *disk, uint64_t offset, const char *bytes,
		      size_t count)
{
	char found[32];

	return pread(disk->fd, found, count, (off_t)offset) == (ssize_t)count &&
	       !memcmp(found, bytes, count);
}

/** Bochs looks at a file that it is not to write for image formats of its own accord. */
static int format_check(const struct disk_file *disk, struct vts_error *error)
{
	const struct {
		const char *name;
		uint64_t offset;
		const char *bytes;
		size_t count;
	} formats[] = {
	    {"VMware 3", 0, "COWD", 4},
	    {"VMware 4", 0, "KDMV", 4},
	    {"VirtualBox", 64, "\x7f\x10\xda\xbe", 4},
	    {"Virtual PC", 0, "conectix", 8},
	    {"Virtual PC", disk->bytes - DISK_SECTOR, "conectix", 8},
	    {"Bochs", 0, "Bochs Virtual HD Image", 22},
	    {"Bochs sparse", 0, "\xce\x8a\x46\x02", 4},
	};

	for (size_t i = 0; !is_written(disk) && i < sizeof(formats) / sizeof(*formats); i++) {
		if (has_bytes(disk, formats[i].offset, formats[i].bytes, formats[i].count))
			return error_set(error,
					 "%s: it has the signature of a %s image, which Bochs "
					 "would take it for: "
					 "use a copy, without ,ro and ,snapshot",
					 disk->path, formats[i].name);
	}
	return 0;
}

int disk_file_open(struct disk_file *disk, const char *option, struct vts_error *error)
{
	*disk = (struct disk_file){.fd = -1};
	if (!option)
		return 0;
	if (words_parse(disk, option, error) == 0 && file_open(disk, error) == 0 &&
	    size_check(disk, error) == 0 && file_lock(disk, error) == 0 &&
	    format_check(disk, error) == 0) {
		discard_init(&disk->discard, disk->bytes);
		return 0;
	}
	if (disk->fd >= 0)
		close(disk->fd); /* it is not ours to store */
	disk->fd = -1;
	return -1;
}

void disk_file_note(void *disk, const struct vts_event *event)
{
	discard_note(&((struct disk_file *)disk)->discard, event);
}

void disk_file_trim(const struct disk_file *disk)
{
	if (disk->fd >= 0 && is_written(disk))
		discard_punch(&disk->discard, disk->fd);
}

const char *disk_file_mode(const struct disk_file *disk)
{
	return disk->read_only ? "ro" : disk->snapshot ? "snapshot" : "rw";
}

int disk_file_check(const struct disk_file *disk, struct vts_error *error)
{
	struct stat stat;

	if (fstat(disk->fd, &stat) < 0 || (uint64_t)stat.st_size >= disk->bytes)
		return 0;
	return error_set(error,
			 "%s: it became shorter while the guest ran: %" PRIu64
			 " bytes were %" PRIu64 ": leave it alone, or give a copy",
			 disk->path, (uint64_t)stat.st_size, disk->bytes);
}

static int disk_file_store(const struct disk_file *disk)
{
	struct vts_error error;
	int result = disk_file_check(disk, &error);

	if (fsync(disk->fd) < 0)
		result = error_set(&error, "%s: what the guest wrote may not be stored: %s",
				   disk->path, strerror(errno));
	if (result < 0)
		fprintf(stderr, "vtrun: %s\n", error.text);
	return result;
}

int disk_file_close(struct disk_file *disk)
{
	int result = 0;

	if (disk->fd >= 0) {
		result = is_written(disk) ? disk_file_store(disk) : 0;
		close(disk->fd);
	}
	discard_free(&disk->discard);
	free(disk->path);
	return result;
}
