#include "service.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often the service looks at the NFs' lives and for new ones. */
#define TICK_MS 20

void service_obey(struct service *s)
{
	struct order *o = &s->order;
	if (__builtin_expect(__atomic_load_n(&o->pending, __ATOMIC_ACQUIRE) == 0, 1))
		return;
	if (o->kind == ORDER_SET_CHAIN)
		path_set_chain(s->path, &o->plan, COUNT_DROP_CHANGED);
	else
		o->reclaimed = path_nf_died(s->path);
	__atomic_store_n(&o->pending, 0, __ATOMIC_RELEASE);
}

/* A round takes microseconds, a drain some milliseconds. */
int service_order(struct service *s)
{
	__atomic_store_n(&s->order.pending, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&s->order.pending, __ATOMIC_ACQUIRE) && !*s->stop)
		usleep(200);
	return __atomic_load_n(&s->order.pending, __ATOMIC_ACQUIRE) ? -1 : 0;
}

int service_in_chain(const struct service *s, const struct link *nf)
{
	for (uint32_t i = 0; i < s->chain_length; i++) {
		const struct link *l = &s->chain[i];
		if (l->is_inline == nf->is_inline && l->domain == nf->domain && l->number == nf->number)
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
	{"chain.set", PARAMS("slots"), service_set_chain},
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
