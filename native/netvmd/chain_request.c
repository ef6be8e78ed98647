/* chain.set and chain.delete: a list of hops becomes a chain, or is refused whole. */
#include <stdio.h>

#include "service.h"

static int refuse(struct control_error *error, uint32_t place, const char *why)
{
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "hops[%u]", place), "%s", why);
}

static int refuse_member(struct control_error *error, uint32_t place, const char *member, const char *why)
{
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "hops[%u].%s", place, member), "%s", why);
}

static int known_members(const cJSON *item, uint32_t place, const char *const *known, struct control_error *error)
{
	char where[32];
	snprintf(where, sizeof where, "hops[%u].", place);
	return control_known(item, where, known, error);
}

static int read_inline(const struct service *s, const cJSON *item, uint32_t place, struct hop *hop, struct control_error *error)
{
	if (known_members(item, place, (const char *const[]){"inline", NULL}, error) != 0)
		return -1;
	int number = service_number(cJSON_GetObjectItemCaseSensitive(item, "inline"), NETVM_MAX_NFS);
	if (number < 0 || !s->inlines[number].nf)
		return refuse_member(error, place, "inline", "expected the number of an NF that was loaded (see inline.load)");
	*hop = (struct hop){.kind = HOP_INLINE, .number = (uint32_t)number};
	return 0;
}

static int read_service(const struct service *s, const cJSON *item, uint32_t place, struct hop *hop, struct control_error *error)
{
	if (known_members(item, place, (const char *const[]){"service", NULL}, error) != 0)
		return -1;
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "service");
	int number = cJSON_IsString(name) ? service_number_of(s, name->valuestring) : -1;
	if (number < 0)
		return refuse_member(error, place, "service", "expected the name of a service (see service.set)");
	*hop = (struct hop){.kind = HOP_SERVICE, .domain = s->services[number].plan.domain, .number = (uint32_t)number};
	return 0;
}

/* A slot of the first domain, or {"domain": number, "slot": number}. */
static int read_nf(const struct service *s, const cJSON *item, uint32_t place, struct hop *hop, struct control_error *error)
{
	int plain = !cJSON_IsObject(item);
	if (!plain && known_members(item, place, (const char *const[]){"slot", "domain", "inline", "service", NULL}, error) != 0)
		return -1;
	const cJSON *in = plain ? NULL : cJSON_GetObjectItemCaseSensitive(item, "domain");
	int domain = in ? service_number(in, s->path->domains) : 0;
	int slot = service_number(plain ? item : cJSON_GetObjectItemCaseSensitive(item, "slot"), NETVM_MAX_NFS);
	if (domain < 0)
		return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "hops[%u].domain", place),
				     "expected a number below %u, the number of --region options", s->path->domains);
	if (plain && !cJSON_IsNumber(item))
		return refuse(error, place, "expected a slot, {\"domain\": number, \"slot\": number}, {\"service\": name} or {\"inline\": number}");
	if (slot < 0 || s->watches[domain][slot].state != WATCH_READY)
		return plain ? refuse(error, place, "expected the slot of an NF that is ready")
			     : refuse_member(error, place, "slot", "expected the slot of an NF that is ready");
	*hop = (struct hop){.kind = HOP_NF, .domain = (uint32_t)domain, .number = (uint32_t)slot};
	return 0;
}

static int read_hop(const struct service *s, const cJSON *item, uint32_t place, struct hop *hop, struct control_error *error)
{
	if (cJSON_GetObjectItemCaseSensitive(item, "inline"))
		return read_inline(s, item, place, hop, error);
	if (cJSON_GetObjectItemCaseSensitive(item, "service"))
		return read_service(s, item, place, hop, error);
	return read_nf(s, item, place, hop, error);
}

static int same(const struct hop *a, const struct hop *b)
{
	return a->kind == b->kind && a->domain == b->domain && a->number == b->number;
}

static int read_hops(const struct service *s, const cJSON *hops, struct chain_record *chain, struct control_error *error)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, hops)
	{
		uint32_t n = chain->length;
		if (read_hop(s, item, n, &chain->hops[n], error) != 0)
			return -1;
		for (uint32_t i = 0; i < n; i++) {
			if (same(&chain->hops[i], &chain->hops[n]))
				return refuse(error, n, "an NF or a service can be in a chain once");
		}
		/* An inline NF would read packets that one in a process can still write to: checks of its own would not hold. */
		if ((chain->hops[n].kind == HOP_INLINE) != (chain->hops[0].kind == HOP_INLINE))
			return refuse(error, n, "a chain is of NFs in processes or of inline ones, not of both");
		chain->length++;
	}
	return 0;
}

