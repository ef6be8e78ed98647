/* Firewall rules: first match decides. */
#ifndef NETVM_FIREWALL_RULES_H
#define NETVM_FIREWALL_RULES_H

#include <stdint.h>

#include "../../abi/flow.h"

#define FIREWALL_MAX_RULES 1024u

struct firewall_rule {
	uint32_t src, src_mask;
	uint32_t dst, dst_mask;
	uint16_t src_port_low, src_port_high;
	uint16_t dst_port_low, dst_port_high;
	uint8_t protocol; /* 0: any */
	uint8_t allow;
};

/*
 * Reads a rules file: one rule a line, '#' starts a comment:
 *   allow|deny udp|tcp|icmp|any SRC[/LEN] LOW[-HIGH]|any DST[/LEN] LOW[-HIGH]|any
 * Returns the number of rules, or -1 with `file:line: what was expected` in `error`.
 */
int firewall_read_rules(const char *file, struct firewall_rule *rules, uint32_t max, char *error, uint32_t error_bytes);

/* 1 where the flow may pass. No rule matches: deny. */
static inline int firewall_allows(const struct firewall_rule *rules, uint32_t n, const struct netvm_flow *f)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct firewall_rule *r = &rules[i];
		if ((f->src & r->src_mask) == r->src && (f->dst & r->dst_mask) == r->dst &&
		    (r->protocol == 0 || r->protocol == f->protocol) && f->src_port >= r->src_port_low &&
		    f->src_port <= r->src_port_high && f->dst_port >= r->dst_port_low &&
		    f->dst_port <= r->dst_port_high)
			return r->allow;
	}
	return 0;
}

#endif
