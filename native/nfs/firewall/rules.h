/* Firewall rules: first match decides. */
#ifndef NETVM_FIREWALL_RULES_H
#define NETVM_FIREWALL_RULES_H

#include "../common/match.h"

#define FIREWALL_MAX_RULES 16384u

struct firewall_rule {
	struct nf_match match;
	uint8_t allow;
};

/*
 * Reads a rules file: one rule a line, '#' starts a comment:
 *   allow|deny udp|tcp|icmp|icmp6|any SRC[/LEN]|any LOW[-HIGH]|any DST[/LEN]|any LOW[-HIGH]|any
 * Returns the number of rules, or -1 with `file:line: what was expected` in `error`.
 */
int firewall_read_rules(const char *file, struct firewall_rule *rules, uint32_t max, char *error, uint32_t error_bytes);

#endif
