/*
 * netvmd's control service: a thread of its own that answers requests, watches NFs, and passes orders to the data path.
 * service.c has the thread, order.c its orders, watch.c the NFs' lives; what is asked for is in chain_request.c, service_request.c, flow_request.c, inline_request.c and status.c.
 */
#ifndef NETVM_NETVMD_SERVICE_H
#define NETVM_NETVMD_SERVICE_H

#include <pthread.h>
#include <string.h>

#include "../base/control.h"
#include "inline_load.h"
#include "order.h"
#include "path.h"
#include "topology.h"

#define NAME_BYTES NETVM_SERVICE_NAME_BYTES

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
	uint64_t ready_tsc;    /* when it said that it was ready */
	uint64_t ready_within; /* and how much earlier that may have been: 0 where the NF has said it by a clock that can be ours */
};

enum hop_kind { HOP_NF, HOP_INLINE, HOP_SERVICE };

/* A hop of a chain as it was asked for. */
struct hop {
	enum hop_kind kind;
	uint32_t domain; /* of an NF in a process */
	uint32_t number; /* its slot, its number among the inline NFs, or the service's */
};

struct chain_record {
	char name[NAME_BYTES]; /* empty: none. The first is the default chain */
	uint32_t weight;
	uint32_t length;
	struct hop hops[NETVM_MAX_NFS];
};

struct service_record {
	char name[NAME_BYTES]; /* empty: none */
	struct instances plan;
};

struct service {
	struct path *path;
	struct control *control;
	pthread_t thread;
	volatile int *stop;
	const struct topology *topology;
	uint32_t flow_capacity;
	struct order order;
	struct watch watches[DOMAINS_MAX][NETVM_MAX_NFS];
	struct inline_nf inlines[NETVM_MAX_NFS];
	struct chain_record chains[CHAINS_MAX];
	struct service_record services[NETVM_SERVICES];
	uint64_t looked_tsc;        /* when the last look at all slots began */
	uint32_t rules;             /* wildcard rules that are in force */
	uint32_t chains_with_rules; /* one bit each */
};

/* Opens the control socket and starts the thread. Returns 0, or -1 with a sentence on stderr. */
int service_start(struct service *s, const char *control_path);

/* Waits for the thread, closes the socket, lets inline NFs stop. The data path must be done with them. */
void service_stop(struct service *s);

/* Whether a chain or a service names that NF. */
int service_names_nf(const struct service *s, uint32_t domain, uint32_t slot);

/* Makes the flow table where there is none yet. Returns 0, or -1 with the reason in `error`. */
int service_need_flows(struct service *s, struct control_error *error);

/* The number of a chain or a service by its name, or -1. */
int service_chain_number(const struct service *s, const char *name);
int service_number_of(const struct service *s, const char *name);

/* 1 to 31 small letters, digits and "-". */
int service_is_name(const cJSON *item);

/* What the data path is to know of a chain. */
struct chain_plan service_plan_of(const struct service *s, const struct chain_record *chain);

/* Looks at all slots: who joined, who died, whom the data path has quarantined. */
void service_watch(struct service *s);

/*
 * What the methods do: a control_method's `call`, its context the service. Each returns its result, or NULL with the reason in
 * `error`; then nothing was changed. Members of `params` that the list of methods does not name were refused before.
 */
cJSON *service_set_chain(void *service, const cJSON *params, struct control_error *error);
cJSON *service_delete_chain(void *service, const cJSON *params, struct control_error *error);
cJSON *service_set_service(void *service, const cJSON *params, struct control_error *error);
cJSON *service_stop_nf(void *service, const cJSON *params, struct control_error *error);
cJSON *service_set_flows(void *service, const cJSON *params, struct control_error *error);
cJSON *service_delete_flows(void *service, const cJSON *params, struct control_error *error);
cJSON *service_set_rules(void *service, const cJSON *params, struct control_error *error);
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
