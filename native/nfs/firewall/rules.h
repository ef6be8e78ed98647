/* Firewall rules: first match decides. */
#ifndef NETVM_FIREWALL_RULES_H
#define NETVM_FIREWALL_RULES_H

#include "../common/options.h"

#define FIREWALL_MAX_RULES 16384u

struct firewall_rule {
	struct nf_prefix src, dst; /* version 0: any */
	uint16_t src_port_low, src_port_high;
	uint16_t dst_port_low, dst_port_high;
	uint8_t protocol; /* 0: any */
	uint8_t version;  /* 4 or 6; 0: both */
	uint8_t allow;
};

/*
 * Reads a rules file: one rule a line, '#' starts a comment:
 *   allow|deny udp|tcp|icmp|icmp6|any SRC[/LEN]|any LOW[-HIGH]|any DST[/LEN]|any LOW[-HIGH]|any
 * Returns the number of rules, or -1 with `file:line: what was expected` in `error`.
 */
int firewall_read_rules(const char *file, struct firewall_rule *rules, uint32_t max, char *error, uint32_t error_bytes);

#endif
