/* main() of every NF in a guest that has DPDK: on the virtio PCI device, around the same loop as on the host. init runs it, told how by the launcher. */
#include <sys/stat.h>

#include "../base/wire.h"
#include "../vswitch/nf_loop.h"
#include "network.h"

#define MEMORY_MB 32
#define PAGES 20     /* of 2 MB: some more than that, for what else is in them */
#define QUEUE 1024   /* of vhost-user's device in QEMU */
#define POOL_SPARE 1023u

int main(int argc, char **argv)
{
	static struct network_nf n;
	static struct nf_port p;
	static char address[64];
	int fault = network_start(&n, "virtio", argc, argv, NF_COUNTERS_ALL);
	if (fault != 0)
		return fault;
	p = (struct nf_port){.queues = 1, .copies = 1, .in_guest = 1, .halts = !n.polls, .telemetry = n.telemetry, .ready = network_ready};
	struct wire_options wire = {.program = n.program, .core = 0, .memory_mb = MEMORY_MB, .pci = address};
	mkdir("/var", 0755);
	mkdir("/var/run", 0755); /* where DPDK keeps what it keeps */
	if (network_reserve_pages(PAGES) != 0 || network_take_device(address, sizeof address) != 0 || wire_init_eal(&wire) != 0)
		return 3;
	struct rte_mempool *pool = nf_loop_pool(n.program, 2u * QUEUE + POOL_SPARE);
	return pool && wire_start_port(p.port, pool, QUEUE, 1) == 0 ? nf_loop_run(&p) : 3;
}
