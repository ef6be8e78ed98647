/* A tap device as a port of the switch: what is sent into it a guest receives, and the other way round. Frames are copied to and from mbufs. */
#ifndef NETVM_VSWITCH_TAP_PORT_H
#define NETVM_VSWITCH_TAP_PORT_H

#include <rte_mbuf.h>

#include "packet_socket.h"

struct tap_port {
	struct packet_socket socket;
	struct rte_mempool *pool;
	uint64_t drops;   /* of its devices before */
	uint64_t refused; /* frames that the kernel does not send; the sender's */
	int open; /* set by the thread that opens it, when all of it can be used, and cleared by the one that uses it, which then does so no more */
};

/* Up to n packets, NETVM_NF_BURST at most. */
uint32_t tap_receive(struct tap_port *t, struct rte_mbuf **m, uint32_t n);

/* Returns how many of n packets were taken, or refused, which are freed then. */
uint32_t tap_send(struct tap_port *t, struct rte_mbuf **m, uint32_t n);

/* Frames that found the ring full, of all its devices. On the thread that uses it. A system call. */
uint64_t tap_drops(struct tap_port *t);

/* On the thread that uses it: gives up a device that has gone, when all that came from it was received. One that comes anew by its name is another. A system call. */
void tap_give_up(struct tap_port *t);

/* On another thread: opens it where its guest has made it by now, or made it anew. Returns 0, also where there is none yet, or -1 with a sentence on stderr. */
int tap_look(struct tap_port *t, const char *interface);

int tap_up(const struct tap_port *t);

#endif
