/*
 * A libFuzzer target of what a control line means: an input is one line. Whatever it is, the answer is one line of JSON in
 * UTF-8, or none. With -DNETVM_REPLAY and no libFuzzer: main() reads the files it is given.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says back what it was given, as a field that is wrong and in its result. */
static cJSON *echo(void *context, const cJSON *params, struct control_error *error)
{
	const cJSON *chain = cJSON_GetObjectItemCaseSensitive(params, "chain");
	(void)context;
	if (cJSON_IsString(chain)) {
		control_wrong(error, chain->valuestring, "expected a name, not %s", chain->valuestring);
		return NULL;
	}
	return cJSON_Duplicate(params, 1);
}

static cJSON *handle(void *context, const char *method, const cJSON *params, struct control_error *error)
{
	static const char *const names[] = {"chain", "hops", "weight", NULL};
	static const struct control_method methods[] = {{"chain.set", names, echo}, {0}};
	return control_dispatch(methods, context, method, params, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its own size, so that the address sanitizer sees a read past its end. */
	char *line = malloc(size > 0 ? size : 1);
	memcpy(line, data, size);
	char *answer = memchr(line, '\n', size) ? NULL : control_answer(handle, NULL, line, size);
	if (answer) {
		size_t bytes = strlen(answer);
		cJSON *json = cJSON_Parse(answer);
		if (!json || control_utf8(answer, bytes) != bytes || strchr(answer, '\n'))
			abort();
		cJSON_Delete(json);
	}
	cJSON_free(answer);
	free(line);
	return 0;
}

#ifdef NETVM_REPLAY
int main(int argc, char **argv)
{
	static uint8_t input[65536];
	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "re");
		if (!in) {
			perror(argv[i]);
			return 3;
		}
		size_t size = fread(input, 1, sizeof input, in);
		fclose(in);
		LLVMFuzzerTestOneInput(input, size);
	}
	fprintf(stderr, "fuzz: control: %d inputs replayed\n", argc - 1);
	return argc < 2 ? 2 : 0;
}
#endif
