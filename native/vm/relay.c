#define _GNU_SOURCE
#include "relay.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../abi/futex.h"

/* Longer than the NF sleeps by itself: then it has long looked, and what is not set by now was withdrawn. */
#define LIMIT_NS 200000000l

static void *run(void *context)
{
	struct relay *r = context;
	uint64_t times;
	struct pollfd p = {.fd = r->asleep, .events = POLLIN}; /* QEMU makes the eventfd one that does not block */
	while (poll(&p, 1, -1) >= 0) {
		if (read(r->asleep, &times, sizeof times) != (ssize_t)sizeof times)
			continue;
		netvm_sleep(r->word, LIMIT_NS); /* back at once where it was set meanwhile */
		/* A line that is full has a byte in it that wakes the guest as well. */
		send(r->line, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		__atomic_fetch_add(&r->woken, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int relay_start(struct relay *r)
{
	pthread_t thread;
	int fault = pthread_create(&thread, NULL, run, r);
	if (fault == 0)
		return 0;
	fprintf(stderr, "netvm-vm: pthread_create: %s\n", strerror(fault));
	return -1;
}
