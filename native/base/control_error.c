/* How a request is refused: by its field, with what was expected and the nearest valid name. */
#include "control.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 63u /* of what is compared: a megabyte of name must not cost a megabyte squared */

/* Length of the character at the beginning, or 0 where there is none: overlong, a surrogate, beyond U+10FFFF, cut short. */
static size_t character(const uint8_t *text, size_t bytes)
{
	uint8_t lead = text[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
	if (length > bytes)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	int bad = (lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) || (lead == 0xf0 && text[1] < 0x90) ||
		  (lead == 0xf4 && text[1] > 0x8f);
	return bad ? 0 : length;
}

size_t control_utf8(const char *text, size_t bytes)
{
	size_t at = 0, length = 1;
	while (at < bytes && (length = character((const uint8_t *)text + at, bytes - at)) > 0)
		at += length;
	return at;
}

/* What was cut to fit, or came from a file's name, must not make an answer that is no UTF-8. */
static void trim(char *text)
{
	text[control_utf8(text, strlen(text))] = 0;
}

int control_wrong(struct control_error *error, const char *field, const char *sentence, ...)
{
	va_list args;
	error->code = CONTROL_INVALID_PARAMS;
	snprintf(error->field, sizeof error->field, "%s", field);
	trim(error->field);
	size_t used = (size_t)snprintf(error->message, sizeof error->message, "%s: ", error->field);
	va_start(args, sentence);
	vsnprintf(error->message + used, sizeof error->message - used, sentence, args);
	va_end(args);
	trim(error->message);
	return -1;
}

int control_failed(struct control_error *error, const char *sentence, ...)
{
	va_list args;
	*error = (struct control_error){.code = CONTROL_FAILED};
	va_start(args, sentence);
	vsnprintf(error->message, sizeof error->message, sentence, args);
	va_end(args);
	trim(error->message);
	return -1;
}

const char *control_field(char field[CONTROL_FIELD_BYTES], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(field, CONTROL_FIELD_BYTES, format, args);
	va_end(args);
	return field;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's. */
static uint32_t distance(const char *a, const char *b)
{
	uint32_t row[NAME_MAX_BYTES + 1], n = (uint32_t)strnlen(a, NAME_MAX_BYTES), m = (uint32_t)strnlen(b, NAME_MAX_BYTES);
	for (uint32_t j = 0; j <= m; j++)
		row[j] = j;
	for (uint32_t i = 1; i <= n; i++) {
		uint32_t diagonal = row[0];
		row[0] = i;
		for (uint32_t j = 1; j <= m; j++) {
			uint32_t above = row[j];
			row[j] = least(diagonal + (a[i - 1] != b[j - 1]), least(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[m];
}

static const char *nearest(const char *got, const char *const *known)
{
	const char *best = NULL;
	uint32_t best_distance = UINT32_MAX;
	for (; *known; known++) {
		uint32_t d = distance(got, *known), half = (uint32_t)strlen(*known) / 2;
		if (d < best_distance && d <= (half > 2 ? half : 2)) {
			best = *known;
			best_distance = d;
		}
	}
	return best;
}

/* `expected one of a, b; did you mean b?` */
static const char *expectation(char text[192], const char *got, const char *const *known)
{
	const char *near = nearest(got, known);
	size_t used = (size_t)snprintf(text, 192, known[0] ? "expected one of" : "expected none");
	for (uint32_t i = 0; known[i] && used < 192; i++)
		used += (size_t)snprintf(text + used, 192 - used, "%s %s", i > 0 ? "," : "", known[i]);
	if (near && used < 192)
		snprintf(text + used, 192 - used, "; did you mean %s?", near);
	return text;
}

int control_known(const cJSON *object, const char *where, const char *const *known, struct control_error *error)
{
	const cJSON *member;
	char field[CONTROL_FIELD_BYTES], expected[192];
	if (!cJSON_IsObject(object)) {
		control_field(field, "%.*s", (int)strlen(where) - 1, where);
		return control_wrong(error, field, "expected an object");
	}
	cJSON_ArrayForEach(member, object)
	{
		uint32_t i = 0;
		while (known[i] && strcmp(known[i], member->string) != 0)
			i++;
		control_field(field, "%s%s", where, member->string);
		if (!known[i])
			return control_wrong(error, field, "is not known: %s", expectation(expected, member->string, known));
		if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member)
			return control_wrong(error, field, "is there twice");
	}
	return 0;
}

static void no_method(const struct control_method *methods, const char *method, struct control_error *error)
{
	const char *names[32] = {NULL};
	char expected[192];
	for (uint32_t i = 0; methods[i].name && i < 31; i++)
		names[i] = methods[i].name;
	*error = (struct control_error){.code = CONTROL_NO_METHOD};
	snprintf(error->message, sizeof error->message, "no method %.40s: %s", method, expectation(expected, method, names));
	trim(error->message);
}

cJSON *control_dispatch(const struct control_method *methods, void *context, const char *method, const cJSON *params,
			struct control_error *error)
{
	const struct control_method *m = methods;
	while (m->name && strcmp(m->name, method) != 0)
		m++;
	if (!m->name) {
		no_method(methods, method, error);
		return NULL;
	}
	return control_known(params, "", m->params, error) == 0 ? m->call(context, params, error) : NULL;
}
