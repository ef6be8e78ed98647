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
	argv[argc++] = "--no-pci";
	argv[argc++] = "--no-telemetry";
	argv[argc++] = "--iova-mode=va";
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

int wire_start_port(uint16_t port, struct rte_mempool *pool, uint16_t descriptors)
{
	struct rte_eth_conf conf = {0};
	const char *step = "configure";
	int fault = rte_eth_dev_configure(port, 1, 1, &conf);
	if (fault == 0) {
		uint16_t rx = descriptors, tx = descriptors;
		step = "set up the queues of";
		fault = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
		if (fault == 0)
			fault = rte_eth_rx_queue_setup(port, 0, rx, SOCKET_ID_ANY, NULL, pool);
		if (fault == 0)
			fault = rte_eth_tx_queue_setup(port, 0, tx, SOCKET_ID_ANY, NULL);
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
