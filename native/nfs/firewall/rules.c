#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/lines.h"
#include "../common/match.h"

struct reading {
	struct match_rule *rules;
	uint32_t count, max;
	char too_many[64];
};

static int parse_action(const char *word, struct match_rule *r)
{
	r->verdict = strcmp(word, "allow") == 0 ? FIREWALL_ALLOW : FIREWALL_DENY;
	return r->verdict == FIREWALL_ALLOW || strcmp(word, "deny") == 0 ? 0 : -1;
}

/* One line to one rule. Returns the expectation that failed, or NULL. */
static const char *take_rule(void *context, char **word, int words)
{
	struct reading *in = context;
	if (in->count == in->max)
		return in->too_many;
	struct match_rule *r = &in->rules[in->count];
	if (words != 1 + NF_MATCH_WORDS)
		return "expected six words: allow|deny PROTOCOL SRC SPORTS DST DPORTS";
	if (parse_action(word[0], r) != 0)
		return "expected allow or deny";
	const char *fault = nf_match_parse(word + 1, r);
	in->count += fault == NULL;
	return fault;
}

int firewall_read_rules(const char *file, struct match_rule *rules, uint32_t max, char *error, uint32_t error_bytes)
{
	struct reading in = {.rules = rules, .max = max};
	snprintf(in.too_many, sizeof in.too_many, "expected at most %u rules", max);
	return nf_lines_read(file, take_rule, &in, error, error_bytes) == 0 ? (int)in.count : -1;
}
