#include "flow_rules.h"

#include <stdio.h>
#include <stdlib.h>

struct flow_rules {
	struct classifier classifier;
};

/* What is wrong with a rule: the field, and what was expected of it; or NULL. */
static const char *fault_of(const struct match_rule *r)
{
	if (r->src.version && r->dst.version && r->src.version != r->dst.version)
		return r->src.version == 4 ? "dst: expected an IPv4 prefix as src is" : "dst: expected an IPv6 prefix as src is";
	if (r->src_port_low > r->src_port_high)
		return "srcPort: expected a range whose end is not below its start";
	if (r->dst_port_low > r->dst_port_high)
		return "dstPort: expected a range whose end is not below its start";
	return NULL;
}

static int check(const struct match_rule *rules, uint32_t n, char *error, uint32_t error_bytes)
{
	if (n > FLOW_RULES_MAX) {
		snprintf(error, error_bytes, "rules: expected at most %u, got %u", FLOW_RULES_MAX, n);
		return -1;
	}
	for (uint32_t i = 0; i < n; i++) {
		const char *fault = fault_of(&rules[i]);
		if (fault) {
			snprintf(error, error_bytes, "rules[%u].%s", i, fault);
			return -1;
		}
	}
	return 0;
}

struct flow_rules *flow_rules_build(const struct match_rule *rules, uint32_t n, char *error, uint32_t error_bytes)
{
	if (check(rules, n, error, error_bytes) != 0)
		return NULL;
	struct flow_rules *built = calloc(1, sizeof *built);
	if (!built) {
		snprintf(error, error_bytes, "no memory for rules");
		return NULL;
	}
	if (classify_build(&built->classifier, rules, n, error, error_bytes) == 0)
		return built;
	free(built);
	return NULL;
}

void flow_rules_free(struct flow_rules *rules)
{
	if (!rules)
		return;
	classify_give_back(&rules->classifier);
	free(rules);
}

int flow_rules_find(const struct flow_rules *rules, const struct netvm_flow *flow)
{
	return classify_verdict(&rules->classifier, flow);
}
