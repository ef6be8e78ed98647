#include "patterns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/lines.h"

static const char *take_pattern(void *context, char **words, int n)
{
	struct patterns *p = context;
	if (p->count == PATTERNS_MAX)
		return "expected at most 4096 patterns";
	if (n != 2 || (strcmp(words[0], "drop") != 0 && strcmp(words[0], "count") != 0))
		return "expected two words: drop|count REGEX";
	p->drops[p->count] = words[0][0] == 'd';
	p->text[p->count] = strdup(words[1]);
	p->id[p->count] = p->count;
	p->flags[p->count] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
	return p->text[p->count++] ? NULL : "no memory";
}

void patterns_give_back(struct patterns *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		free(p->text[i]);
	hs_free_database(p->database);
	hs_free_scratch(p->scratch);
	memset(p, 0, sizeof *p);
}

static int read_and_compile(struct patterns *p, const char *file, char *error, uint32_t error_bytes)
{
	hs_compile_error_t *fault = NULL;
	if (nf_lines_read(file, take_pattern, p, error, error_bytes) != 0)
		return -1;
	if (p->count == 0) {
		snprintf(error, error_bytes, "%s: expected at least one pattern", file);
		return -1;
	}
	if (hs_compile_multi((const char *const *)p->text, p->flags, p->id, p->count, HS_MODE_BLOCK, NULL, &p->database, &fault) !=
	    HS_SUCCESS) {
		const char *which = fault->expression >= 0 ? p->text[fault->expression] : "the patterns";
		snprintf(error, error_bytes, "%s: %s: expected a regular expression that Hyperscan knows: %s", file, which, fault->message);
		hs_free_compile_error(fault);
		return -1;
	}
	if (hs_alloc_scratch(p->database, &p->scratch) != HS_SUCCESS) {
		snprintf(error, error_bytes, "no memory to scan with");
		return -1;
	}
	return 0;
}

int patterns_read(struct patterns *p, const char *file, char *error, uint32_t error_bytes)
{
	patterns_give_back(p);
	if (read_and_compile(p, file, error, error_bytes) == 0)
		return 0;
	patterns_give_back(p);
	return -1;
}
