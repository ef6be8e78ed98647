/* The launcher's side of an ivshmem-doorbell: a guest rings, and processes are woken. */
#ifndef NETVM_VM_BELLS_H
#define NETVM_VM_BELLS_H

#include "../abi/guest.h"
#include "region.h"

struct bells {
	int qemu;               /* QEMU's end of the connection to its ivshmem server, which is us */
	int ours;               /* kept open: the device takes its server's end for good */
	int event[NETVM_BELLS]; /* eventfds */
	int any;                /* epoll over those that main looks after: all but the guest's own sleep */
	struct netvm_guest_page *page;
	const struct vm_region *region;
	uint64_t answered; /* whom the guest has woken: how often */
};

/* Returns 0, or -1 with a sentence on stderr. */
int bells_open(struct bells *b, const struct vm_region *region);

/* Wakes whom the guest has rung for. */
void bells_answer(struct bells *b);

#endif
