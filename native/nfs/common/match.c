#include "match.h"

#include <string.h>

#include "options.h"

static int parse_protocol(const char *word, struct match_rule *m)
{
	static const struct {
		const char *name;
		uint8_t number;
	} known[] = {{"any", 0}, {"icmp", NETVM_ICMP}, {"tcp", NETVM_TCP}, {"udp", NETVM_UDP}, {"icmp6", NETVM_ICMPV6}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(word, known[i].name) == 0) {
			m->protocol = known[i].number;
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

const char *nf_match_parse(char **word, struct match_rule *m)
{
	if (parse_protocol(word[0], m) != 0)
		return "expected any, icmp, icmp6, tcp or udp";
	if (parse_prefix(word[1], &m->src) != 0)
		return "expected a source address such as 10.0.0.0/8 or 2001:db8::/32, or any";
	if (parse_ports(word[2], &m->src_port_low, &m->src_port_high) != 0)
		return "expected source ports such as 1024-65535, or any";
	if (parse_prefix(word[3], &m->dst) != 0)
		return "expected a destination address such as 10.0.0.0/8 or 2001:db8::/32, or any";
	if (parse_ports(word[4], &m->dst_port_low, &m->dst_port_high) != 0)
		return "expected destination ports such as 80, or any";
	if (m->src.version && m->dst.version && m->src.version != m->dst.version)
		return "expected source and destination both IPv4 or both IPv6";
	return NULL;
}
