/* SPDX-License-Identifier: GPL-2.0-only */
/* The metadata text: TSDL, CTF 1.8 (https://diamon.org/ctf/v1.8.3/), made from events.def. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "ctf.h"
#include "metadata.h"
#include "names.h"

static const char types[] =
    "typealias integer { size = 8; align = 8; signed = false; } := uint8;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := uint16;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := uint32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := uint64;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64;\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.vts.value; } := "
    "time64;\n"
    "typealias integer { size = 8; align = 8; signed = false; encoding = ASCII; } := "
    "letter;\n"
    "typealias integer { size = 1; align = 1; signed = false; } := bit;\n\n";

static const char stream[] = "stream {\n"
			     "\tid = 0;\n"
			     "\tpacket.context := struct {\n"
			     "\t\tuint64 content_size;\n"
			     "\t\tuint64 packet_size;\n"
			     "\t\ttime64 timestamp_begin;\n"
			     "\t\ttime64 timestamp_end;\n"
			     "\t\tuint64 events_discarded;\n"
			     "\t\tuint64 packet_seq_num;\n"
			     "\t\tuint16 vm;\n"
			     "\t\tuint16 vcpu;\n"
			     "\t\tuint32 abi;\n"
			     "\t};\n"
			     "\tevent.header := struct {\n"
			     "\t\ttime64 timestamp;\n"
			     "\t\tuint8 id;\n"
			     "\t};\n"
			     "};\n\n";

/* Quoted: a value comes from a command line, and may hold anything. */
static void put_value(FILE *out, const char *value)
{
	fputc('"', out);
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

/*
 * Keys of LTTng: babeltrace2 prints them before each event, and takes the first one's value for a
 * number, which here says whether the VPID feature is on.
 */
static bool is_special(const char *key)
{
	return !strcmp(key, "vpid") || !strcmp(key, "procname") || !strcmp(key, "hostname") ||
	       !strcmp(key, "domain");
}

/* An identifier of TSDL, whatever the key. A reader takes one underscore off its front. */
static void put_key(FILE *out, const char *key)
{
	if (!*key)
		key = "_";
	if (*key == '_' || (*key >= '0' && *key <= '9') || is_special(key))
		fputc('_', out);
	for (; *key; key++) {
		int word = (*key >= 'a' && *key <= 'z') || (*key >= 'A' && *key <= 'Z') ||
			   (*key >= '0' && *key <= '9');

		fputc(word ? *key : '_', out);
	}
}

static void put_env(FILE *out, const struct vts_env *env, size_t count)
{
	fprintf(out, "env {\n\ttracer_name = \"" METADATA_TRACER "\";\n\tabi = %d;\n",
		VTS_ABI_VERSION);
	for (size_t i = 0; i < count; i++) {
		fputc('\t', out);
		put_key(out, env[i].key);
		fputs(" = ", out);
		put_value(out, env[i].value);
		fputs(";\n", out);
	}
	fputs("};\n\n", out);
}

static void put_enum(FILE *out, const char *type, const char *field, const struct vts_name *names,
		     size_t count)
{
	if (!count) {
		fprintf(out, "\t\t%s %s;\n", type, field);
		return;
	}
	fprintf(out, "\t\tenum : %s {", type);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n\t\t\t\"%s\" = %u", i ? "," : "", names[i].name, names[i].number);
	fprintf(out, "\n\t\t} %s;\n", field);
}

static void put_flags(FILE *out)
{
	size_t count;
	const struct vts_name *flags = vts_flags(&count);

	fputs("\t\tstruct {\n", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "\t\t\tbit %s;\n", flags[i].name);
	if (count < 16)
		fprintf(out,
			"\t\t\tinteger { size = %zu; align = 1; signed = false; base = 16; } "
			"other;\n",
			16 - count);
	fputs("\t\t} flags;\n", out);
}

static void put_field(FILE *out, const struct vts_field *field)
{
	switch (field->format) {
	case VTS_FORMAT_HEX:
		fprintf(out, "\t\thex64 %s;\n", field->name);
		break;
	case VTS_FORMAT_TEXT:
		fprintf(out, "\t\tletter %s[8];\n", field->name);
		break;
	default:
		fprintf(out, "\t\tuint64 %s;\n", field->name);
	}
}

