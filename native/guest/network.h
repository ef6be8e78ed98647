/* What NFs behind a guest's network device have in common: how the launcher starts them, where their counters go. */
#ifndef NETVM_GUEST_NETWORK_H
#define NETVM_GUEST_NETWORK_H

#include <stddef.h>

#include "../base/telemetry.h"

struct network_nf {
	char program[64];
	int index; /* in its chain */
	int polls; /* it never sleeps: the guest has a core of its own */
	struct telemetry telemetry;
};

/*
 * Reads the launcher's arguments and starts the NF; its telemetry, with so many counters of enum nf_counter, goes into the ivshmem device. Returns 0, or the exit
 * status after a sentence on stderr.
 */
int network_start(struct network_nf *n, const char *kind, int argc, char **argv, uint32_t counters);

/* Tells the launcher that packets would pass. */
void network_ready(void);

/* Sets pages of 2 MB aside for DPDK. Returns 0, or -1 with a sentence on stderr. */
int network_reserve_pages(int pages);

/* The virtio network device's address, into `to`, given to the driver by which DPDK reaches it. Returns 0, or -1 with a sentence on stderr. */
int network_take_device(char *to, size_t bytes);

#endif
