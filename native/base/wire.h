/* Starting DPDK with one port: the virtual wire (net_memif) or any other port named by --port. */
#ifndef NETVM_BASE_WIRE_H
#define NETVM_BASE_WIRE_H

#include <stdint.h>
#include <rte_mbuf.h>

#define WIRE_VDEVS_MAX 32

/*
 * Descriptors of the device's end of the wire, the same for every data plane: 8192, as many as the larger NICs have. At 14.88 Mpps
 * they hide 550 us in which nobody receives, which on a virtual machine happens many times a second.
 */
#define WIRE_LOG2_RING 13

/* Queues of the wire: each has two rings of its own, and each of the generator's senders one queue. */
#define WIRE_QUEUES_MAX 16u

struct wire_options {
	const char *program;
	int core;           /* lcore 0 runs here */
	int memory_mb;      /* huge pages of DPDK's own */
	int log2_ring;      /* slots of each direction of the wire */
	const char *socket; /* of the wire, whose device side this program is (the other is gen/memif_server.h); or: */
	const char *port;   /* a DPDK device argument, for example "net_af_packet0,iface=veth0" */
	const char *pci;    /* or a PCI device, by its address, which a guest's driver reaches by physical addresses */
	char *const *vdevs; /* more devices, as DPDK device arguments */
	int vdev_count;
};

/* Starts EAL: no PCI scan unless asked, nothing left on disk. Returns 0, or -1 with a sentence on stderr. */
int wire_init_eal(const struct wire_options *o);

/*
 * Configures port with so many queue pairs, each ring of so many descriptors, and starts it. All take their buffers from one pool,
 * so it must have enough for all rings. Returns 0, or not 0 with a sentence on stderr, also where the port has fewer queues.
 */
int wire_start_port(uint16_t port, struct rte_mempool *pool, uint16_t descriptors, uint16_t queues);

int wire_link_up(uint16_t port);

/* How many ticks copying so many bytes may take at most, at 2 GB/s: a loop that copies frames was not away for that long. */
static inline uint64_t wire_copy_ticks(uint64_t bytes, uint64_t ticks_per_us)
{
	return bytes * ticks_per_us / 2000;
}

/* SCHED_BATCH for a data path's thread: tasks it wakes on its own core do not preempt it. */
void wire_settle_thread(void);

#endif
