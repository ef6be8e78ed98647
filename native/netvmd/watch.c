/* The lives of NFs in processes: a slot says who joined, and a pidfd when he is gone. */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service.h"

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
	if (service_in_chain(s, 0, slot) && !s->chain_down) {
		s->order.kind = ORDER_NF_DIED;
		service_order(s);
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

void service_watch(struct service *s)
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
