// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export --format sqlite: a table `exits`, one for each kind of detail that refers to it,
 * and `trace` with what is known of the run. Numbers are SQLite's 64-bit integers, so an address of
 * the upper half is negative: printf('%x', rip) shows it as it is.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "dimension.h"
#include "export.h"
#include "text.h"
#include "trace/names.h"

#define SQL_MAX	  1024
#define KINDS_MAX 64 /* kinds with a table; VTS_KIND_COUNT is less */

struct sqlite {
	const struct view *view;
	const char *path;
	sqlite3 *database;
	sqlite3_stmt *exit;
	sqlite3_stmt *detail[KINDS_MAX]; /* by kind; that of kind 0: all unknown ones */
	sqlite3_int64 exits;
	bool failed;
};

_Static_assert(VTS_KIND_COUNT <= KINDS_MAX, "every kind has a table");

/** Note the first failure. */
static void fail(struct sqlite *sqlite)
{
	if (!sqlite->failed)
		complain("%s: %s", sqlite->path,
			 sqlite->database ? sqlite3_errmsg(sqlite->database) : "out of memory");
	sqlite->failed = true;
}

static void execute(struct sqlite *sqlite, const char *sql)
{
	if (!sqlite->failed && sqlite3_exec(sqlite->database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite);
}

static sqlite3_stmt *prepare(struct sqlite *sqlite, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (!sqlite->failed &&
	    sqlite3_prepare_v2(sqlite->database, sql, -1, &statement, NULL) != SQLITE_OK)
		fail(sqlite);
	return statement;
}

/** Run a statement whose values are bound. */
static void step(struct sqlite *sqlite, sqlite3_stmt *statement)
{
	if (!sqlite->failed && sqlite3_step(statement) != SQLITE_DONE)
		fail(sqlite);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

static void bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
	sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
}

/** NULL stays NULL. */
static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static bool is_unused(const struct vts_field *field)
{
	return !strncmp(field->name, "unused", 6);
}

/** The table of a kind (0: of all unknown ones), and the statement that fills it. */
static void make_detail_table(struct sqlite *sqlite, unsigned kind)
{
	const char *name = kind ? vts_kind_name(kind) : "other";
	const struct vts_field *fields = kind ? vts_fields(kind) : NULL;
	char create[SQL_MAX], insert[SQL_MAX];
	size_t created, inserted;

	if (!name)
		return;
	created = (size_t)snprintf(create, SQL_MAX,
				   "CREATE TABLE \"%s\" (exit_id INTEGER REFERENCES exits(id), "
				   "vm INTEGER, vcpu INTEGER, tsc INTEGER, how TEXT, reason TEXT, "
				   "flags INTEGER%s",
				   name, kind ? "" : ", kind INTEGER");
	inserted = (size_t)snprintf(insert, SQL_MAX, "INSERT INTO \"%s\" VALUES (?,?,?,?,?,?,?%s",
				    name, kind ? "" : ",?");
	for (unsigned i = 0; i < 5; i++) {
		char word[8];

		if (fields && is_unused(&fields[i]))
			continue;
		snprintf(word, sizeof(word), "word%u", i);
		created += (size_t)snprintf(
		    create + created, SQL_MAX - created, ", \"%s\" %s",
		    fields ? fields[i].name : word,
		    fields && fields[i].format == VTS_FORMAT_TEXT ? "TEXT" : "INTEGER");
		inserted += (size_t)snprintf(insert + inserted, SQL_MAX - inserted, ",?");
	}
	snprintf(create + created, SQL_MAX - created, ")");
	snprintf(insert + inserted, SQL_MAX - inserted, ")");
	execute(sqlite, create);
	sqlite->detail[kind] = prepare(sqlite, insert);
}

static void make_tables(struct sqlite *sqlite)
{
	/* The file is new, and removed on failure: nothing needs to survive a crash. */
	execute(sqlite, "PRAGMA journal_mode = OFF");
	execute(sqlite, "PRAGMA synchronous = OFF");
	execute(sqlite, "BEGIN");
	execute(sqlite, "CREATE TABLE trace (key TEXT PRIMARY KEY, value TEXT)");
	execute(
	    sqlite,
	    "CREATE TABLE exits (id INTEGER PRIMARY KEY, vm INTEGER, vcpu INTEGER, "
	    "exit_tsc INTEGER, entry_tsc INTEGER, latency INTEGER, reason TEXT, number INTEGER, "
	    "how TEXT, resolution TEXT, rip INTEGER, function TEXT, cr3 INTEGER, process TEXT, "
	    "phase TEXT, user INTEGER, qualification INTEGER, gpa INTEGER, gla INTEGER)");
	sqlite->exit =
	    prepare(sqlite, "INSERT INTO exits VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	for (unsigned kind = 0; kind < VTS_KIND_COUNT; kind++)
		if (kind != VTS_KIND_EXIT)
			make_detail_table(sqlite, kind);
}

static void *sqlite_open(const struct export_to *to)
{
	struct sqlite *sqlite = calloc(1, sizeof(*sqlite));

	if (!sqlite)
		die_of_memory();
	sqlite->view = to->view;
	sqlite->path = to->path;
	if (sqlite3_open(to->path, &sqlite->database) != SQLITE_OK)
		fail(sqlite);
	make_tables(sqlite);
	return sqlite;
}

static void insert_exit(struct sqlite *sqlite, const struct exit_group *group)
{
	const struct vts_event *exit = group->exit;
	sqlite3_stmt *row = sqlite->exit;
	char text[DIMENSION_LABEL_MAX], number[12];

	bind_number(row, 1, (uint64_t)++sqlite->exits);
	bind_number(row, 2, exit->vm);
	bind_number(row, 3, exit->vcpu);
	bind_number(row, 4, exit->exit_tsc);
	bind_number(row, 5, exit->tsc);
	bind_number(row, 6, exit_latency(exit));
	bind_text(row, 7, describe_reason(exit, number));
	bind_number(row, 8, exit->reason);
	bind_text(row, 9, describe_how(exit, number));
	bind_text(row, 10, export_resolution(sqlite->view, group, text));
	bind_number(row, 11, exit->exit.rip);
	bind_text(row, 12, export_function(sqlite->view, exit, text));
	bind_number(row, 13, exit->exit.cr3);
	bind_text(row, 14, export_process(sqlite->view, exit, text));
	bind_text(row, 15, export_phase(sqlite->view, text));
	bind_number(row, 16, !!(exit->flags & VTS_FLAG_USER));
	bind_number(row, 17, exit->exit.qualification);
	if (exit->flags & VTS_FLAG_GPA_VALID)
		bind_number(row, 18, exit->exit.gpa);
	if (exit->flags & VTS_FLAG_GLA_VALID)
		bind_number(row, 19, exit->exit.gla);
	step(sqlite, row);
}

static void insert_detail(struct sqlite *sqlite, const struct vts_event *detail, bool has_exit)
{
	bool known = vts_kind_name(detail->kind) && detail->kind < VTS_KIND_COUNT;
	const struct vts_field *fields = known ? vts_fields(detail->kind) : NULL;
	sqlite3_stmt *row = sqlite->detail[known ? detail->kind : 0];
	char number[12], text[9];
	int at = 8;

	if (!row)
		return;
	if (has_exit)
		bind_number(row, 1, (uint64_t)sqlite->exits);
	bind_number(row, 2, detail->vm);
	bind_number(row, 3, detail->vcpu);
	bind_number(row, 4, detail->tsc);
	bind_text(row, 5, describe_how(detail, number));
	bind_text(row, 6, describe_reason(detail, number));
	bind_number(row, 7, detail->flags);
	if (!known)
		bind_number(row, at++, detail->kind);
	for (unsigned i = 0; i < 5; i++) {
		if (fields && is_unused(&fields[i]))
			continue;
		if (fields && fields[i].format == VTS_FORMAT_TEXT) {
			memcpy(text, &detail->word[i], 8);
			text[8] = '\0';
			bind_text(row, at++, text_clean(text));
		} else {
			bind_number(row, at++, detail->word[i]);
		}
	}
	step(sqlite, row);
}

static void sqlite_take(void *context, const struct exit_group *group)
{
	struct sqlite *sqlite = context;

	if (sqlite->failed)
		return;
	if (group->exit)
		insert_exit(sqlite, group);
	for (size_t i = 0; i < group->count; i++)
		insert_detail(sqlite, &group->details[i], group->exit);
}

static void insert_trace(struct sqlite *sqlite)
{
	sqlite3_stmt *row = prepare(sqlite, "INSERT OR REPLACE INTO trace VALUES (?,?)");
	const struct vts_source *reader = sqlite->view->reader;
	size_t count;
	const struct vts_env *env = vts_source_env_all(reader, &count);
	char lost[TEXT_NUMBER_MAX], text[256];

	if (!row)
		return;
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%s", env[i].value);
		bind_text(row, 1, env[i].key);
		bind_text(row, 2, text_clean(text));
		step(sqlite, row);
	}
	snprintf(lost, sizeof(lost), "%llu", (unsigned long long)vts_source_lost(reader));
	bind_text(row, 1, "lost");
	bind_text(row, 2, lost);
	step(sqlite, row);
	bind_text(row, 1, "unit");
	bind_text(row, 2, vts_source_unit(reader));
	step(sqlite, row);
	sqlite3_finalize(row);
}

static bool sqlite_finish(void *context)
{
	struct sqlite *sqlite = context;
	bool failed;

	insert_trace(sqlite);
	sqlite3_finalize(sqlite->exit);
	for (unsigned kind = 0; kind < KINDS_MAX; kind++)
		sqlite3_finalize(sqlite->detail[kind]);
	execute(sqlite, "COMMIT");
	failed = sqlite->failed;
	if (sqlite3_close(sqlite->database) != SQLITE_OK)
		failed = true;
	free(sqlite);
	return !failed;
}

const struct export_format export_sqlite = {
    .name = "sqlite",
    .by_path = true,
    .open = sqlite_open,
    .take = sqlite_take,
    .finish = sqlite_finish,
};
