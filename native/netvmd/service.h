/*
 * netvmd's control service: a thread of its own that answers requests, watches NFs, and passes orders to the data path.
 * service.c has the thread and its orders, watch.c the NFs' lives, chain_request.c, inline_request.c and status.c what is asked for.
 */
#ifndef NETVM_NETVMD_SERVICE_H
#define NETVM_NETVMD_SERVICE_H

#include <pthread.h>

#include "../base/control.h"
#include "inline_load.h"
#include "path.h"

enum order_kind { ORDER_SET_CHAIN, ORDER_NF_DIED };

/* One order at a time; the service waits until the data path has carried it out. */
struct order {
	uint32_t pending; /* set by the service, cleared by the data path */
	enum order_kind kind;
	struct chain_plan plan;
	uint32_t reclaimed; /* answer to NF_DIED */
};

enum watch_state {
	WATCH_NONE,
	WATCH_READY,
	WATCH_DEAD,
	WATCH_QUARANTINED,
	WATCH_REFUSED, /* a process of another user */
};

/* What the service knows of the NF in a slot. */
struct watch {
	enum watch_state state;
	int pidfd;
	uint32_t pid;
	char name[32];
};

/* An NF of the chain as it was asked for. */
struct link {
	int is_inline;
	uint32_t domain; /* 0 where it is inline */
	uint32_t number; /* its slot, or its number among the inline NFs */
};

struct service {
	struct path *path;
	struct control *control;
	pthread_t thread;
	volatile int *stop;
	struct order order;
	struct watch watches[DOMAINS_MAX][NETVM_MAX_NFS];
	struct inline_nf inlines[NETVM_MAX_NFS];
	struct link chain[NETVM_MAX_NFS];
	uint32_t chain_length;
	int chain_down;
	uint32_t reclaimed; /* buffers taken back from dead NFs, ever */
};

/* Opens the control socket and starts the thread. Returns 0, or -1 with a sentence on stderr. */
int service_start(struct service *s, const char *control_path);

/* Waits for the thread, closes the socket, lets inline NFs stop. The data path must be done with them. */
void service_stop(struct service *s);

/* Called by the data path once a round. */
void service_obey(struct service *s);

/* Gives s->order, and waits until the data path has obeyed. Returns 0, or -1 where netvmd is stopping, and it will not. */
int service_order(struct service *s);

/* Whether that NF is in the chain. */
int service_in_chain(const struct service *s, const struct link *nf);

/* Looks at all slots: who joined, who died, whom the data path has quarantined. */
void service_watch(struct service *s);

/*
 * What the methods do: a control_method's `call`, its context the service. Each returns its result, or NULL with the reason in
 * `error`; then nothing was changed. Members of `params` that the list of methods does not name were refused before.
 */
cJSON *service_set_chain(void *service, const cJSON *params, struct control_error *error);
cJSON *service_load_inline(void *service, const cJSON *params, struct control_error *error);
cJSON *service_unload_inline(void *service, const cJSON *params, struct control_error *error);
cJSON *service_status(void *service, const cJSON *params, struct control_error *error);

/* A whole number from 0 to below `limit`, or -1. */
static inline int service_number(const cJSON *item, uint32_t limit)
{
	double value = cJSON_IsNumber(item) ? item->valuedouble : -1;
	return value >= 0 && value < limit && value == (int)value ? (int)value : -1;
}

#endif
