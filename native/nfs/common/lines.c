#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *take(char *text, int whole, nf_line line, void *context)
{
	char *words[NF_WORDS_MAX], *rest = NULL;
	int n = 0;
	if (!whole)
		return "expected a line of at most 510 characters";
	text[strcspn(text, "#\n")] = 0;
	for (char *w = strtok_r(text, " \t\r", &rest); w; w = strtok_r(NULL, " \t\r", &rest)) {
		if (n == NF_WORDS_MAX)
			return "expected at most 16 words";
		words[n++] = w;
	}
	return n == 0 ? NULL : line(context, words, n);
}

int nf_lines_read(const char *file, nf_line line, void *context, char *error, uint32_t error_bytes)
{
	FILE *in = fopen(file, "re");
	if (!in) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		return -1;
	}
	char text[512];
	const char *fault = NULL;
	uint32_t number = 0;
	while (!fault && fgets(text, sizeof text, in)) {
		number++;
		fault = take(text, strchr(text, '\n') || feof(in), line, context);
	}
	if (!fault && ferror(in)) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		fclose(in);
		return -1;
	}
	fclose(in);
	if (fault)
		snprintf(error, error_bytes, "%s:%u: %s", file, number, fault);
	return fault ? -1 : 0;
}
