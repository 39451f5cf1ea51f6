// SPDX-License-Identifier: GPL-2.0-only
#include "bench/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int vtb_make_dirs(const char *path)
{
	char *copy = strdup(path);
	int status = 0;

	if (!copy)
		return -1;
	for (char *slash = strchr(copy + 1, '/'); slash && !status;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			status = -1;
		*slash = '/';
	}
	if (!status && mkdir(copy, 0777) && errno != EEXIST)
		status = -1;
	free(copy);
	return status;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
	(void)info;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

void vtb_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int file_fail(struct vts_error *error, const char *dir, const char *name)
{
	const char *advice = "choose another directory with --out";

	if (errno == ENOSPC || errno == EDQUOT)
		advice = "the results so far are whole; free some space and run again";
	else if (errno == EEXIST)
		advice = "keep them with another --out, or replace them with --force";
	snprintf(error->text, sizeof(error->text), "%.200s%s%s: %s; %s", dir, name ? "/" : "",
		 name ? name : "", strerror(errno), advice);
	return -1;
}

static int open_file(const char *dir, const char *name, bool replace)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), 0666);
}

/* All of @bytes, or nothing: what was written of a line that failed is cut off again. */
static int write_whole(int fd, const char *text, size_t bytes)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	size_t done = 0;

	while (done < bytes) {
		ssize_t count = write(fd, text + done, bytes - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			int reason = count ? errno : ENOSPC;

			if (!ftruncate(fd, start))
				lseek(fd, start, SEEK_SET);
			errno = reason;
			return -1;
		}
		done += (size_t)count;
	}
	return 0;
}

/* The header's line if @result is NULL. */
static int write_csv(int fd, const struct vtb_result *result)
{
	char *text = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);
	int status;

	if (!memory)
		return -1;
	if (result)
		vtb_csv_line(memory, result);
	else
		vtb_csv_header(memory);
	status = fclose(memory) ? -1 : write_whole(fd, text, bytes);
	free(text);
	return status;
}

static int write_json(int fd, const struct vtb_result *result)
{
	json_t *json = vtb_result_to_json(result);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;
	int status = -1;

	if (text) {
		text[length] = '\n'; /* in place of the terminator: one write for the whole line */
		status = write_whole(fd, text, length + 1);
	} else {
		errno = ENOMEM;
	}
	free(text);
	json_decref(json);
	return status;
}

int vtb_store_open(struct vtb_store *store, const char *dir, bool replace, struct vts_error *error)
{
	store->dir = dir;
	store->csv = -1;
	if (vtb_make_dirs(dir))
		return file_fail(error, dir, NULL);
	store->jsonl = open_file(dir, "results.jsonl", replace);
	if (store->jsonl < 0)
		return file_fail(error, dir, "results.jsonl");
	store->csv = open_file(dir, "results.csv", true);
	if (store->csv < 0 || write_csv(store->csv, NULL)) {
		file_fail(error, dir, "results.csv");
		vtb_store_close(store);
		return -1;
	}
	return 0;
}

int vtb_store_add(struct vtb_store *store, const struct vtb_result *result, struct vts_error *error)
{
	if (write_json(store->jsonl, result))
		return file_fail(error, store->dir, "results.jsonl");
	if (write_csv(store->csv, result))
		return file_fail(error, store->dir, "results.csv");
	return 0;
}

void vtb_store_close(struct vtb_store *store)
{
	close(store->jsonl);
	if (store->csv >= 0)
		close(store->csv);
}
