// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat-json PATH... < JSON: prints the values at these paths, a line each; `reasons.0.count`
 * or, by a member's value, `reasons.reason=cpuid.count`. An array or object gives its length.
 * Status 2 if the input does not parse, 1 if a path leads nowhere.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The element of @array whose member before '=' in @word has the text after it. */
static json_t *element_with(json_t *array, char *word)
{
	char *value = strchr(word, '=');
	size_t i;
	json_t *element;

	*value++ = '\0';
	json_array_foreach(array, i, element)
	{
		const char *text = json_string_value(json_object_get(element, word));

		if (text && !strcmp(text, value))
			return element;
	}
	return NULL;
}

static json_t *find(json_t *at, char *path)
{
	for (char *word = strtok(path, "."); word && at; word = strtok(NULL, ".")) {
		if (json_is_object(at))
			at = json_object_get(at, word);
		else if (strchr(word, '='))
			at = element_with(at, word);
		else
			at = json_array_get(at, (size_t)atoi(word));
	}
	return at;
}

static int print(json_t *value)
{
	if (!value)
		return 1;
	if (json_is_array(value))
		printf("%zu\n", json_array_size(value));
	else if (json_is_object(value))
		printf("%zu\n", json_object_size(value));
	else if (json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)) == 0)
		putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
	int status = 0;

	if (!root) {
		fprintf(stderr, "exitstat-json: line %d: %s\n", error.line, error.text);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		status |= print(find(root, argv[i]));
	json_decref(root);
	return status;
}
