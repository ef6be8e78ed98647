/*
 * The server's side of a memif wire: a thread that takes a client through the handshake, maps what it shares, and notices
 * when it goes. The data path (memif_ring.h) looks at `live` once a burst and needs no lock.
 *
 * Nothing that comes from the client is believed: messages, descriptors, indexes and the size of the shared files are checked before
 * they are used. A client that breaks the rules is disconnected and told why; one that dies leaves memory that stays mapped until
 * no thread looks at it any more.
 */
#ifndef NETVM_GEN_MEMIF_SERVER_H
#define NETVM_GEN_MEMIF_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "memif.h"

#define MEMIF_QUEUES_MAX 16u
#define MEMIF_REGIONS_MAX 64u
#define MEMIF_SERVERS_MAX 16u /* of a process: one for each virtual function */

/* An inbound frame may have any length; a buffer for an outbound one has room for this, or the client is disconnected. */
#define MEMIF_BUFFER_BYTES 1536u

struct memif_region {
	uint8_t *base;
	uint64_t bytes;  /* as far as offsets may go */
	uint64_t mapped; /* whole pages */
};

struct memif_ring_place {
	struct memif_ring *ring; /* NULL: there is none of this index */
	uint16_t entries;        /* a power of two */
};

/* What a connected client shares. Not changed while any end looks at it. */
struct memif_link {
	uint32_t regions;
	struct memif_region region[MEMIF_REGIONS_MAX];
	struct memif_ring_place c2s[MEMIF_QUEUES_MAX], s2c[MEMIF_QUEUES_MAX];
};

/* One direction of one queue, as its thread sees it. Each is used by one thread only. */
struct memif_end {
	struct memif_server *server;
	_Atomic uint32_t looking_at; /* the connection whose memory this end may touch; 0: none */
	uint32_t connection;         /* the one that the rest is of */
	struct memif_ring *ring;
	uint16_t mask;
	uint16_t next;    /* slot of the next frame */
	uint16_t limit;   /* the peer's index as last read: slots from next up to here are ours */
	uint16_t asked;   /* descriptors up to this slot were asked for */
	uint16_t fetched; /* buffers up to this slot were asked for */
	uint16_t peeked;  /* slots that peek walked over and release gives back */
};

struct memif_server {
	_Atomic uint32_t live; /* number of the connection that is up; 0: none */
	struct memif_link link;
	struct memif_end tx[MEMIF_QUEUES_MAX], rx[MEMIF_QUEUES_MAX];

	/* The rest is the thread's. */
	pthread_t thread;
	char path[108];
	int listener;
	int poke;             /* eventfd: look at `stop` and `fault` */
	_Atomic int stop;
	_Atomic(const char *) fault; /* what the data path found wrong with the connection */
	int client;           /* -1: none */
	int initialised;      /* it has sent a good init */
	uint32_t connections; /* counted, to number them */
	struct memif_ring_request {
		int present;
		struct memif_add_ring ring;
	} c2s[MEMIF_QUEUES_MAX], s2c[MEMIF_QUEUES_MAX];
	char refusal[96];     /* the last reason a client was disconnected for; for tests and the log */
};

/* Listens at path (mode 0600) and starts the thread. MEMIF_SERVERS_MAX at once. Returns NULL with a sentence on stderr. */
struct memif_server *memif_server_open(const char *path);

/* Disconnects, stops the thread, removes the socket. No end may be in use. */
void memif_server_close(struct memif_server *s);

static inline int memif_link_up(struct memif_server *s)
{
	return atomic_load_explicit(&s->live, memory_order_acquire) != 0;
}

/* The data path found something impossible; `reason` lives for ever. The link goes down at once and the client is told. */
void memif_server_fault(struct memif_server *s, const char *reason);

/*
 * Looks at the connection that is up now. Returns 0 where there is none or it has no ring for this end. After that the end's
 * memory stays mapped until memif_end_rest, or until the end comes by again after the client went.
 */
int memif_end_look(struct memif_end *e);

/* This end touches nothing until it looks again. Called when a trial has ended. */
static inline void memif_end_rest(struct memif_end *e)
{
	atomic_store_explicit(&e->looking_at, 0, memory_order_release);
}

#endif
