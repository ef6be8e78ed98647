#define _GNU_SOURCE
#include "wire.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

int wire_init_eal(const struct wire_options *o)
{
	static char lcores[32], memory[16], wire[256]; /* EAL keeps the pointers */
	char *argv[16 + 2 * WIRE_VDEVS_MAX];
	int argc = 0;
	snprintf(lcores, sizeof lcores, "0@%d", o->core);
	snprintf(memory, sizeof memory, "%d", o->memory_mb);
	if (o->port)
		snprintf(wire, sizeof wire, "--vdev=%s", o->port);
	else
		snprintf(wire, sizeof wire, "--vdev=net_memif0,role=client,id=0,socket=%s,socket-abstract=no,rsize=%d,bsize=2048,zero-copy=yes",
			 o->socket, o->log2_ring);
	argv[argc++] = (char *)o->program;
	argv[argc++] = "--lcores";
	argv[argc++] = lcores;
	argv[argc++] = "-m";
	argv[argc++] = memory;
	argv[argc++] = "--in-memory";
	argv[argc++] = "--single-file-segments";
	argv[argc++] = "--no-telemetry";
	argv[argc++] = o->pci ? "--iova-mode=pa" : "--iova-mode=va";
	argv[argc++] = o->pci ? "--allow" : "--no-pci";
	if (o->pci)
		argv[argc++] = (char *)o->pci;
	argv[argc++] = "--log-level=4";
	if (o->port || o->socket)
		argv[argc++] = wire;
	for (int i = 0; i < o->vdev_count && i < WIRE_VDEVS_MAX; i++) {
		argv[argc++] = "--vdev";
		argv[argc++] = o->vdevs[i];
	}
	argv[argc] = NULL;
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "%s: DPDK did not start: %s; are there %d MB of free 2 MB huge pages (see nr_hugepages) and a core %d?\n",
			o->program, rte_strerror(rte_errno), o->memory_mb, o->core);
		return -1;
	}
	return 0;
}

/* Returns 0, or -1 with a sentence on stderr. */
static int check_queues(uint16_t port, uint16_t queues)
{
	struct rte_eth_dev_info info;
	int fault = rte_eth_dev_info_get(port, &info);
	if (fault != 0) {
		fprintf(stderr, "port %u says nothing of itself: %s\n", port, rte_strerror(-fault));
		return -1;
	}
	if (queues <= info.max_rx_queues && queues <= info.max_tx_queues)
		return 0;
	fprintf(stderr, "port %u (%s) has %u receive and %u transmit queues, and %u of each are asked for: give --queues a lower number\n",
		port, info.driver_name, info.max_rx_queues, info.max_tx_queues, queues);
	return -1;
}

static int set_up_queues(uint16_t port, struct rte_mempool *pool, uint16_t descriptors, uint16_t queues)
{
	uint16_t rx = descriptors, tx = descriptors;
	int fault = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
	for (uint16_t q = 0; q < queues && fault == 0; q++) {
		fault = rte_eth_rx_queue_setup(port, q, rx, SOCKET_ID_ANY, NULL, pool);
		if (fault == 0)
			fault = rte_eth_tx_queue_setup(port, q, tx, SOCKET_ID_ANY, NULL);
	}
	return fault;
}

int wire_start_port(uint16_t port, struct rte_mempool *pool, uint16_t descriptors, uint16_t queues)
{
	struct rte_eth_conf conf = {0};
	const char *step = "configure";
	if (check_queues(port, queues) != 0)
		return -1;
	int fault = rte_eth_dev_configure(port, queues, queues, &conf);
	if (fault == 0) {
		step = "set up the queues of";
		fault = set_up_queues(port, pool, descriptors, queues);
	}
	if (fault == 0) {
		step = "start";
		fault = rte_eth_dev_start(port);
	}
	if (fault != 0)
		fprintf(stderr, "cannot %s port %u: %s\n", step, port, rte_strerror(-fault));
	return fault;
}

int wire_link_up(uint16_t port)
{
	struct rte_eth_link link;
	return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

void wire_settle_thread(void)
{
	struct sched_param param = {0};
	if (sched_setscheduler(0, SCHED_BATCH, &param) != 0)
		perror("sched_setscheduler(SCHED_BATCH)");
}
