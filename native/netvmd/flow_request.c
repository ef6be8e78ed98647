/* flow.set, flow.delete and rules.set: which chain a packet is of. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "flow_rules.h"
#include "service.h"

#define FLOWS_MAX 8192
#define RULES_MAX 10000

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

/* Those that are already set are the chain's: setting them again after others were deleted goes on. */
static int order_flows(struct service *s, enum order_kind kind, const struct netvm_flow *flows, uint32_t n, uint32_t chain, struct control_error *error)
{
	s->order.kind = kind;
	s->order.flows.flows = flows;
	s->order.flows.count = n;
	s->order.flows.chain = chain;
	s->order.flows.done = n;
	if (order_give(&s->order, s->stop) != 0)
		return control_failed(error, "netvmd is stopping");
	uint32_t done = s->order.flows.done;
	if (done == n)
		return 0;
	s->order.kind = ORDER_DELETE_FLOWS;
	s->order.flows.count = done;
	order_give(&s->order, s->stop);
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

cJSON *service_set_rules(void *service, const cJSON *params, struct control_error *error)
{
	(void)service, (void)params;
	control_failed(error, "not yet");
	return NULL;
}