struct chain_plan service_plan_of(const struct service *s, const struct chain_record *chain)
{
	struct chain_plan plan = {.used = 1, .weight = chain->weight};
	for (uint32_t i = 0; i < chain->length; i++) {
		const struct hop *hop = &chain->hops[i];
		struct instances *to = &plan.hops[plan.length];
		if (hop->kind == HOP_INLINE) {
			plan.inline_nfs[plan.inline_length++] = s->inlines[hop->number].nf;
			continue;
		}
		plan.length++;
		if (hop->kind == HOP_NF) {
			*to = (struct instances){.domain = (uint8_t)hop->domain, .service = NO_SERVICE, .count = 1, .slots = {(uint8_t)hop->number}};
			continue;
		}
		*to = s->services[hop->number].plan;
	}
	return plan;
}

/* The place of a chain with this name, which may be new; -1 with the reason in `error`. */
static int place_for(const struct service *s, const cJSON *name, struct control_error *error)
{
	if (name && !service_is_name(name))
		return control_wrong(error, "chain", "expected a name of 1 to %u small letters, digits and \"-\"", NAME_BYTES - 1);
	int number = service_chain_number(s, name ? name->valuestring : "default");
	for (int i = 1; number < 0 && i < (int)CHAINS_MAX; i++) {
		if (s->chains[i].name[0] == 0)
			number = i;
	}
	return number >= 0 ? number : control_failed(error, "there are %u chains, and can be no more (see chain.delete)", CHAINS_MAX);
}

static int order_chain(struct service *s, uint32_t number, const struct chain_plan *plan, struct control_error *error)
{
	s->order.kind = ORDER_SET_CHAIN;
	s->order.chain.number = number;
	s->order.chain.plan = *plan;
	return order_give(&s->order, s->stop) == 0 ? 0 : control_failed(error, "netvmd is stopping");
}

cJSON *service_set_chain(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(params, "chain"), *hops = cJSON_GetObjectItemCaseSensitive(params, "hops");
	const cJSON *share = cJSON_GetObjectItemCaseSensitive(params, "weight");
	int number = place_for(s, name, error), weight = share ? service_number(share, WEIGHT_MAX + 1) : 1;
	if (number < 0)
		return NULL;
	if (!cJSON_IsArray(hops) || cJSON_GetArraySize(hops) > (int)NETVM_MAX_NFS) {
		control_wrong(error, "hops", "expected a list of at most %u hops", NETVM_MAX_NFS);
		return NULL;
	}
	if (weight < 1) {
		control_wrong(error, "weight", "expected a whole number from 1 to %u", WEIGHT_MAX);
		return NULL;
	}
	service_watch(s);
	struct chain_record chain = {.weight = (uint32_t)weight};
	snprintf(chain.name, NAME_BYTES, "%s", name ? name->valuestring : "default");
	if (read_hops(s, hops, &chain, error) != 0)
		return NULL;
	struct chain_plan plan = service_plan_of(s, &chain);
	if (order_chain(s, (uint32_t)number, &plan, error) != 0)
		return NULL;
	s->chains[number] = chain;
	return cJSON_CreateObject();
}

cJSON *service_delete_chain(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(params, "chain");
	int number = cJSON_IsString(name) ? service_chain_number(s, name->valuestring) : -1;
	if (number < 1) {
		control_wrong(error, "chain", "expected the name of a chain other than default");
		return NULL;
	}
	uint32_t flows = s->path->chains[number].exact_flows;
	if (flows > 0 || s->chains_with_rules >> number & 1) {
		control_wrong(error, "chain", "%s name it: take them away first (%s)", flows > 0 ? "flows" : "rules", flows > 0 ? "flow.delete" : "rules.set");
		return NULL;
	}
	if (order_chain(s, (uint32_t)number, &(struct chain_plan){0}, error) != 0)
		return NULL;
	memset(&s->chains[number], 0, sizeof s->chains[number]);
	return cJSON_CreateObject();
}
