/* netvmd's control service: a thread of its own that answers requests, watches NFs, and passes orders to the data path. */
#ifndef NETVM_NETVMD_SERVICE_H
#define NETVM_NETVMD_SERVICE_H

#include <pthread.h>

#include "../base/control.h"
#include "path.h"

enum order_kind { ORDER_SET_CHAIN, ORDER_NF_DIED };

/* One order at a time; the service waits until the data path has carried it out. */
struct order {
	uint32_t pending; /* set by the service, cleared by the data path */
	enum order_kind kind;
	uint32_t slots[NETVM_MAX_NFS];
	uint32_t length;
	int shared_core;
	uint32_t reclaimed; /* answer to NF_DIED */
};

enum watch_state { WATCH_NONE, WATCH_READY, WATCH_DEAD, WATCH_QUARANTINED };

/* What the service knows of the NF in a slot. */
struct watch {
	enum watch_state state;
	int pidfd;
	uint32_t pid;
	char name[32];
};

struct service {
	struct path *path;
	struct control *control;
	pthread_t thread;
	volatile int *stop;
	struct order order;
	struct watch watches[NETVM_MAX_NFS];
	uint32_t chain[NETVM_MAX_NFS];
	uint32_t chain_length;
	int chain_down;
	uint32_t reclaimed; /* buffers taken back from dead NFs, ever */
};

/* Opens the control socket and starts the thread. Returns 0, or -1 with a sentence on stderr. */
int service_start(struct service *s, const char *control_path);

/* Waits for the thread and closes the socket. */
void service_stop(struct service *s);

/* Called by the data path once a round. */
void service_obey(struct service *s);

#endif
