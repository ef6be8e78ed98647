/*
 * An interface of the kernel's through an AF_PACKET socket: frames come in through a ring that the kernel shares (TPACKET_V2), and are handed
 * over with sendmmsg past the queueing discipline, which says of each whether it was taken. So a full device holds the sender back, and
 * frames are lost in two places: at a full ring, which the kernel counts, and where the kernel refuses one for what it is. Plain C: guests have no DPDK for it.
 */
#ifndef NETVM_VSWITCH_PACKET_SOCKET_H
#define NETVM_VSWITCH_PACKET_SOCKET_H

#include <stdint.h>

#include "../abi/nf.h"

struct packet_socket {
	char interface[16];
	int index; /* the interface's: another one may come by the same name */
	int fd;
	uint8_t *ring;
	uint32_t next;     /* frame that is looked at next */
	uint32_t received; /* frames before it that were not released */
	uint64_t drops;
};

/* Brings the interface up, with nothing on it but this. Returns 0, -1 where there is no such interface, -2 with a sentence on stderr. */
int packet_open(struct packet_socket *s, const char *interface);

void packet_close(struct packet_socket *s);

/* Up to n frames, NETVM_NF_BURST at most, which stay where they are until they are released. What is too long for the ring is a drop. */
uint32_t packet_receive(struct packet_socket *s, struct netvm_packet *packets, uint32_t n);

/* Gives the kernel back all that was received. */
void packet_release(struct packet_socket *s);

/*
 * Returns how many of n frames, NETVM_NF_BURST at most, are done with: the device took them, or the kernel will never take one, which is longer than the MTU or shorter
 * than an Ethernet header; that is added to `refused`. 0 where the device is full, or down. Never waits.
 */
uint32_t packet_send(const struct packet_socket *s, const struct netvm_packet *packets, uint32_t n, uint64_t *refused);

/* Frames that found the ring full or were too long for it, since it was opened. A system call. */
uint64_t packet_drops(struct packet_socket *s);

/* Sleeps until there is a frame or the time is over. */
void packet_wait(const struct packet_socket *s, int ms);

/* Whether the interface is still there. A system call. */
int packet_there(const struct packet_socket *s);

/* Whether there is nothing to be received. */
int packet_empty(const struct packet_socket *s);

/* Whether the interface is still there, and up. System calls. */
int packet_up(const struct packet_socket *s);

#endif
