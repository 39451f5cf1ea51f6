// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/guest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vmm/abi/guest.h"
#include "trace/linux_image.h"
#include "trace/multiboot_image.h"

#define MEMORY_PROGRAM (64ull << 20)
#define MEMORY_LINUX   (256ull << 20)

static const char *const kind_names[] = {"a program", "a Linux kernel", "a Multiboot image"};

static enum guest_kind kind_find(const char *path)
{
	_Alignas(8) unsigned char start[MULTIBOOT_HEADER_SEARCH];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t bytes = fd < 0 ? 0 : read(fd, start, sizeof(start));

	if (fd >= 0)
		close(fd);
	if (bytes <= 0)
		return GUEST_PROGRAM;
	return vts_linux_is(start, (size_t)bytes)	? GUEST_LINUX
	       : vts_multiboot_is(start, (size_t)bytes) ? GUEST_MULTIBOOT
							: GUEST_PROGRAM;
}

/** What one kind of guest has and the other has not. */
static int options_check(enum guest_kind kind, const struct options *options,
			 struct vts_error *error)
{
	if (kind == GUEST_PROGRAM && (options->initrd || options->append))
		return error_set(error, "%s: not available with an ELF guest: leave it out",
				 options->initrd ? "--initrd" : "--append");
	if (kind == GUEST_PROGRAM)
		return 0;
	if (options->paging == PAGING_NATIVE && kind == GUEST_MULTIBOOT)
		return error_set(
		    error, "--paging native: not with a Multiboot image: choose ept or shadow");
	if (*options->args)
		return error_set(error, "%s: %s has no arguments: its command line is --append's",
				 *options->args, kind_names[kind]);
	return 0;
}

static int module_add(struct guest_file *guest, const char *path, const char *text,
		      struct vts_error *error)
{
	struct guest_module *module = &guest->module[guest->modules];

	if (guest->modules == VTS_BOOT_INITRDS)
		return error_set(error, "--initrd: too many modules: at most %u", VTS_BOOT_INITRDS);
	if (blob_read(&module->file, path, "initrd", error) < 0)
		return -1;
	guest->modules++;
	module->text = strdup(text);
	return module->text ? 0 : error_set(error, "--initrd: out of memory: free some");
}

/** FILE[ TEXT][,FILE[ TEXT]...]: a module's string is all that was given for it. */
static int modules_read(struct guest_file *guest, const char *list, struct vts_error *error)
{
	char *copy = strdup(list), *rest = copy, *text, path[PATH_MAX];
	int result = copy ? 0 : error_set(error, "--initrd: out of memory: free some");

	while (result == 0 && (text = strsep(&rest, ","))) {
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(text, " "), text);
		result = module_add(guest, path, text, error);
	}
	free(copy);
	return result;
}

/** What is @wrong with the file, and how much memory would do where that is it; NULL: nothing. */
static int verdict(const char *path, const char *wrong, uint64_t needed, uint64_t memory,
		   struct vts_error *error)
{
	if (wrong && needed > memory)
		return error_set(error, "%s: %s (%llu MiB or more)", path, wrong,
				 (unsigned long long)((needed + (1u << 20) - 1) >> 20));
	return wrong ? error_set(error, "%s: %s", path, wrong) : 0;
}

static int linux_check(const struct guest_file *guest, const char *path,
		       const struct options *options, struct vts_error *error)
{
	struct vts_linux_layout layout;
	const char *wrong = vts_linux_layout(
	    guest->file.data, guest->file.bytes, options->memory, guest->module[0].file.bytes,
	    options->append ? strlen(options->append) : 0, &layout);

	return verdict(path, wrong, layout.needed, options->memory, error);
}

static int multiboot_check(const struct guest_file *guest, const char *path,
			   const struct options *options, struct vts_error *error)
{
	struct vts_multiboot_layout layout;
	uint64_t module_bytes = 0;
	const char *wrong;

	for (size_t i = 0; i < guest->modules; i++)
		module_bytes += (guest->module[i].file.bytes + VTS_MULTIBOOT_PAGE - 1) &
				~(VTS_MULTIBOOT_PAGE - 1);
	wrong = vts_multiboot_layout(guest->file.data, guest->file.bytes, options->memory,
				     module_bytes, &layout);
	return verdict(path, wrong, layout.needed, options->memory, error);
}

static int program_read(struct guest_file *guest, const char *path, const struct options *options,
			struct vts_error *error)
{
	struct elf_image image;

	if (elf_image_read(&image, path, "guest", VTG_MEMORY_START, options->memory, error) < 0)
		return -1;
	guest->file = image.file;
	return 0;
}

static int kernel_read(struct guest_file *guest, const char *path, const struct options *options,
		       struct vts_error *error)
{
	bool is_linux = guest->kind == GUEST_LINUX;

	if (blob_read(&guest->file, path, "guest", error) < 0)
		return -1;
	if (options->initrd && (is_linux ? module_add(guest, options->initrd, "", error)
					 : modules_read(guest, options->initrd, error)) < 0)
		return -1;
	return is_linux ? linux_check(guest, path, options, error)
			: multiboot_check(guest, path, options, error);
}

int guest_file_read(struct guest_file *guest, const char *path, struct options *options,
		    struct vts_error *error)
{
	guest->kind = kind_find(path);
	if (options_check(guest->kind, options, error) < 0)
		return -1;
	if (!options->memory)
		options->memory = guest->kind == GUEST_LINUX ? MEMORY_LINUX : MEMORY_PROGRAM;
	return guest->kind == GUEST_PROGRAM ? program_read(guest, path, options, error)
					    : kernel_read(guest, path, options, error);
}

void guest_file_free(struct guest_file *guest)
{
	blob_free(&guest->file);
	for (size_t i = 0; i < guest->modules; i++) {
		blob_free(&guest->module[i].file);
		free(guest->module[i].text);
	}
}
