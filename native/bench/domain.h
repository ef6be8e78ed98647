/* A trust domain without netvmd: a region, NFs in programs of their own, and a chain of them that descriptors are sent through. For benchmarks and tests. */
#ifndef NETVM_BENCH_DOMAIN_H
#define NETVM_BENCH_DOMAIN_H

#include <sys/types.h>

#include "../abi/ring.h"

#define DOMAIN_RING 4096u
#define DOMAIN_STRIDE 2112u

struct domain {
	uint8_t *region; /* the header is first */
	uint64_t bytes;  /* the file has a hole behind, as netvmd's has */
	char file[64]; /* its name for other processes; there is none in the file system */
	pid_t nf[NETVM_MAX_NFS]; /* by slot; 0: none */
	struct netvm_producer first;
	struct netvm_consumer last;
};

/* Returns 0, or -1 with errno. On huge pages where there are some free. */
int domain_create(struct domain *d, uint32_t buffers);

/* Starts a program in a slot; `argv` is all of it. What it says goes to `log` (a descriptor; -1: where ours does). It dies with us. */
void domain_start(struct domain *d, uint32_t slot, char *const *argv, int log);

/* Waits for the slot's NF to be ready. Returns 0, or its wait status where it ends instead. */
int domain_wait_ready(struct domain *d, uint32_t slot);

/* Makes a chain of the NFs in slots 0 to n - 1. */
void domain_chain(struct domain *d, uint32_t n);

/* Sends `n` descriptors through the chain of NFs on this core and waits for all of them, as netvmd does. Returns 0, or -1 where an NF has died. */
int domain_round(struct domain *d, struct netvm_desc *desc, uint32_t n);

/* Asks the slot's NF to leave, and waits for it. Returns its wait status. */
int domain_stop(struct domain *d, uint32_t slot);

/* As new: no NF, no chain, rings empty. NFs have to be stopped before. */
void domain_reset(struct domain *d);

/* Gives the memory back; NFs have to be stopped before. */
void domain_delete(struct domain *d);

#endif
