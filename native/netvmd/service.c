#define _GNU_SOURCE
#include "service.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "../base/wire.h"

/* How often the service looks at the NFs' lives and for new ones. */
#define TICK_MS 20

void service_obey(struct service *s)
{
	struct order *o = &s->order;
	if (__builtin_expect(__atomic_load_n(&o->pending, __ATOMIC_ACQUIRE) == 0, 1))
		return;
	if (o->kind == ORDER_SET_CHAIN)
		path_set_chain(s->path, o->slots, o->length, o->shared_core, COUNT_DROP_CHANGED);
	else
		o->reclaimed = path_nf_died(s->path);
	__atomic_store_n(&o->pending, 0, __ATOMIC_RELEASE);
}

/* Waits until the data path has obeyed; a round takes microseconds, a drain some milliseconds. */
static void give_order(struct service *s)
{
	__atomic_store_n(&s->order.pending, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&s->order.pending, __ATOMIC_ACQUIRE) && !*s->stop)
		usleep(200);
}

static int in_chain(const struct service *s, uint32_t slot)
{
	for (uint32_t i = 0; i < s->chain_length; i++) {
		if (s->chain[i] == slot)
			return 1;
	}
	return 0;
}

/* The slot becomes free for a successor: rings empty, orders none. */
static void clear_slot(struct service *s, uint32_t slot)
{
	struct netvm_nf_slot *shared = netvm_slot(s->path->region.base, slot);
	for (uint32_t i = 0; i < 2; i++) {
		struct netvm_ring *ring = region_ring(&s->path->region, 2 * slot + i);
		ring->head = ring->tail = 0;
	}
	memset(shared, 0, sizeof *shared);
	shared->next = NETVM_TO_HOST;
	__atomic_store_n(&shared->state, NETVM_NF_FREE, __ATOMIC_RELEASE);
}

static void nf_died(struct service *s, uint32_t slot)
{
	struct watch *w = &s->watches[slot];
	close(w->pidfd);
	w->pidfd = -1;
	w->state = WATCH_DEAD;
	if (in_chain(s, slot) && !s->chain_down) {
		s->order.kind = ORDER_NF_DIED;
		give_order(s);
		s->reclaimed += s->order.reclaimed;
		s->chain_down = 1;
	}
	clear_slot(s, slot);
}

static void watch_new_nf(struct service *s, uint32_t slot)
{
	struct netvm_nf_slot *shared = netvm_slot(s->path->region.base, slot);
	struct watch *w = &s->watches[slot];
	uint32_t pid = shared->pid; /* hostile input, read once */
	int pidfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pidfd < 0)
		return;
	*w = (struct watch){.state = WATCH_READY, .pidfd = pidfd, .pid = pid};
	memcpy(w->name, shared->name, sizeof w->name - 1);
}

static void watch_nfs(struct service *s)
{
	for (uint32_t slot = 0; slot < NETVM_MAX_NFS; slot++) {
		struct watch *w = &s->watches[slot];
		uint32_t state = __atomic_load_n(&netvm_slot(s->path->region.base, slot)->state, __ATOMIC_ACQUIRE);
		uint32_t bit = 1u << slot;
		if (w->state == WATCH_READY && __atomic_fetch_and(&s->path->quarantined, ~bit, __ATOMIC_ACQ_REL) & bit)
			w->state = WATCH_QUARANTINED;
		if (w->state == WATCH_READY || w->state == WATCH_QUARANTINED) {
			struct pollfd p = {.fd = w->pidfd, .events = POLLIN};
			if (poll(&p, 1, 0) == 1)
				nf_died(s, slot);
		} else if (state == NETVM_NF_READY) {
			watch_new_nf(s, slot);
		}
	}
	if (s->chain_length > 0 && !s->chain_down && s->path->chain.state == CHAIN_DOWN)
		s->chain_down = 1; /* the data path took it down itself, for an NF's conduct */
}

static int shares_core(const struct watch *w, int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	return sched_getaffinity((pid_t)w->pid, sizeof set, &set) == 0 && CPU_ISSET((unsigned)core, &set);
}

