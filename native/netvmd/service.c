#include "service.h"

#include <stdio.h>

#include "flow_rules.h"

/* How often the service looks at the NFs' lives and for new ones. */
#define TICK_MS 20

int service_chain_number(const struct service *s, const char *name)
{
	for (int i = 0; i < (int)CHAINS_MAX; i++) {
		if (*name && strcmp(s->chains[i].name, name) == 0)
			return i;
	}
	return -1;
}

int service_number_of(const struct service *s, const char *name)
{
	for (int i = 0; i < (int)NETVM_SERVICES; i++) {
		if (*name && strcmp(s->services[i].name, name) == 0)
			return i;
	}
	return -1;
}

int service_is_name(const cJSON *item)
{
	size_t length = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
	return length > 0 && length < NAME_BYTES && strspn(item->valuestring, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

int service_names_nf(const struct service *s, uint32_t domain, uint32_t slot)
{
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		for (uint32_t i = 0; i < s->chains[c].length; i++) {
			const struct hop *hop = &s->chains[c].hops[i];
			if (hop->kind == HOP_NF && hop->domain == domain && hop->number == slot)
				return 1;
		}
	}
	for (uint32_t i = 0; i < NETVM_SERVICES; i++) {
		if (instances_have(&s->services[i].plan, domain, slot))
			return 1;
	}
	return 0;
}

static cJSON *shut_down(void *service, const cJSON *params, struct control_error *error)
{
	(void)params, (void)error;
	*((struct service *)service)->stop = 1;
	return cJSON_CreateObject();
}

#define PARAMS(...) (const char *const[]){__VA_ARGS__, NULL}
static const struct control_method methods[] = {
	{"status", PARAMS(NULL), service_status},
	{"chain.set", PARAMS("chain", "hops", "weight"), service_set_chain},
	{"chain.delete", PARAMS("chain"), service_delete_chain},
	{"service.set", PARAMS("service", "domain", "instances"), service_set_service},
	{"nf.stop", PARAMS("domain", "slot"), service_stop_nf},
	{"flow.set", PARAMS("flows", "chain"), service_set_flows},
	{"flow.delete", PARAMS("flows"), service_delete_flows},
	{"rules.set", PARAMS("rules"), service_set_rules},
	{"inline.load", PARAMS("file", "options"), service_load_inline},
	{"inline.unload", PARAMS("inline"), service_unload_inline},
	{"shutdown", PARAMS(NULL), shut_down},
	{0},
};

static cJSON *handle(void *context, const char *method, const cJSON *params, struct control_error *error)
{
	struct service *s = context;
	/* The data path takes no orders any more, so nothing may be changed under it. Several requests can be in what was read at once. */
	if (*s->stop && strcmp(method, "status") != 0) {
		control_failed(error, "netvmd is stopping");
		return NULL;
	}
	return control_dispatch(methods, s, method, params, error);
}

static void *serve(void *context)
{
	struct service *s = context;
	while (!*s->stop) {
		control_serve(s->control, TICK_MS);
		service_watch(s);
	}
	return NULL;
}

int service_start(struct service *s, const char *control_path)
{
	snprintf(s->chains[0].name, NAME_BYTES, "default");
	s->chains[0].weight = 1;
	s->control = control_open(control_path, handle, s);
	if (!s->control)
		return -1;
	int fault = pthread_create(&s->thread, NULL, serve, s);
	if (fault != 0)
		fprintf(stderr, "netvmd: cannot start its control thread: %s\n", strerror(fault));
	return fault == 0 ? 0 : -1;
}

void service_stop(struct service *s)
{
	pthread_join(s->thread, NULL);
	control_close(s->control);
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		if (s->inlines[i].nf)
			inline_unload(&s->inlines[i]);
	}
}
