/* main() of every NF in a guest with a kernel: the region is the memory of an ivshmem device. init runs it, told how by the launcher. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../abi/guest.h"
#include "../nflib/loop.h"
#include "host.h"
#include "ivshmem.h"

struct options {
	uint32_t slot;
	uint32_t pid; /* the launcher's: to netvmd, that one is the NF */
	enum netvm_nf_mode mode;
	int argc; /* the NF's own */
	char **argv;
};

static int read_options(struct options *o, int argc, char **argv)
{
	char mode[16];
	if (argc < 5 || sscanf(argv[1], "--slot=%u", &o->slot) != 1 || sscanf(argv[2], "--pid=%u", &o->pid) != 1 || sscanf(argv[3], "--mode=%15s", mode) != 1 ||
	    strcmp(argv[4], "--") != 0)
		return -1;
	o->mode = strcmp(mode, "poll") == 0 ? NETVM_MODE_POLL : strcmp(mode, "adaptive") == 0 ? NETVM_MODE_ADAPTIVE : NETVM_MODE_SHARED;
	o->argc = argc - 5;
	o->argv = argv + 5;
	return 0;
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "nf-%s: in the guest: %s%s\n", netvm_nf.name, what, why);
	return 3;
}

int main(int argc, char **argv)
{
	static struct netvm_attachment a;
	struct options o;
	struct ivshmem region;
	char error[256];
	if (read_options(&o, argc, argv) != 0)
		return refuse("", "it was not started by netvm-vm of this build");
	if (netvm_nf.start && netvm_nf.start(o.argc, o.argv, error, sizeof error) != 0) {
		fprintf(stderr, "nf-%s: %s\n", netvm_nf.name, error);
		return 2;
	}
	mlockall(MCL_CURRENT | MCL_FUTURE); /* best effort, as in a process */
	const char *fault = ivshmem_open(&region, 0);
	if (fault)
		return refuse("", fault);
	fault = netvm_join(&a, region.memory, region.bytes, o.slot, o.pid, netvm_nf.name);
	if (fault)
		return refuse("the region ", fault);
	fault = host_open(region.memory);
	if (fault)
		return refuse("", fault);
	netvm_ready(&a);
	host_say(NETVM_GUEST_READY);
	netvm_nf_loop(&a, &netvm_nf, o.mode);
	if (netvm_nf.stop)
		netvm_nf.stop();
	__atomic_store_n(&a.slot->state, NETVM_NF_GONE, __ATOMIC_RELEASE);
	return 0;
}
