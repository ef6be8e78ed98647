/* Wakes a guest's NF: sleeps on its word in its place, and sends a byte when somebody has set it. */
#ifndef NETVM_VM_RELAY_H
#define NETVM_VM_RELAY_H

#include <stdint.h>

struct relay {
	int asleep;     /* eventfd: the guest's NF has gone to sleep */
	int line;       /* to the guest */
	uint32_t *word; /* of its slot */
	uint64_t woken; /* how often the guest was; atomic */
};

/* In a thread of its own, until the process ends. Returns 0, or -1 with a sentence on stderr. */
int relay_start(struct relay *r);

#endif
