// SPDX-License-Identifier: GPL-2.0-only
/* Parsing rules, and finding the one that decides. */
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measured.h"
#include "trace/names.h"

#define DEFAULT_TIME  0.01 /* of the baseline, where time is exact */
#define DEFAULT_NOISY 0.05 /* where it is not: counts too */

/* ---- words -------------------------------------------------------------------------------------- */

/** A rule being parsed, for messages. */
struct parser {
	struct rule *rule;
	const char *where;
	struct vts_error *error;
};

/** Complain of a word; @names are what it could be. */
static int bad_word(const struct parser *parser, const char *what, const char *word,
		    const char *const *names)
{
	const char *near = names ? nearest_name(word, names) : NULL;

	if (near)
		return fail(parser->error, "%s: %.60s: %s; did you mean %s?", parser->where, word,
			    what, near);
	return fail(parser->error, "%s: %.60s: %s; see RULES in exitstat-gate(1)", parser->where,
		    word, what);
}

/** A number of at least 0 with @suffix behind it. */
static bool parse_amount(const char *text, const char *suffix, double *amount)
{
	char *end;

	errno = 0;
	*amount = strtod(text, &end);
	return end > text && !errno && *amount >= 0 && *amount < 1e18 && !strcmp(end, suffix);
}

/** The names of which a table's keys are, where they are known; NULL-terminated. */
static const char *const *key_names(int table)
{
	static const char *names[512];
	size_t count = 0;
	const struct vts_name *list = NULL;

	if (table == TABLE_REASON)
		list = vts_exit_reasons(&count);
	else if (table == TABLE_DEVICE)
		list = vts_devices(&count);
	else if (table == TABLE_EPT_VIOLATION)
		list = vts_hows(VTS_KIND_EPT_VIOLATION, &count);
	else if (table == TABLE_SHADOW_FAULT)
		list = vts_hows(VTS_KIND_SHADOW_FAULT, &count);
	else if (table == TABLE_SHADOW_ZAP)
		list = vts_hows(VTS_KIND_SHADOW_ZAP, &count);
	else if (table == TABLE_INJECTION)
		list = vts_hows(VTS_KIND_INJECTION, &count);
	if (!list)
		return NULL;
	if (count > sizeof(names) / sizeof(names[0]) - 1)
		count = sizeof(names) / sizeof(names[0]) - 1;
	for (size_t i = 0; i < count; i++)
		names[i] = list[i].name;
	names[count] = NULL;
	return names;
}

/** A key that no trace can have is a slip: names of other origin than a table are taken as they
 *  are. */
static int check_key(const struct parser *parser, const char *key)
{
	const char *const *names = key_names(parser->rule->table);

	if (!names || (*key >= '0' && *key <= '9'))
		return 0;
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], key))
			return 0;
	return bad_word(parser, "no such name", key, names);
}

static const char *const *table_names(void)
{
	static const char *names[TABLES + 8] = {"phase", "table", "abs", "rel"};
	size_t count = 4;

	for (size_t i = 0; i < TABLES; i++)
		names[count++] = figure_tables[i].name;
	names[count] = NULL;
	return names;
}

static int take_table(const struct parser *parser, const char *name)
{
	struct rule *rule = parser->rule;

	if (rule->table >= 0)
		return bad_word(parser, "a second table in one rule", name, NULL);
	rule->table = figure_table_find(name);
	if (rule->table < 0)
		return bad_word(parser, "no such selector or threshold", name, table_names());
	return 0;
}

/** NAME=VALUE */
static int take_pair(const struct parser *parser, const char *name, const char *value)
{
	struct rule *rule = parser->rule;

	if (!strcmp(name, "abs") || !strcmp(name, "rel")) {
		bool relative = *name == 'r';

		if (!parse_amount(value, relative ? "%" : "",
				  relative ? &rule->relative : &rule->absolute))
			return bad_word(parser,
					relative ? "not a share, as in rel=2%" : "not a number",
					value, NULL);
		if (relative)
			rule->relative /= 100;
		rule->has_threshold = true;
		return 0;
	}
	if (!strcmp(name, "phase")) {
		if (strlen(value) >= sizeof(rule->phase))
			return bad_word(parser, "too long for a phase", value, NULL);
		rule->any_phase = false;
		strcpy(rule->phase, value);
		return 0;
	}
	if (!strcmp(name, "table"))
		return take_table(parser, value);
	if (take_table(parser, name) < 0)
		return -1;
	if (!*value || strlen(value) >= sizeof(rule->key))
		return bad_word(parser, "names nothing", name, NULL);
	rule->any_key = false;
	strcpy(rule->key, value);
	return check_key(parser, value);
}

