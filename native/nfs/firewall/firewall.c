/* firewall: 5-tuple rules, first match decides, a cache of verdicts in front; or with connections, whose answers pass. */
#include <stdio.h>

#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/report.h"
#include "connections.h"
#include "rules.h"

/* Direct-mapped: a hit is one cache line, where the classifier takes a hundred cycles and more. A power of two. */
#define CACHE_ENTRIES 4096u

struct cached {
	_Alignas(64) struct netvm_flow flow; /* version 0: nothing cached */
	uint8_t allow;
};

enum { PASSED, DENIED, NOT_IP, NO_CONNECTION, TABLE_FULL, COUNTS };
static const char *const count_names[COUNTS] = {"passed", "denied", "notIp", "noConnection", "tableFull"};

static struct match_rule rules[FIREWALL_MAX_RULES];
static struct classifier classifier;
static struct cached cache[CACHE_ENTRIES];
static struct connections connections = {.flows.count = CONNECTIONS};
static uint64_t stateful;
static uint64_t counts[COUNTS];

static void give_back(void)
{
	classify_give_back(&classifier);
	nf_give_back((void **)&connections.flows.entries);
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const char *file = NULL;
	uint64_t open_s = 7440, opening_s = 30, other_s = 60;
	const struct nf_option options[] = {
		{.name = "--rules", .kind = NF_TEXT, .value = &file, .required = 1},
		{.name = "--stateful", .kind = NF_FLAG, .value = &stateful},
		{.name = "--tcp-s", .kind = NF_NUMBER, .value = &open_s, .min = 1, .max = 1000000},
		{.name = "--tcp-opening-s", .kind = NF_NUMBER, .value = &opening_s, .min = 1, .max = 1000000},
		{.name = "--other-s", .kind = NF_NUMBER, .value = &other_s, .min = 1, .max = 1000000},
	};
	stateful = 0;
	memset(counts, 0, sizeof counts);
	memset(cache, 0, sizeof cache);
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0)
		return -1;
	int n = firewall_read_rules(file, rules, FIREWALL_MAX_RULES, error, error_bytes);
	if (n < 0 || classify_build(&classifier, rules, (uint32_t)n, error, error_bytes) != 0)
		return -1;
	uint64_t hz = nf_ticks_hz();
	connections.timeout[0][CONNECTION_OPENING] = connections.timeout[0][CONNECTION_OPEN] = hz * other_s;
	connections.timeout[1][CONNECTION_OPENING] = connections.timeout[1][CONNECTION_CLOSING] = hz * opening_s;
	connections.timeout[1][CONNECTION_OPEN] = hz * open_s;
	if (!stateful || nf_table((void **)&connections.flows.entries, CONNECTIONS * sizeof(struct nf_flow_entry), "connections", error,
				  error_bytes) == 0)
		return 0;
	give_back();
	return -1;
}

static int cached_verdict(const struct netvm_flow *flow, uint32_t hash)
{
	struct cached *c = &cache[hash & (CACHE_ENTRIES - 1)];
	if (__builtin_expect(!netvm_flow_equal(&c->flow, flow), 0))
		*c = (struct cached){*flow, classify_verdict(&classifier, flow) == FIREWALL_ALLOW};
	return c->allow ? PASSED : DENIED;
}

static int by_rules(const struct netvm_packet *p)
{
	struct netvm_flow flow;
	if (!netvm_flow_read(p->data, p->length, &flow))
		return NOT_IP; /* no 5-tuple: nothing could allow it */
	return cached_verdict(&flow, nf_flow_hash(p->flow_hash, &flow));
}

/* Flags of a TCP header that is there; else 0. */
static uint8_t tcp_flags(const struct netvm_packet *p)
{
	struct netvm_headers h;
	netvm_headers_read(p->data, p->length, &h);
	return h.protocol == NETVM_TCP && h.l4 ? p->data[h.l4 + 13] : 0;
}

static int by_connection(const struct netvm_packet *p, uint64_t now)
{
	struct netvm_flow flow;
	if (!netvm_flow_read(p->data, p->length, &flow))
		return NOT_IP;
	uint8_t flags = flow.protocol == NETVM_TCP ? tcp_flags(p) : 0;
	enum connection_verdict known = connection_look(&connections, &flow, flags, now);
	if (known != CONNECTION_NEW)
		return known == CONNECTION_KNOWN ? PASSED : NO_CONNECTION;
	if (cached_verdict(&flow, nf_flow_hash(p->flow_hash, &flow)) == DENIED)
		return DENIED;
	return connection_add(&connections, &flow, now) ? PASSED : TABLE_FULL;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint64_t now = stateful ? nf_ticks() : 0;
	for (uint32_t i = 0; i < n; i++) {
		int verdict = stateful ? by_connection(&packets[i], now) : by_rules(&packets[i]);
		counts[verdict]++;
		if (verdict != PASSED)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

static void stop(void)
{
	nf_report("firewall", count_names, counts, COUNTS);
	give_back();
}

const struct netvm_nf netvm_nf = {
	.name = "firewall",
	.usage = "  --rules FILE        one rule a line: allow|deny PROTOCOL SRC[/LEN] PORTS DST[/LEN] PORTS; first match decides\n"
		 "  --stateful          what belongs to a connection that a rule allowed passes, in both directions\n"
		 "  --tcp-s N           how long a silent connection is remembered: TCP (7440),\n"
		 "  --tcp-opening-s N   TCP half-open or closing (30),\n"
		 "  --other-s N         all else (60)",
	.start = start,
	.process = process,
	.stop = stop,
};