/* The order of the fields is that of struct vts_event. */
static void put_event(FILE *out, const struct vts_name *kind)
{
	const struct vts_field *fields = vts_fields(kind->number);
	const struct vts_name *hows, *reasons;
	size_t how_count, reason_count;

	hows = vts_hows(kind->number, &how_count);
	reasons = vts_reasons(kind->number, &reason_count);
	fprintf(out, "event {\n\tname = \"%s\";\n\tid = %u;\n\tstream_id = 0;\n", kind->name,
		kind->number);
	fputs("\tfields := struct {\n", out);
	put_enum(out, "uint8", "how", hows, how_count);
	put_enum(out, "uint16", "reason", reasons, reason_count);
	fputs("\t\tuint8 vm;\n\t\tuint8 vcpu;\n", out);
	put_flags(out);
	fputs("\t\tuint64 exit_tsc;\n", out);
	for (unsigned word = 0; word < 5; word++)
		put_field(out, &fields[word]);
	fputs("\t};\n};\n\n", out);
}

static const char *unit_of(const struct vts_env *env, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(env[i].key, "unit"))
			return env[i].value;
	}
	return "instr";
}

static void put_clock(FILE *out, const char *unit, uint64_t hz)
{
	fputs("clock {\n\tname = vts;\n\tdescription = ", out);
	put_value(out, !strcmp(unit, "cycles") ? "TSC of the processor; unit: cycles"
		       : !strcmp(unit, "ns")   ? "the host's CLOCK_MONOTONIC; unit: ns"
					       : "TSC of the emulated processor; unit: instr");
	/* Babeltrace divides by it. */
	fprintf(out, ";\n\tfreq = %" PRIu64 ";\n\tabsolute = false;\n};\n\n", hz ? hz : 1);
}

static void put_trace(FILE *out, const uint8_t uuid[16])
{
	fputs("trace {\n\tmajor = 1;\n\tminor = 8;\n\tbyte_order = le;\n\tuuid = \"", out);
	for (unsigned i = 0; i < 16; i++)
		fprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	fputs("\";\n\tpacket.header := struct {\n\t\tuint32 magic;\n\t\tuint32 stream_id;\n\t};\n"
	      "};\n\n",
	      out);
}

/* The sum of all that was put out, and the end: the text, or NULL. */
static char *put_sum(FILE *out, char **text, const size_t *bytes)
{
	bool failed;

	fflush(out);
	fprintf(out, METADATA_SUM "%016" PRIx64 " */\n", check_text(*text, *bytes));
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(*text);
		return NULL;
	}
	return *text;
}

char *vts_ctf_metadata(const struct vts_env *env, size_t count, const uint8_t uuid[16], uint64_t hz)
{
	size_t bytes, kind_count;
	const struct vts_name *kinds = vts_kinds(&kind_count);
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	fputs(METADATA_START "\n\n", out);
	put_clock(out, unit_of(env, count), hz);
	fputs(types, out);
	put_trace(out, uuid);
	put_env(out, env, count);
	fputs(stream, out);
	for (size_t i = 0; i < kind_count; i++)
		put_event(out, &kinds[i]);
	return put_sum(out, &text, &bytes);
}

char *vts_ctf_metadata_note(const char *metadata, const char *key, const char *value)
{
	static const char start[] = "\nenv {\n", end[] = "\n};\n";
	const char *env = strstr(metadata, start), *at = env ? strstr(env, end) : NULL;
	const char *sum = at ? strstr(at, METADATA_SUM) : NULL;
	char *text = NULL;
	size_t bytes;
	FILE *out;

	if (!sum)
		return strdup(metadata);
	out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	fwrite(metadata, 1, (size_t)(at + 1 - metadata), out);
	fputc('\t', out);
	put_key(out, key);
	fputs(" = ", out);
	put_value(out, value);
	fputs(";\n", out);
	fwrite(at + 1, 1, (size_t)(sum - (at + 1)), out);
	return put_sum(out, &text, &bytes);
}
