/*
 * The loop of an NF behind a DPDK port: the same NF source as on NetVM, whatever the port is. What differs is how the port is made
 * (nf_virtio.c, nf_vf.c). NFs share a core: an idle one yields.
 */
#ifndef NETVM_VSWITCH_NF_LOOP_H
#define NETVM_VSWITCH_NF_LOOP_H

#include <stdint.h>

#include "nf_program.h"

struct rte_mempool;

/* One EAL program has one. Set before nf_loop_run: all but the last five. */
struct nf_port {
	uint16_t port;
	uint16_t queues;
	int core;
	int copies;            /* its driver copies frames in and out, which takes time of this loop */
	uint32_t turn_packets; /* yields after so many at the latest, for who comes next on this core; 0: when there are none */
	int in_guest;          /* its telemetry has NF_COUNTERS_ALL alone */
	int halts;             /* there: sleeps where it would yield, since only a halted guest lets others have the host's core */
	int sets_next_mac;     /* frames are sent to next_mac, as a network that is switched by address needs it */
	uint8_t next_mac[6];
	void (*ready)(void);   /* called when its link is up; or NULL */
	struct telemetry telemetry;
	uint64_t ticks_per_us;
	uint64_t last;    /* when the loop last came by */
	uint64_t yielded; /* of a burst's time */
	uint32_t turn;    /* packets since the last yield */
};

/* Packet buffers of the port. Returns NULL with a sentence on stderr. */
struct rte_mempool *nf_loop_pool(const char *program, uint32_t buffers);

/* Runs until a signal ends it, and stops the port. Returns the exit status. */
int nf_loop_run(struct nf_port *p);

#endif
