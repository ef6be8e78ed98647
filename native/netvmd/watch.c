/* The lives of NFs in processes: a slot says who joined, and a pidfd when he is gone. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../abi/wait.h"
#include "service.h"

/* Of the services' records; the data path does the same with what it knows. */
static void forget_everywhere(struct service *s, uint32_t domain, uint32_t slot)
{
	for (uint32_t i = 0; i < NETVM_SERVICES; i++)
		instances_take_out(&s->services[i].plan, domain, slot);
}

/* What was on routes through it comes back; then the slot is free. */
static void clear_slot(struct service *s, uint32_t domain, uint32_t slot)
{
	s->order.kind = ORDER_NF_GONE;
	s->order.nf.domain = domain;
	s->order.nf.slot = slot;
	order_give(&s->order, s->stop);
}

static void nf_died(struct service *s, uint32_t domain, uint32_t slot)
{
	struct watch *w = &s->watches[domain][slot];
	close(w->pidfd);
	w->pidfd = -1;
	w->state = WATCH_DEAD;
	forget_everywhere(s, domain, slot);
	clear_slot(s, domain, slot);
}

/* The first core that an NF may run on, which is pinned before it says that it is ready; -1: none. */
static int first_core(const cpu_set_t *cores)
{
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET((unsigned)core, cores))
			return core;
	}
	return -1;
}

static void nf_joined(struct service *s, uint32_t domain, uint32_t slot, uint32_t pid)
{
	cpu_set_t cores;
	CPU_ZERO(&cores);
	sched_getaffinity((pid_t)pid, sizeof cores, &cores);
	s->order.kind = ORDER_NF_JOINED;
	s->order.nf.domain = domain;
	s->order.nf.slot = slot;
	s->order.nf.shares_core = CPU_ISSET((unsigned)s->path->core, &cores);
	s->order.nf.core = first_core(&cores);
	s->order.nf.node = s->order.nf.core < 0 ? TOPOLOGY_NONE : topology_node_of_core(s->topology, s->order.nf.core);
	order_give(&s->order, s->stop);
}

/*
 * Whether a process acts for our own user, as /proc says. The file's mode keeps others out; this finds one that was given the region by somebody who may open it, and
 * says who it is.
 */
static int is_ours(uint32_t pid)
{
	char file[32], line[256];
	unsigned real, effective, ours = 0;
	snprintf(file, sizeof file, "/proc/%u/status", pid);
	FILE *f = fopen(file, "re");
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "Uid: %u %u", &real, &effective) == 2)
			ours = effective == geteuid();
	}
	if (f)
		fclose(f);
	return (int)ours;
}

/*
 * What the NF says is believed where it lies between the last look, at which it was not ready, and this one. A guest whose clock is another than ours, and one
 * that lies, is known no better than from one look to the next.
 */
static void note_ready(const struct service *s, struct watch *w, const struct netvm_nf_slot *shared)
{
	uint64_t said = __atomic_load_n(&shared->ready_tsc, __ATOMIC_RELAXED); /* hostile input, read once */
	uint64_t now = netvm_tsc();
	int can_be = said > s->looked_tsc && said <= now;
	w->ready_tsc = can_be ? said : now;
	w->ready_within = can_be ? 0 : now - s->looked_tsc;
}

/* The pidfd is held while /proc is read, and its process lives after that: so it was read of no successor with the same pid. */
static void watch_new_nf(struct service *s, uint32_t domain, uint32_t slot)
{
	struct netvm_nf_slot *shared = region_slot(path_region(s->path, domain), slot);
	struct watch *w = &s->watches[domain][slot];
	uint32_t pid = shared->pid; /* hostile input, read once */
	int pidfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pidfd < 0)
		return;
	/* Its predecessor's conduct is not its own. */
	__atomic_fetch_and(&s->path->quarantined[domain], ~(1u << slot), __ATOMIC_ACQ_REL);
	*w = (struct watch){.state = is_ours(pid) ? WATCH_READY : WATCH_REFUSED, .pidfd = pidfd, .pid = pid};
	memcpy(w->name, shared->name, sizeof w->name - 1);
	note_ready(s, w, shared);
	if (w->state == WATCH_READY)
		nf_joined(s, domain, slot, pid);
}

/* It took the slot and was gone before we had looked: there was no pidfd to say so, and nobody else would ever get the slot. */
static int died_unseen(const struct netvm_nf_slot *shared)
{
	uint32_t pid = __atomic_load_n(&shared->pid, __ATOMIC_RELAXED); /* hostile input, read once */
	return pid > 1 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static void watch_slot(struct service *s, uint32_t domain, uint32_t slot)
{
	struct watch *w = &s->watches[domain][slot];
	struct netvm_nf_slot *shared = region_slot(path_region(s->path, domain), slot);
	uint32_t state = __atomic_load_n(&shared->state, __ATOMIC_ACQUIRE);
	uint32_t bit = 1u << slot;
	if (w->state == WATCH_READY && __atomic_fetch_and(&s->path->quarantined[domain], ~bit, __ATOMIC_ACQ_REL) & bit) {
		w->state = WATCH_QUARANTINED;
		forget_everywhere(s, domain, slot);
	}
	if (w->state == WATCH_READY || w->state == WATCH_QUARANTINED || w->state == WATCH_REFUSED) {
		struct pollfd p = {.fd = w->pidfd, .events = POLLIN};
		if (poll(&p, 1, 0) == 1)
			nf_died(s, domain, slot);
	} else if (state != NETVM_NF_FREE && died_unseen(shared)) {
		clear_slot(s, domain, slot);
	} else if (state == NETVM_NF_READY) {
		watch_new_nf(s, domain, slot);
	}
}

void service_watch(struct service *s)
{
	uint64_t now = netvm_tsc();
	for (uint32_t domain = 0; domain < s->path->domains; domain++) {
		for (uint32_t slot = 0; slot < NETVM_MAX_NFS; slot++)
			watch_slot(s, domain, slot);
	}
	s->looked_tsc = now;
}