static cJSON *set_chain(struct service *s, const cJSON *params, char error[256])
{
	const cJSON *slots = cJSON_GetObjectItemCaseSensitive(params, "slots"), *item;
	struct order *o = &s->order;
	uint32_t n = 0;
	int shared = 0;
	if (!cJSON_IsArray(slots) || cJSON_GetArraySize(slots) > (int)NETVM_MAX_NFS) {
		snprintf(error, 256, "slots: expected a list of at most %u slot numbers", NETVM_MAX_NFS);
		return NULL;
	}
	watch_nfs(s);
	cJSON_ArrayForEach(item, slots)
	{
		double slot = cJSON_IsNumber(item) ? item->valuedouble : -1;
		if (!(slot >= 0 && slot < NETVM_MAX_NFS && slot == (uint32_t)slot) || s->watches[(int)slot].state != WATCH_READY) {
			snprintf(error, 256, "slots[%u]: expected the slot of an NF that is ready", n);
			return NULL;
		}
		for (uint32_t i = 0; i < n; i++) {
			if (o->slots[i] == (uint32_t)slot) {
				snprintf(error, 256, "slots[%u]: an NF can be in a chain once", n);
				return NULL;
			}
		}
		shared |= shares_core(&s->watches[(int)slot], s->path->core);
		o->slots[n++] = (uint32_t)slot;
	}
	o->kind = ORDER_SET_CHAIN;
	o->length = n;
	o->shared_core = shared;
	give_order(s);
	memcpy(s->chain, o->slots, sizeof s->chain);
	s->chain_length = n;
	s->chain_down = 0;
	return cJSON_CreateObject();
}

static void add_buffers(const struct service *s, cJSON *status)
{
	const struct region *r = &s->path->region;
	uint32_t pool = rte_mempool_avail_count(r->pool), chain = 0;
	for (uint32_t i = 0; i < r->buffers; i++)
		chain += r->holder[i] != HELD_BY_HOST;
	cJSON *o = cJSON_AddObjectToObject(status, "buffers");
	cJSON_AddNumberToObject(o, "total", r->buffers);
	cJSON_AddNumberToObject(o, "pool", pool);
	cJSON_AddNumberToObject(o, "chain", chain);
	cJSON_AddNumberToObject(o, "port", (double)r->buffers - pool - chain);
	cJSON_AddNumberToObject(o, "reclaimed", s->reclaimed);
}

/* What the NF says of itself, and how many packets wait for it: shared memory, so only numbers that cannot do harm. */
static void add_accounts(const struct service *s, uint32_t slot, cJSON *nf)
{
	const struct region *r = &s->path->region;
	const struct netvm_nf_slot *shared = netvm_slot(r->base, slot);
	const struct netvm_ring *in = region_ring(r, 2 * slot);
	uint32_t depth = __atomic_load_n(&in->head, __ATOMIC_RELAXED) - __atomic_load_n(&in->tail, __ATOMIC_RELAXED);
	cJSON *ring = cJSON_AddObjectToObject(nf, "ring");
	cJSON_AddNumberToObject(ring, "depth", depth < r->ring_entries ? depth : r->ring_entries);
	cJSON_AddNumberToObject(ring, "entries", r->ring_entries);
	cJSON_AddNumberToObject(nf, "received", (double)__atomic_load_n(&shared->received, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "dropped", (double)__atomic_load_n(&shared->dropped, __ATOMIC_RELAXED));
	cJSON_AddNumberToObject(nf, "wakeups", (double)__atomic_load_n(&shared->wakeups, __ATOMIC_RELAXED));
}

static cJSON *status(struct service *s)
{
	static const char *const states[] = {"none", "ready", "dead", "quarantined"};
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "state", s->chain_down ? "chain-down" : "ready");
	cJSON_AddBoolToObject(o, "linkUp", wire_link_up(s->path->port));
	cJSON *chain = cJSON_AddArrayToObject(o, "chain");
	for (uint32_t i = 0; i < s->chain_length; i++)
		cJSON_AddItemToArray(chain, cJSON_CreateNumber(s->chain[i]));
	cJSON *nfs = cJSON_AddArrayToObject(o, "nfs");
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		const struct watch *w = &s->watches[i];
		if (w->state == WATCH_NONE)
			continue;
		cJSON *nf = cJSON_CreateObject();
		cJSON_AddNumberToObject(nf, "slot", i);
		cJSON_AddStringToObject(nf, "name", w->name);
		cJSON_AddNumberToObject(nf, "pid", w->pid);
		cJSON_AddStringToObject(nf, "state", states[w->state]);
		add_accounts(s, i, nf);
		cJSON_AddItemToArray(nfs, nf);
	}
	add_buffers(s, o);
	return o;
}

static cJSON *handle(void *context, const char *method, const cJSON *params, char error[256])
{
	struct service *s = context;
	if (strcmp(method, "chain.set") == 0)
		return set_chain(s, params, error);
	if (strcmp(method, "status") == 0) {
		watch_nfs(s);
		return status(s);
	}
	if (strcmp(method, "shutdown") == 0) {
		*s->stop = 1;
		return cJSON_CreateObject();
	}
	snprintf(error, 256, "no method %.64s: expected status, chain.set or shutdown", method);
	return NULL;
}

static void *serve(void *context)
{
	struct service *s = context;
	while (!*s->stop) {
		control_serve(s->control, TICK_MS);
		watch_nfs(s);
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
}
