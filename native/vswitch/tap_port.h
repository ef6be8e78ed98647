/* A tap device as a port of the switch: what is sent into it a guest receives, and the other way round. Frames are copied to and from mbufs. */
#ifndef NETVM_VSWITCH_TAP_PORT_H
#define NETVM_VSWITCH_TAP_PORT_H

#include <rte_mbuf.h>

#include "packet_socket.h"

struct tap_port {
	struct packet_socket socket;
	struct rte_mempool *pool;
	uint64_t refused; /* frames that the kernel does not send; the sender's */
	int open; /* set, once, by the thread that opens it, when all of it can be used */
};

/* Up to n packets, NETVM_NF_BURST at most. */
uint32_t tap_receive(struct tap_port *t, struct rte_mbuf **m, uint32_t n);

/* Returns how many of n packets were taken, or refused, which are freed then. */
uint32_t tap_send(struct tap_port *t, struct rte_mbuf **m, uint32_t n);

/* Opens it where its guest has made it by now. Returns 0, also where there is none yet, or -1 with a sentence on stderr. */
int tap_look(struct tap_port *t, const char *interface);

int tap_up(const struct tap_port *t);

#endif
