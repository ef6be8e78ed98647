/* service.set and nf.stop: which NFs do a service's work, and when one may leave. */
#include <stdio.h>

#include "service.h"

static int read_domain(const struct service *s, const cJSON *params, struct control_error *error)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, "domain");
	int domain = item ? service_number(item, s->path->domains) : 0;
	return domain >= 0 ? domain : control_wrong(error, "domain", "expected a number below %u, the number of --region options", s->path->domains);
}

static int read_instances(const struct service *s, const cJSON *list, struct instances *plan, struct control_error *error)
{
	char field[CONTROL_FIELD_BYTES];
	const cJSON *item;
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > (int)INSTANCES_MAX)
		return control_wrong(error, "instances", "expected a list of at most %u slots", INSTANCES_MAX);
	cJSON_ArrayForEach(item, list)
	{
		int slot = service_number(item, NETVM_MAX_NFS);
		control_field(field, "instances[%u]", plan->count);
		if (slot < 0 || s->watches[plan->domain][slot].state != WATCH_READY)
			return control_wrong(error, field, "expected the slot of an NF that is ready");
		for (uint32_t i = 0; i < plan->count; i++) {
			if (plan->slots[i] == slot)
				return control_wrong(error, field, "slot %d is an instance already", slot);
		}
		plan->slots[plan->count++] = (uint8_t)slot;
	}
	return 0;
}

static int chain_names(const struct service *s, uint32_t number)
{
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		for (uint32_t i = 0; i < s->chains[c].length; i++) {
			if (s->chains[c].hops[i].kind == HOP_SERVICE && s->chains[c].hops[i].number == number)
				return 1;
		}
	}
	return 0;
}

static int place_for(const struct service *s, const cJSON *name, struct control_error *error)
{
	if (!service_is_name(name))
		return control_wrong(error, "service", "expected a name of 1 to %u small letters, digits and \"-\"", NAME_BYTES - 1);
	int number = service_number_of(s, name->valuestring);
	for (int i = 0; number < 0 && i < (int)NETVM_SERVICES; i++) {
		if (s->services[i].name[0] == 0)
			number = i;
	}
	return number >= 0 ? number : control_failed(error, "there are %u services, and can be no more", NETVM_SERVICES);
}

/* A service that is there and a chain that names it keep to one domain: the chain's copies at borders were planned by it. */
static int check_change(const struct service *s, uint32_t number, const struct instances *plan, struct control_error *error)
{
	const struct service_record *before = &s->services[number];
	if (before->name[0] == 0 || !chain_names(s, number))
		return 0;
	if (plan->count == 0)
		return control_wrong(error, "instances", "a chain names the service: take it out first (chain.set)");
	if (plan->domain != before->plan.domain)
		return control_wrong(error, "domain", "a chain names the service in domain %u: take it out first (chain.set)", before->plan.domain);
	return 0;
}

/* Where the domain's NFs look names up. */
static void publish(const struct service *s, uint32_t number, uint32_t domain, const char *name)
{
	char *to = region_services(path_region(s->path, domain))[number].name;
	memset(to, 0, NAME_BYTES);
	memcpy(to, name, strlen(name));
}

cJSON *service_set_service(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(params, "service");
	struct instances plan = {0};
	service_watch(s);
	int number = place_for(s, name, error), domain = number < 0 ? -1 : read_domain(s, params, error);
	if (domain < 0)
		return NULL;
	plan.domain = (uint8_t)domain;
	plan.service = (uint8_t)number;
	if (read_instances(s, cJSON_GetObjectItemCaseSensitive(params, "instances"), &plan, error) != 0 ||
	    check_change(s, (uint32_t)number, &plan, error) != 0 || service_need_flows(s, error) != 0)
		return NULL;
	struct service_record *record = &s->services[number];
	if (record->name[0] && record->plan.domain != plan.domain)
		publish(s, (uint32_t)number, record->plan.domain, "");
	publish(s, (uint32_t)number, plan.domain, plan.count > 0 ? name->valuestring : "");
	memset(record, 0, sizeof *record);
	if (plan.count > 0)
		snprintf(record->name, NAME_BYTES, "%s", name->valuestring);
	record->plan = plan;
	s->order.kind = ORDER_SET_SERVICE;
	s->order.service.number = (uint32_t)number;
	s->order.service.plan = plan;
	if (order_give(&s->order, s->stop) != 0) {
		control_failed(error, "netvmd is stopping");
		return NULL;
	}
	cJSON *result = cJSON_CreateObject();
	cJSON_AddNumberToObject(result, "number", number);
	return result;
}

cJSON *service_stop_nf(void *service, const cJSON *params, struct control_error *error)
{
	struct service *s = service;
	service_watch(s);
	int domain = read_domain(s, params, error);
	if (domain < 0)
		return NULL;
	int slot = service_number(cJSON_GetObjectItemCaseSensitive(params, "slot"), NETVM_MAX_NFS);
	enum watch_state state = slot < 0 ? WATCH_NONE : s->watches[domain][slot].state;
	if (state != WATCH_READY && state != WATCH_QUARANTINED) {
		control_wrong(error, "slot", "expected the slot of an NF that is ready");
		return NULL;
	}
	if (service_names_nf(s, (uint32_t)domain, (uint32_t)slot)) {
		control_wrong(error, "slot", "a chain or a service names the NF in slot %d: take it out first (chain.set, service.set)", slot);
		return NULL;
	}
	struct netvm_nf_slot *shared = region_slot(path_region(s->path, (uint32_t)domain), (uint32_t)slot);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
	netvm_wake(&shared->sleeping);
	return cJSON_CreateObject();
}