static int take_word(const struct parser *parser, char *word)
{
	static const char *const names[] = {"exact", "ignore", "up", "down", "both", NULL};
	struct rule *rule = parser->rule;
	char *value = strchr(word, '=');

	if (value) {
		*value = '\0';
		return take_pair(parser, word, value + 1);
	}
	if (!strcmp(word, "exact"))
		rule->has_threshold = true;
	else if (!strcmp(word, "ignore"))
		rule->ignore = true;
	else if (!strcmp(word, "up"))
		rule->worse = WORSE_UP;
	else if (!strcmp(word, "down"))
		rule->worse = WORSE_DOWN;
	else if (!strcmp(word, "both"))
		rule->worse = WORSE_BOTH;
	else
		return bad_word(parser, "no such word in a rule", word, names);
	return 0;
}

static int take_metric(const struct parser *parser, const char *word)
{
	parser->rule->metric = -1;
	if (!strcmp(word, "*"))
		return 0;
	parser->rule->metric = metric_find(word);
	if (parser->rule->metric < 0)
		return bad_word(parser, "no such metric", word, metric_names());
	return 0;
}

/* ---- rules -------------------------------------------------------------------------------------- */

static struct rule *new_rule(struct rules *rules)
{
	struct rule *rule;

	if (rules->count == rules->room) {
		size_t room = rules->room ? rules->room * 2 : 16;
		void *list = realloc(rules->list, room * sizeof(*rules->list));

		if (!list)
			die_of_memory();
		rules->list = list;
		rules->room = room;
	}
	rule = &rules->list[rules->count++];
	*rule = (struct rule){.metric = -1, .table = -1, .any_key = true, .any_phase = true};
	return rule;
}

int rules_add(struct rules *rules, const char *line, const char *where, struct vts_error *error)
{
	struct parser parser = {.where = where, .error = error};
	char text[RULE_TEXT_MAX], *save, *word;

	if (strlen(line) >= sizeof(text))
		return fail(error, "%s: longer than %d bytes: no rule is", where, RULE_TEXT_MAX);
	strcpy(text, line);
	text[strcspn(text, "#\r\n")] = '\0';
	for (const char *at = text; *at; at++)
		if ((*at < ' ' && *at != '\t') || *at > '~')
			return fail(error, "%s: not plain text: a rule is a line of words", where);
	word = strtok_r(text, " \t", &save);
	if (!word)
		return 0;
	parser.rule = new_rule(rules);
	snprintf(parser.rule->text, sizeof(parser.rule->text), "%.*s", (int)strcspn(line, "#\r\n"),
		 line);
	if (take_metric(&parser, word) < 0)
		return -1;
	while ((word = strtok_r(NULL, " \t", &save)))
		if (take_word(&parser, word) < 0)
			return -1;
	return 0;
}

int rules_load(struct rules *rules, const char *path, struct vts_error *error)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, where[160];
	size_t room = 0, before = rules->count;
	unsigned number = 0;
	int status = 0;
	ssize_t length;

	if (!file)
		return fail(error, "%s: %s: name a file of rules", path, strerror(errno));
	while (!status && (length = getline(&line, &room, file)) >= 0) {
		snprintf(where, sizeof(where), "%s: line %u", path, ++number);
		if (strlen(line) != (size_t)length)
			status =
			    fail(error, "%s: not plain text: a rule is a line of words", where);
		else
			status = rules_add(rules, line, where, error);
	}
	if (!status && ferror(file))
		status = fail(error, "%s: %s: name a file of rules", path, strerror(errno));
	else if (!status && rules->count == before)
		status = fail(error, "%s: no rule in it: see RULES in exitstat-gate(1)", path);
	free(line);
	fclose(file);
	return status;
}

void rules_default(struct rules *rules)
{
	static const char *const list[] = {"count",
					   "entries",
					   "requests",
					   "bytes",
					   "trapped",
					   "notifications",
					   "transition_flushes",
					   "sum table=reason",
					   "p50 table=reason",
					   "p99 table=reason",
					   "sum table=resolution",
					   "sum table=device",
					   "sum table=function",
					   "guest",
					   "vmm"};
	struct vts_error error;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (rules_add(rules, list[i], "default", &error) < 0)
			die("%s", error.text);
}

void rules_free(struct rules *rules)
{
	free(rules->list);
	*rules = (struct rules){0};
}

struct rule *rules_find(const struct rules *rules, const struct figure_row *row, enum metric metric)
{
	for (size_t i = rules->count; i-- > 0;) {
		struct rule *rule = &rules->list[i];

		if ((rule->metric < 0 || rule->metric == (int)metric) &&
		    (rule->table < 0 || rule->table == (int)row->table) &&
		    (rule->any_key || !strcmp(rule->key, row->key)) &&
		    (rule->any_phase || !strcmp(rule->phase, row->phase)))
			return rule;
	}
	return NULL;
}

double rule_allows(const struct rule *rule, enum metric metric, bool exact, double baseline)
{
	double relative = rule->relative, share;

	if (!rule->has_threshold)
		relative = !exact				? DEFAULT_NOISY
			   : metrics[metric].type == TYPE_COUNT ? 0
								: DEFAULT_TIME;
	share = relative * baseline;
	return share > rule->absolute ? share : rule->absolute;
}
