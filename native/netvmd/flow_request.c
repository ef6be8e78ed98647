/* flow.set, flow.delete and rules.set: which chain a packet is of. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "flow_rules.h"
#include "service.h"

#define FLOWS_MAX 8192

/* Where in the request something is: `flows[3].`. */
struct at {
	char prefix[32];
};

static int wrong(const struct at *at, const char *member, const char *why, struct control_error *error)
{
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "%s%s", at->prefix, member), "%s", why);
}

int service_need_flows(struct service *s, struct control_error *error)
{
	char why[128];
	if (s->path->flows)
		return 0;
	struct flow_table *table = flow_table_create(s->flow_capacity, why, sizeof why);
	if (!table)
		return control_failed(error, "%s", why);
	s->order.kind = ORDER_USE_FLOWS;
	s->order.table = table;
	return order_give(&s->order, s->stop) == 0 ? 0 : control_failed(error, "netvmd is stopping");
}

/* Returns the IP version, or -1. */
static int read_address(const char *text, struct netvm_address *to)
{
	uint8_t bytes[16];
	if (inet_pton(AF_INET, text, bytes) == 1) {
		*to = (struct netvm_address){0, netvm_be32(bytes)};
		return 4;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return -1;
	*to = netvm_ipv6_address(bytes);
	return 6;
}

static int read_protocol(const cJSON *item)
{
	if (cJSON_IsString(item))
		return strcmp(item->valuestring, "udp") == 0 ? NETVM_UDP : strcmp(item->valuestring, "tcp") == 0 ? NETVM_TCP : -1;
	return service_number(item, 256);
}

static const char *const expected_protocol = "expected \"udp\", \"tcp\" or a number from 0 to 255";
static const char *const expected_port = "expected a whole number from 0 to 65535";

static int read_flow(const cJSON *item, const struct at *at, struct netvm_flow *flow, struct control_error *error)
{
	static const char *const members[] = {"src", "dst", "protocol", "srcPort", "dstPort", NULL};
	if (control_known(item, at->prefix, members, error) != 0)
		return -1;
	const cJSON *src = cJSON_GetObjectItemCaseSensitive(item, "src"), *dst = cJSON_GetObjectItemCaseSensitive(item, "dst");
	int version = cJSON_IsString(src) ? read_address(src->valuestring, &flow->src) : -1;
	if (version < 0)
		return wrong(at, "src", "expected an IPv4 or IPv6 address", error);
	if (!cJSON_IsString(dst) || read_address(dst->valuestring, &flow->dst) != version)
		return wrong(at, "dst", "expected an address of the same version as src", error);
	int protocol = read_protocol(cJSON_GetObjectItemCaseSensitive(item, "protocol"));
	if (protocol < 0)
		return wrong(at, "protocol", expected_protocol, error);
	int src_port = service_number(cJSON_GetObjectItemCaseSensitive(item, "srcPort"), 65536);
	int dst_port = service_number(cJSON_GetObjectItemCaseSensitive(item, "dstPort"), 65536);
	if (src_port < 0)
		return wrong(at, "srcPort", expected_port, error);
	if (dst_port < 0)
		return wrong(at, "dstPort", expected_port, error);
	flow->rest = netvm_flow_rest((uint32_t)src_port << 16 | (uint32_t)dst_port, (uint8_t)protocol, (uint8_t)version);
	return 0;
}

/* Returns the flows, for free, and how many; NULL with the reason in `error`. */
static struct netvm_flow *read_flows(const cJSON *params, uint32_t *count, struct control_error *error)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(params, "flows"), *item;
	int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
	if (n < 1 || n > FLOWS_MAX) {
		control_wrong(error, "flows", "expected a list of 1 to %d flows", FLOWS_MAX);
		return NULL;
	}
	struct netvm_flow *flows = calloc((size_t)n, sizeof *flows);
	*count = 0;
	if (!flows) {
		control_failed(error, "no memory for the flows");
		return NULL;
	}
	cJSON_ArrayForEach(item, list)
	{
		struct at at;
		snprintf(at.prefix, sizeof at.prefix, "flows[%u].", *count);
		if (read_flow(item, &at, &flows[(*count)++], error) != 0) {
			free(flows);
			return NULL;
		}
	}
	return flows;
}

