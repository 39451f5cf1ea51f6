// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/kernel_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "trace/linux_image.h"
#include "trace/multiboot_image.h"

enum guest_kind kernel_file_kind(const char *path)
{
	unsigned char start[VTS_MULTIBOOT_SEARCH];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t bytes = fd < 0 ? -1 : read(fd, start, sizeof(start));
	struct vts_multiboot multiboot;

	if (fd >= 0)
		close(fd);
	if (bytes < 0)
		return GUEST_PROGRAM;
	return vts_linux_is(start, (size_t)bytes)		      ? GUEST_LINUX
	       : vts_multiboot_find(start, (size_t)bytes, &multiboot) ? GUEST_MULTIBOOT
								      : GUEST_PROGRAM;
}

int kernel_file_check(enum guest_kind kind, const struct blob *file, const char *path,
		      const struct blob *initrd, const char *cmdline, uint64_t memory,
		      struct vts_error *error)
{
	struct vts_linux_layout layout = {0};
	struct vts_multiboot multiboot = {0};
	const char *wrong;
	uint64_t needed;

	if (kind == GUEST_LINUX)
		wrong = vts_linux_layout(file->data, file->bytes, memory, initrd->bytes,
					 strlen(cmdline), &layout);
	else if (vts_multiboot_find(file->data, file->bytes, &multiboot))
		wrong = vts_multiboot_layout(file->data, file->bytes, memory, initrd->bytes,
					     &multiboot);
	else
		wrong = "the file changes while it is read: try again";
	needed = layout.needed + multiboot.needed;
	if (wrong && needed > memory)
		return error_set(error, "%s: %s (%llu MiB or more)", path, wrong,
				 (unsigned long long)((needed + (1u << 20) - 1) >> 20));
	return wrong ? error_set(error, "%s: %s", path, wrong) : 0;
}
