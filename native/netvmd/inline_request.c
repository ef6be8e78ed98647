/* inline.load and inline.unload. */
#include "service.h"

/* Returns how many, or -1 with the reason in `error`. The strings stay the request's. */
static int read_options(const cJSON *list, const char *options[INLINE_OPTIONS_MAX], struct control_error *error)
{
	char field[CONTROL_FIELD_BYTES];
	const cJSON *item;
	int n = 0;
	if (list && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > INLINE_OPTIONS_MAX))
		return control_wrong(error, "options", "expected a list of at most %d strings", INLINE_OPTIONS_MAX);
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			return control_wrong(error, control_field(field, "options[%d]", n), "expected a string");
		options[n++] = item->valuestring;
	}
	return n;
}

static int free_number(const struct service *s)
{
	for (int i = 0; i < (int)NETVM_MAX_NFS; i++) {
		if (!s->inlines[i].nf)
			return i;
	}
	return -1;
}

cJSON *service_load_inline(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	const cJSON *file = cJSON_GetObjectItemCaseSensitive(params, "file");
	const char *options[INLINE_OPTIONS_MAX];
	char why[224];
	if (!cJSON_IsString(file) || file->valuestring[0] != '/') {
		control_wrong(error, "file", "expected the absolute path of an NF's shared object (nf-<name>.so)");
		return NULL;
	}
	int n = read_options(cJSON_GetObjectItemCaseSensitive(params, "options"), options, error), number = free_number(s);
	if (n < 0)
		return NULL;
	if (number < 0) {
		control_failed(error, "%u inline NFs are loaded, and there can be no more (see inline.unload)", NETVM_MAX_NFS);
		return NULL;
	}
	if (inline_load(&s->inlines[number], file->valuestring, n, options, why, sizeof why) != 0) {
		control_wrong(error, "file", "%s", why);
		return NULL;
	}
	cJSON *result = cJSON_CreateObject();
	cJSON_AddNumberToObject(result, "inline", number);
	return result;
}

static int is_in_chain(const struct service *s, uint32_t number)
{
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		for (uint32_t i = 0; i < s->chains[c].length; i++) {
			if (s->chains[c].hops[i].kind == HOP_INLINE && s->chains[c].hops[i].number == number)
				return 1;
		}
	}
	return 0;
}

cJSON *service_unload_inline(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	int number = service_number(cJSON_GetObjectItemCaseSensitive(params, "inline"), NETVM_MAX_NFS);
	if (number < 0 || !s->inlines[number].nf) {
		control_wrong(error, "inline", "expected the number of an NF that was loaded");
		return NULL;
	}
	if (is_in_chain(s, (uint32_t)number)) {
		control_wrong(error, "inline", "%d is in a chain; take it out first (chain.set)", number);
		return NULL;
	}
	inline_unload(&s->inlines[number]);
	return cJSON_CreateObject();
}