static int read_chain(const struct service *s, const cJSON *item, const char *field, struct control_error *error)
{
	int number = cJSON_IsString(item) ? service_chain_number(s, item->valuestring) : -1;
	return number >= 0 ? number : control_wrong(error, field, "expected the name of a chain (see chain.set)");
}

/* Returns 0, or -1 with the reason in `error`: then nothing was changed. */
static int order_flows(struct service *s, enum order_kind kind, const struct netvm_flow *flows, uint32_t n, uint32_t chain, struct control_error *error)
{
	struct flow_before *before = kind == ORDER_SET_FLOWS ? calloc(n, sizeof *before) : NULL;
	if (kind == ORDER_SET_FLOWS && !before)
		return control_failed(error, "no memory for the flows");
	s->order.kind = kind;
	s->order.flows.flows = flows;
	s->order.flows.count = n;
	s->order.flows.chain = chain;
	s->order.flows.before = before;
	s->order.flows.done = n;
	int given = order_give(&s->order, s->stop);
	free(before);
	if (given != 0)
		return control_failed(error, "netvmd is stopping");
	uint32_t done = s->order.flows.done;
	if (done == n)
		return 0;
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "flows[%u]", done), "the flow table has no place for it (see --flows)");
}

cJSON *service_set_flows(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	uint32_t n;
	int chain = read_chain(s, cJSON_GetObjectItemCaseSensitive(params, "chain"), "chain", error);
	struct netvm_flow *flows = chain < 0 ? NULL : read_flows(params, &n, error);
	int fault = !flows || service_need_flows(s, error) != 0 || order_flows(s, ORDER_SET_FLOWS, flows, n, (uint32_t)chain, error) != 0;
	free(flows);
	return fault ? NULL : cJSON_CreateObject();
}

cJSON *service_delete_flows(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	uint32_t n;
	struct netvm_flow *flows = read_flows(params, &n, error);
	int fault = !flows || (s->path->flows && order_flows(s, ORDER_DELETE_FLOWS, flows, n, 0, error) != 0);
	free(flows);
	return fault ? NULL : cJSON_CreateObject();
}

/* A number, or [from, to]; left out: any. */
static int read_ports(const cJSON *item, uint16_t *low, uint16_t *high)
{
	*low = 0;
	*high = UINT16_MAX;
	if (!item)
		return 0;
	int pair = cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2;
	int from = service_number(pair ? cJSON_GetArrayItem(item, 0) : item, 65536), to = pair ? service_number(cJSON_GetArrayItem(item, 1), 65536) : from;
	*low = (uint16_t)from;
	*high = (uint16_t)to;
	return from >= 0 && to >= from ? 0 : -1;
}

static int read_prefix(const cJSON *item, struct match_prefix *prefix)
{
	*prefix = (struct match_prefix){0};
	return !item || (cJSON_IsString(item) && match_prefix_read(item->valuestring, prefix) == 0) ? 0 : -1;
}

