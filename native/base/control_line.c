/* What a line means: JSON-RPC 2.0, a request, a notification or a batch of them. */
#include "control.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ID_MAX 999999999999999.0 /* cJSON writes 15 digits */

/*
 * UTF-8 without control characters, written out or as \u0000: a name must not end for C before it ends for who sent it.
 * A backslash is in strings alone, and takes what follows with it.
 */
static int is_text(const char *line, size_t bytes)
{
	if (control_utf8(line, bytes) != bytes)
		return 0;
	for (size_t i = 0; i < bytes; i++) {
		if ((uint8_t)line[i] < 0x20 && line[i] != '\t' && line[i] != '\r')
			return 0;
		if (line[i] != '\\')
			continue;
		if (bytes - i > 5 && memcmp(line + i, "\\u0000", 6) == 0)
			return 0;
		i++;
	}
	return 1;
}

/* NULL where it is no JSON, or more than one value. */
static cJSON *parse(const char *line, size_t bytes)
{
	const char *end = line;
	if (!is_text(line, bytes))
		return NULL;
	cJSON *value = cJSON_ParseWithLengthOpts(line, bytes, &end, 0);
	while (end < line + bytes && (*end == ' ' || *end == '\t' || *end == '\r'))
		end++;
	if (end == line + bytes)
		return value;
	cJSON_Delete(value);
	return NULL;
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* One that comes back as it was. */
static int is_id(const cJSON *id)
{
	double value = cJSON_IsNumber(id) ? id->valuedouble : 0.5;
	return cJSON_IsString(id) || cJSON_IsNull(id) || (value >= -ID_MAX && value <= ID_MAX && value == (double)(int64_t)value);
}

static int invalid(struct control_error *error, const char *field, const char *expected)
{
	*error = (struct control_error){.code = CONTROL_INVALID_REQUEST};
	snprintf(error->field, sizeof error->field, "%s", field);
	snprintf(error->message, sizeof error->message, "%s: expected %s", field, expected);
	return -1;
}

static int check(const cJSON *request, struct control_error *error)
{
	const cJSON *version = get(request, "jsonrpc"), *id = get(request, "id"), *params = get(request, "params");
	if (!cJSON_IsObject(request))
		return invalid(error, "request", "a JSON object");
	if (!cJSON_IsString(version) || strcmp(version->valuestring, "2.0") != 0)
		return invalid(error, "jsonrpc", "\"2.0\"");
	if (id && !is_id(id))
		return invalid(error, "id", "a string, null, or a whole number of at most 15 digits");
	if (!cJSON_IsString(get(request, "method")))
		return invalid(error, "method", "a string");
	if (params && !cJSON_IsObject(params) && !cJSON_IsArray(params))
		return invalid(error, "params", "an object");
	return 0;
}

static cJSON *call(control_handler handler, void *context, const cJSON *request, struct control_error *error)
{
	const cJSON none = {.type = cJSON_Object}, *params = get(request, "params");
	if (cJSON_IsArray(params)) {
		control_wrong(error, "params", "expected an object: parameters go by their names");
		return NULL;
	}
	cJSON *result = handler(context, get(request, "method")->valuestring, params ? params : &none, error);
	if (!result && error->code == 0)
		control_failed(error, "it failed, and has not said why");
	return result;
}

static cJSON *new_reply(const cJSON *id)
{
	cJSON *reply = cJSON_CreateObject();
	cJSON_AddStringToObject(reply, "jsonrpc", "2.0");
	cJSON_AddItemToObject(reply, "id", id && is_id(id) ? cJSON_Duplicate(id, 1) : cJSON_CreateNull());
	return reply;
}

static cJSON *error_reply(const cJSON *id, const struct control_error *error)
{
	cJSON *reply = new_reply(id), *o = cJSON_AddObjectToObject(reply, "error");
	cJSON_AddNumberToObject(o, "code", error->code);
	cJSON_AddStringToObject(o, "message", error->message);
	if (error->field[0] != 0)
		cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "data"), "field", error->field);
	return reply;
}

/* NULL: it was a notification, which is obeyed and not answered. */
static cJSON *answer_request(control_handler handler, void *context, const cJSON *request)
{
	struct control_error error = {0};
	const cJSON *id = cJSON_IsObject(request) ? get(request, "id") : NULL;
	if (check(request, &error) != 0)
		return error_reply(id, &error);
	cJSON *result = call(handler, context, request, &error);
	if (!id) {
		cJSON_Delete(result);
		return NULL;
	}
	if (!result)
		return error_reply(id, &error);
	cJSON *reply = new_reply(id);
	cJSON_AddItemToObject(reply, "result", result);
	return reply;
}

static cJSON *answer_batch(control_handler handler, void *context, const cJSON *batch)
{
	struct control_error error;
	int n = cJSON_GetArraySize(batch);
	if (n < 1 || n > CONTROL_BATCH_MAX) {
		invalid(&error, "batch", "1 to 64 requests");
		return error_reply(NULL, &error);
	}
	const cJSON *request;
	cJSON *replies = cJSON_CreateArray();
	cJSON_ArrayForEach(request, batch)
	{
		cJSON *reply = answer_request(handler, context, request);
		if (reply)
			cJSON_AddItemToArray(replies, reply);
	}
	if (cJSON_GetArraySize(replies) > 0)
		return replies;
	cJSON_Delete(replies);
	return NULL;
}

static char *print(cJSON *reply)
{
	char *text = reply ? cJSON_PrintUnformatted(reply) : NULL;
	cJSON_Delete(reply);
	return text;
}

char *control_refusal(int code, const char *message)
{
	struct control_error error = {.code = code};
	snprintf(error.message, sizeof error.message, "%s", message);
	return print(error_reply(NULL, &error));
}

char *control_answer(control_handler handler, void *context, const char *line, size_t bytes)
{
	cJSON *request = parse(line, bytes);
	if (!request)
		return control_refusal(CONTROL_PARSE_ERROR, "expected JSON in UTF-8, one request on a line");
	cJSON *reply = cJSON_IsArray(request) ? answer_batch(handler, context, request) : answer_request(handler, context, request);
	cJSON_Delete(request);
	return print(reply);
}
