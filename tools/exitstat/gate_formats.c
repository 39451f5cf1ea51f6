// SPDX-License-Identifier: GPL-2.0-only
/* A gate's findings for programs: JUnit XML, annotations of GitHub's workflows, JSON. */
#include <string.h>

#include "gate.h"
#include "text.h"

static const char *const outcome_names[OUTCOMES] = {"pass", "better", "uncertain", "worse"};

/* ---- JUnit -------------------------------------------------------------------------------------- */

/** Text of an attribute or an element: XML 1.0, 2.4, and no control characters. */
static void put_xml(FILE *file, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*text < ' ' || *text > '~' ? '?' : *text, file);
		}
	}
}

static void put_case(const struct gate *gate, const struct judged *judged, FILE *file)
{
	const struct figure_row *row = &judged->row;
	char text[512];

	fputs("  <testcase classname=\"", file);
	put_xml(file, *row->phase ? row->phase : "run");
	fputs("\" name=\"", file);
	snprintf(text, sizeof(text), "%s%s%s %s", figure_tables[row->table].name,
		 *row->key ? " " : "", row->key, metrics[judged->metric].name);
	put_xml(file, text);
	if (judged->outcome == OUTCOME_PASS || judged->outcome == OUTCOME_BETTER) {
		fputs("\"/>\n", file);
		return;
	}
	fprintf(file, "\">\n    <%s type=\"%s\" message=\"",
		judged->outcome == OUTCOME_WORSE ? "failure" : "error",
		outcome_names[judged->outcome]);
	put_xml(file, judged_sentence(gate, judged, text, sizeof(text)));
	fputs("\"/>\n  </testcase>\n", file);
}

void gate_print_junit(const struct gate *gate, FILE *file)
{
	bool cannot = *gate->why;

	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"exitstat gate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"0\" time=\"0\">\n",
		cannot ? 1 : gate->count, cannot ? 0 : gate->of[OUTCOME_WORSE],
		cannot ? 1 : gate->of[OUTCOME_UNCERTAIN]);
	if (cannot) {
		fputs("  <testcase classname=\"gate\" name=\"judge\">\n"
		      "    <error type=\"cannot judge\" message=\"",
		      file);
		put_xml(file, gate->why);
		fputs("\"/>\n  </testcase>\n", file);
	}
	for (size_t i = 0; i < gate->count && !cannot; i++)
		put_case(gate, &gate->list[i], file);
	fputs("</testsuite>\n", file);
}

/* ---- GitHub ------------------------------------------------------------------------------------- */

/* "Workflow commands for GitHub Actions": ::error file=F,title=T::MESSAGE */

#define ANNOTATIONS_MAX 10 /* GitHub shows as many of a kind in one step */

/** @property: of those before the message. */
static void put_command(FILE *file, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\r' || *text == '\n' ||
		    (property && (*text == ':' || *text == ',')))
			fprintf(file, "%%%02X", (unsigned)*text);
		else
			fputc(*text, file);
	}
}

static void annotate(const struct gate *gate, const char *level, const char *title,
		     const char *message, FILE *file)
{
	fprintf(file, "::%s file=", level);
	put_command(file, gate->baseline, true);
	fprintf(file, ",title=exitstat gate%%3A %s::", title);
	put_command(file, message, false);
	fputs("\n", file);
}

void gate_print_github(const struct gate *gate, FILE *file)
{
	size_t used[OUTCOMES] = {0};
	char text[512];
	int status = gate_status(gate);

	for (size_t i = 0; i < gate->count && !*gate->why; i++) {
		const struct judged *judged = &gate->list[i];

		if (!judged_shown(judged) || ++used[judged->outcome] > ANNOTATIONS_MAX - 1)
			continue;
		annotate(gate,
			 judged->outcome == OUTCOME_WORSE	? "error"
			 : judged->outcome == OUTCOME_UNCERTAIN ? "warning"
								: "notice",
			 outcome_names[judged->outcome],
			 judged_sentence(gate, judged, text, sizeof(text)), file);
	}
	if (gate->changed)
		annotate(gate, "error", "what changed", gate->changed, file);
	annotate(gate, status ? "error" : "notice", gate_verdict(gate),
		 gate_sentence(gate, text, sizeof(text)), file);
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static json_t *judged_json(const struct gate *gate, const struct judged *judged)
{
	json_t *object = json_new_object();
	char text[512];

	json_put_text(object, "phase", judged->row.phase);
	json_put_text(object, "table", figure_tables[judged->row.table].name);
	json_put_text(object, "key", judged->row.key);
	json_put_text(object, "metric", metrics[judged->metric].name);
	json_put_text(object, "unit",
		      metrics[judged->metric].type == TYPE_TIME ? measured_unit(&gate->now) : NULL);
	json_put_text(object, "rule", judged->rule->text);
	json_put_real(object, "was", judged->a);
	json_put_real(object, "is", judged->b);
	json_put_real(object, "allowed", judged->allowed);
	if (!gate->now.exact && judged->interval.known) {
		json_put_real(object, "low", judged->interval.low);
		json_put_real(object, "high", judged->interval.high);
	}
	json_put_text(object, "outcome", outcome_names[judged->outcome]);
	json_put_text(object, "text", judged_sentence(gate, judged, text, sizeof(text)));
	return object;
}

void gate_print_json(const struct gate *gate, FILE *file)
{
	json_t *root = json_new_object(), *list = json_new_array();
	char text[512];

	json_put_text(root, "verdict", gate_verdict(gate));
	json_put_count(root, "status", (uint64_t)gate_status(gate));
	json_put_text(root, "text", gate_sentence(gate, text, sizeof(text)));
	json_put_text(root, "changed", gate->changed);
	json_put_text(root, "why", *gate->why ? gate->why : NULL);
	json_put_text(root, "baseline", gate->baseline);
	json_put_text(root, "trace", gate->trace);
	json_put_count(root, "runs_before", gate->before.count);
	json_put_count(root, "runs_now", gate->now.count);
	json_put(root, "about", gate->now.about ? json_deep_copy(gate->now.about) : json_null());
	for (size_t i = 0; i < OUTCOMES; i++)
		json_put_count(root, outcome_names[i], gate->of[i]);
	for (size_t i = 0; i < gate->count && !*gate->why; i++)
		json_add(list, judged_json(gate, &gate->list[i]));
	json_put(root, "figures", list);
	json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	fputs("\n", file);
	json_decref(root);
}