static int read_rule(const struct service *s, const cJSON *item, const struct at *at, struct match_rule *rule, struct control_error *error)
{
	static const char *const members[] = {"src", "dst", "protocol", "srcPort", "dstPort", "chain", NULL};
	static const char *const expected_prefix = "expected a prefix such as 10.0.0.0/8 or 2001:db8::/32";
	static const char *const expected_ports = "expected a port from 0 to 65535, or [from, to]";
	if (control_known(item, at->prefix, members, error) != 0)
		return -1;
	const cJSON *protocol = cJSON_GetObjectItemCaseSensitive(item, "protocol");
	int number = protocol ? read_protocol(protocol) : 0;
	if (read_prefix(cJSON_GetObjectItemCaseSensitive(item, "src"), &rule->src) != 0)
		return wrong(at, "src", expected_prefix, error);
	if (read_prefix(cJSON_GetObjectItemCaseSensitive(item, "dst"), &rule->dst) != 0)
		return wrong(at, "dst", expected_prefix, error);
	if (number < 0 || (protocol && number == 0))
		return wrong(at, "protocol", "expected \"udp\", \"tcp\" or a number from 1 to 255", error);
	if (read_ports(cJSON_GetObjectItemCaseSensitive(item, "srcPort"), &rule->src_port_low, &rule->src_port_high) != 0)
		return wrong(at, "srcPort", expected_ports, error);
	if (read_ports(cJSON_GetObjectItemCaseSensitive(item, "dstPort"), &rule->dst_port_low, &rule->dst_port_high) != 0)
		return wrong(at, "dstPort", expected_ports, error);
	char field[CONTROL_FIELD_BYTES];
	int chain = read_chain(s, cJSON_GetObjectItemCaseSensitive(item, "chain"), control_field(field, "%schain", at->prefix), error);
	rule->protocol = (uint8_t)number;
	rule->verdict = (uint16_t)chain;
	return chain < 0 ? -1 : 0;
}

/* Returns the rules, for free, and how many; NULL with the reason in `error`. */
static struct match_rule *read_rules(const struct service *s, const cJSON *list, uint32_t *count, struct control_error *error)
{
	const cJSON *item;
	int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
	if (n < 0 || n > (int)FLOW_RULES_MAX) {
		control_wrong(error, "rules", "expected a list of at most %u rules", FLOW_RULES_MAX);
		return NULL;
	}
	struct match_rule *rules = calloc((size_t)n + 1, sizeof *rules);
	*count = 0;
	if (!rules)
		control_failed(error, "no memory for the rules");
	cJSON_ArrayForEach(item, list)
	{
		struct at at;
		snprintf(at.prefix, sizeof at.prefix, "rules[%u].", *count);
		if (rules && read_rule(s, item, &at, &rules[(*count)++], error) != 0) {
			free(rules);
			return NULL;
		}
	}
	return rules;
}

/* The builder's sentence begins with the field where there is one. */
static int refuse_rules(const char *why, struct control_error *error)
{
	const char *colon = strstr(why, ": ");
	if (!colon)
		return control_failed(error, "%s", why);
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "%.*s", (int)(colon - why), why), "%s", colon + 2);
}

static int order_rules(struct service *s, const struct match_rule *rules, uint32_t n, struct control_error *error)
{
	char why[192];
	struct flow_rules *built = n > 0 ? flow_rules_build(rules, n, why, sizeof why) : NULL;
	if (n > 0 && !built)
		return refuse_rules(why, error);
	if (n > 0 && service_need_flows(s, error) != 0) {
		flow_rules_free(built);
		return -1;
	}
	s->order.kind = ORDER_SET_RULES;
	s->order.rules = built;
	if (order_give(&s->order, s->stop) != 0)
		return control_failed(error, "netvmd is stopping");
	if (s->order.rules) /* those of before: nobody looks them up any more */
		flow_rules_free(s->order.rules);
	return 0;
}

cJSON *service_set_rules(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	uint32_t n;
	struct match_rule *rules = read_rules(s, cJSON_GetObjectItemCaseSensitive(params, "rules"), &n, error);
	if (!rules)
		return NULL;
	int fault = order_rules(s, rules, n, error);
	if (fault == 0) {
		s->rules = n;
		s->chains_with_rules = 0;
		for (uint32_t i = 0; i < n; i++)
			s->chains_with_rules |= 1u << rules[i].verdict;
	}
	free(rules);
	return fault ? NULL : cJSON_CreateObject();
}
