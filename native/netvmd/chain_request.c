/* chain.set: a list of slots and inline NFs becomes a plan, or is refused whole. */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>

#include "service.h"

static int refuse(struct control_error *error, uint32_t place, const char *why)
{
	return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "slots[%u]", place), "%s", why);
}

static int shares_core(const struct watch *w, int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	return sched_getaffinity((pid_t)w->pid, sizeof set, &set) == 0 && CPU_ISSET((unsigned)core, &set);
}

static int read_inline(const struct service *s, const cJSON *item, uint32_t place, struct link *link, struct control_error *error)
{
	int number = service_number(cJSON_GetObjectItemCaseSensitive(item, "inline"), NETVM_MAX_NFS);
	if (number < 0 || !s->inlines[number].nf || cJSON_GetArraySize(item) != 1)
		return refuse(error, place, "expected {\"inline\": number} of an NF that was loaded (see inline.load)");
	*link = (struct link){.is_inline = 1, .number = (uint32_t)number};
	return 0;
}

/* A slot of the first domain, or {"domain": number, "slot": number}. */
static int read_slot(const struct service *s, const cJSON *item, uint32_t place, struct link *link, struct control_error *error)
{
	const cJSON *in = cJSON_GetObjectItemCaseSensitive(item, "domain");
	const cJSON *at = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "slot") : item;
	int domain = in ? service_number(in, s->path->domains) : 0, slot = service_number(at, NETVM_MAX_NFS);
	if (domain < 0)
		return control_wrong(error, control_field((char[CONTROL_FIELD_BYTES]){0}, "slots[%u].domain", place),
				     "expected a number below %u, the number of --region options", s->path->domains);
	if (slot < 0 || s->watches[domain][slot].state != WATCH_READY || (in && cJSON_GetArraySize(item) != 2))
		return refuse(error, place, "expected the slot of an NF that is ready, {\"domain\": number, \"slot\": number}, or {\"inline\": number}");
	*link = (struct link){.domain = (uint32_t)domain, .number = (uint32_t)slot};
	return 0;
}

static int read_link(const struct service *s, const cJSON *item, uint32_t place, struct link *link, struct control_error *error)
{
	if (cJSON_HasObjectItem(item, "inline"))
		return read_inline(s, item, place, link, error);
	return read_slot(s, item, place, link, error);
}

static int add_link(const struct service *s, const struct link *link, struct chain_plan *plan)
{
	if (link->is_inline) {
		plan->inline_nfs[plan->inline_length++] = s->inlines[link->number].nf;
	} else {
		plan->domains[plan->length] = link->domain;
		plan->slots[plan->length++] = link->number;
		plan->shared_core |= shares_core(&s->watches[link->domain][link->number], s->path->core);
	}
	/* An inline NF would read packets that one in a process can still write to: checks of its own would not hold. */
	return plan->inline_length > 0 && plan->length > 0 ? -1 : 0;
}

static int same(const struct link *a, const struct link *b)
{
	return a->is_inline == b->is_inline && a->domain == b->domain && a->number == b->number;
}

/* Buffers are owned by domain: with two stretches in one, an NF of the first could hand its packets back as the second's, past what is between. */
static int comes_back(const struct link *chain, uint32_t n)
{
	for (uint32_t i = 0; i + 1 < n; i++) {
		if (!chain[n].is_inline && chain[i].domain == chain[n].domain && chain[n - 1].domain != chain[n].domain)
			return 1;
	}
	return 0;
}

/* Returns the chain's length, or -1 with the reason in `error`. */
static int read_chain(const struct service *s, const cJSON *slots, struct link *chain, struct chain_plan *plan, struct control_error *error)
{
	const cJSON *item;
	uint32_t n = 0;
	cJSON_ArrayForEach(item, slots)
	{
		if (read_link(s, item, n, &chain[n], error) != 0)
			return -1;
		for (uint32_t i = 0; i < n; i++) {
			if (same(&chain[i], &chain[n]))
				return refuse(error, n, "an NF can be in a chain once");
		}
		if (comes_back(chain, n))
			return refuse(error, n, "a chain cannot come back to a domain that it has left");
		if (add_link(s, &chain[n], plan) != 0)
			return refuse(error, n, "a chain is of NFs in processes or of inline ones, not of both");
		n++;
	}
	return (int)n;
}

cJSON *service_set_chain(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	const cJSON *slots = cJSON_GetObjectItemCaseSensitive(params, "slots");
	struct link chain[NETVM_MAX_NFS];
	struct chain_plan plan = {0};
	if (!cJSON_IsArray(slots) || cJSON_GetArraySize(slots) > (int)NETVM_MAX_NFS) {
		control_wrong(error, "slots", "expected a list of at most %u slot numbers", NETVM_MAX_NFS);
		return NULL;
	}
	service_watch(s);
	int length = read_chain(s, slots, chain, &plan, error);
	if (length < 0)
		return NULL;
	s->order.kind = ORDER_SET_CHAIN;
	s->order.plan = plan;
	if (service_order(s) != 0) {
		control_failed(error, "netvmd is stopping");
		return NULL;
	}
	memcpy(s->chain, chain, (size_t)length * sizeof chain[0]);
	s->chain_length = (uint32_t)length;
	s->chain_down = 0;
	return cJSON_CreateObject();
}
