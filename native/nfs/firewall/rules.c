#include "rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_action(const char *word, struct firewall_rule *r)
{
	r->allow = strcmp(word, "allow") == 0;
	return r->allow || strcmp(word, "deny") == 0 ? 0 : -1;
}

static int parse_protocol(const char *word, struct firewall_rule *r)
{
	static const struct {
		const char *name;
		uint8_t number;
	} known[] = {{"any", 0}, {"icmp", 1}, {"tcp", 6}, {"udp", 17}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(word, known[i].name) == 0) {
			r->protocol = known[i].number;
			return 0;
		}
	}
	return -1;
}

static int parse_prefix(char *word, uint32_t *address, uint32_t *mask)
{
	long length = 32;
	char *slash = strchr(word, '/');
	if (strcmp(word, "any") == 0) {
		*address = *mask = 0;
		return 0;
	}
	if (slash) {
		char *end;
		*slash = 0;
		length = strtol(slash + 1, &end, 10);
		if (slash[1] == 0 || *end != 0 || length < 0 || length > 32)
			return -1;
	}
	struct in_addr in;
	if (inet_pton(AF_INET, word, &in) != 1)
		return -1;
	*mask = length == 0 ? 0 : 0xffffffffu << (32 - length);
	*address = ntohl(in.s_addr) & *mask;
	return 0;
}

static int parse_ports(const char *word, uint16_t *low, uint16_t *high)
{
	char *end;
	if (strcmp(word, "any") == 0) {
		*low = 0;
		*high = 65535;
		return 0;
	}
	long a = strtol(word, &end, 10);
	long b = a;
	if (end == word)
		return -1;
	if (*end == '-') {
		const char *second = end + 1;
		b = strtol(second, &end, 10);
		if (end == second)
			return -1;
	}
	if (*end != 0 || a < 0 || b > 65535 || a > b)
		return -1;
	*low = (uint16_t)a;
	*high = (uint16_t)b;
	return 0;
}

/* One line to one rule. Returns the expectation that failed, or NULL. */
static const char *parse_rule(char *line, struct firewall_rule *r)
{
	char *word[7];
	int words = 0;
	char *rest = NULL;
	for (char *w = strtok_r(line, " \t\r\n", &rest); w && words < 7; w = strtok_r(NULL, " \t\r\n", &rest))
		word[words++] = w;
	if (words != 6)
		return "expected six words: allow|deny PROTOCOL SRC SPORTS DST DPORTS";
	if (parse_action(word[0], r) != 0)
		return "expected allow or deny";
	if (parse_protocol(word[1], r) != 0)
		return "expected any, icmp, tcp or udp";
	if (parse_prefix(word[2], &r->src, &r->src_mask) != 0)
		return "expected a source address such as 10.0.0.0/8, or any";
	if (parse_ports(word[3], &r->src_port_low, &r->src_port_high) != 0)
		return "expected source ports such as 1024-65535, or any";
	if (parse_prefix(word[4], &r->dst, &r->dst_mask) != 0)
		return "expected a destination address such as 10.0.0.0/8, or any";
	if (parse_ports(word[5], &r->dst_port_low, &r->dst_port_high) != 0)
		return "expected destination ports such as 80, or any";
	return NULL;
}

int firewall_read_rules(const char *file, struct firewall_rule *rules, uint32_t max, char *error, uint32_t error_bytes)
{
	FILE *in = fopen(file, "re");
	if (!in) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		return -1;
	}
	char line[512];
	uint32_t n = 0, number = 0;
	int result = 0;
	while (result == 0 && fgets(line, sizeof line, in)) {
		number++;
		const char *fault = NULL;
		if (!strchr(line, '\n') && !feof(in))
			fault = "expected a line of at most 510 characters";
		line[strcspn(line, "#\n")] = 0;
		if (!fault && line[strspn(line, " \t\r")] == 0)
			continue;
		if (!fault && n == max)
			fault = "expected at most 1024 rules";
		if (!fault)
			fault = parse_rule(line, &rules[n]);
		if (fault) {
			snprintf(error, error_bytes, "%s:%u: %s", file, number, fault);
			result = -1;
		}
		n++;
	}
	fclose(in);
	return result == 0 ? (int)n : -1;
}
