/* firewall: 5-tuple rules, first match decides, a cache of verdicts in front. */
#include <stdio.h>
#include <string.h>

#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "rules.h"

/* Direct-mapped: a rule list takes a nanosecond a rule, a hit here two loads. A power of two. */
#define CACHE_ENTRIES 4096u

struct cached {
	struct netvm_flow flow;
	uint8_t known;
	uint8_t allow;
};

static struct firewall_rule rules[FIREWALL_MAX_RULES];
static uint32_t rules_count;
static struct cached cache[CACHE_ENTRIES];

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	if (argc != 2 || strcmp(argv[0], "--rules") != 0) {
		snprintf(error, error_bytes, "expected --rules FILE");
		return -1;
	}
	int n = firewall_read_rules(argv[1], rules, FIREWALL_MAX_RULES, error, error_bytes);
	rules_count = n < 0 ? 0 : (uint32_t)n;
	return n < 0 ? -1 : 0;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_flow flow;
		if (!netvm_flow_read(packets[i].data, packets[i].length, &flow)) {
			packets[i].action = NETVM_ACTION_DROP; /* no 5-tuple: nothing could allow it */
			continue;
		}
		uint32_t hash = packets[i].flow_hash ? packets[i].flow_hash : netvm_flow_hash(&flow);
		struct cached *c = &cache[hash & (CACHE_ENTRIES - 1)];
		if (!c->known || !netvm_flow_equal(&c->flow, &flow))
			*c = (struct cached){flow, 1, (uint8_t)firewall_allows(rules, rules_count, &flow)};
		if (!c->allow)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

const struct netvm_nf netvm_nf = {
	.name = "firewall",
	.usage = "  --rules FILE   one rule a line: allow|deny PROTOCOL SRC[/LEN] PORTS DST[/LEN] PORTS; first match decides",
	.start = start,
	.process = process,
};
