#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/lines.h"
#include "../common/options.h"

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

static int parse_protocol(const char *word, struct match_rule *r)
{
	static const struct {
		const char *name;
		uint8_t number;
	} known[] = {{"any", 0}, {"icmp", NETVM_ICMP}, {"tcp", NETVM_TCP}, {"udp", NETVM_UDP}, {"icmp6", NETVM_ICMPV6}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(word, known[i].name) == 0) {
			r->protocol = known[i].number;
			return 0;
		}
	}
	return -1;
}

static int parse_prefix(const char *word, struct match_prefix *prefix)
{
	*prefix = (struct match_prefix){0};
	return strcmp(word, "any") == 0 ? 0 : match_prefix_read(word, prefix);
}

static int parse_ports(char *word, uint16_t *low, uint16_t *high)
{
	uint64_t a = 0, b = 65535;
	char *dash = strchr(word, '-');
	if (dash)
		*dash = 0;
	if (strcmp(word, "any") != 0 || dash) {
		if (nf_parse_number(word, 0, 65535, &a) != 0 || nf_parse_number(dash ? dash + 1 : word, a, 65535, &b) != 0)
			return -1;
	}
	*low = (uint16_t)a;
	*high = (uint16_t)b;
	return 0;
}

/* One line to one rule. Returns the expectation that failed, or NULL. */
static const char *take_rule(void *context, char **word, int words)
{
	struct reading *in = context;
	if (in->count == in->max)
		return in->too_many;
	struct match_rule *r = &in->rules[in->count];
	if (words != 6)
		return "expected six words: allow|deny PROTOCOL SRC SPORTS DST DPORTS";
	if (parse_action(word[0], r) != 0)
		return "expected allow or deny";
	if (parse_protocol(word[1], r) != 0)
		return "expected any, icmp, icmp6, tcp or udp";
	if (parse_prefix(word[2], &r->src) != 0)
		return "expected a source address such as 10.0.0.0/8 or 2001:db8::/32, or any";
	if (parse_ports(word[3], &r->src_port_low, &r->src_port_high) != 0)
		return "expected source ports such as 1024-65535, or any";
	if (parse_prefix(word[4], &r->dst) != 0)
		return "expected a destination address such as 10.0.0.0/8 or 2001:db8::/32, or any";
	if (parse_ports(word[5], &r->dst_port_low, &r->dst_port_high) != 0)
		return "expected destination ports such as 80, or any";
	if (r->src.version && r->dst.version && r->src.version != r->dst.version)
		return "expected source and destination both IPv4 or both IPv6";
	in->count++;
	return NULL;
}

int firewall_read_rules(const char *file, struct match_rule *rules, uint32_t max, char *error, uint32_t error_bytes)
{
	struct reading in = {.rules = rules, .max = max};
	snprintf(in.too_many, sizeof in.too_many, "expected at most %u rules", max);
	return nf_lines_read(file, take_rule, &in, error, error_bytes) == 0 ? (int)in.count : -1;
}
