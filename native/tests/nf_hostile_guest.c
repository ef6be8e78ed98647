/*
 * nf-hostile-guest -- HOW: an NF for a guest that keeps to no rule.
 *   garbage  joins, and with the first packet writes over everything that the guest sees of the host, again and again
 *   silent   never says that it is ready
 *   hang     says that it is ready, and lets nothing else in its guest run any more
 *   panic    makes its guest's kernel panic
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../abi/guest.h"
#include "../guest/host.h"
#include "../guest/ivshmem.h"
#include "../nflib/attach.h"

static void tell_kernel(const char *file, const char *what)
{
	int fd = open(file, O_WRONLY);
	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		perror(file);
}

/* With no share of the time left for others, as init would need it. */
static _Noreturn void hang(void)
{
	struct sched_param first = {.sched_priority = 99};
	tell_kernel("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	host_say(NETVM_GUEST_READY);
	sched_setscheduler(0, SCHED_FIFO, &first);
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static _Noreturn void write_garbage(uint64_t *memory, uint64_t bytes)
{
	for (uint64_t seed = 0x9e3779b97f4a7c15ull;; seed += 2) {
		for (uint64_t i = 0, x = seed; i < bytes / sizeof *memory; i++) {
			x = x * 6364136223846793005ull + 1442695040888963407ull;
			memory[i] = x;
		}
	}
}

int main(int argc, char **argv)
{
	static struct netvm_attachment a;
	struct ivshmem region;
	unsigned slot = 0, pid = 0;
	const char *how = argc > 5 ? argv[5] : "";
	if (argc < 6 || sscanf(argv[1], "--slot=%u", &slot) != 1 || sscanf(argv[2], "--pid=%u", &pid) != 1)
		return 2;
	const char *fault = ivshmem_open(&region, 0);
	if (!fault)
		fault = netvm_join(&a, region.memory, region.bytes, slot, pid, "hostile");
	if (!fault)
		fault = host_open(region.memory);
	if (fault) {
		fprintf(stderr, "nf-hostile: %s\n", fault);
		return 3;
	}
	if (strcmp(how, "silent") == 0)
		pause();
	if (strcmp(how, "hang") == 0)
		hang();
	if (strcmp(how, "panic") == 0)
		tell_kernel("/proc/sysrq-trigger", "c");
	netvm_ready(&a);
	host_say(NETVM_GUEST_READY);
	while (netvm_ring_empty(&a.inlet[0].ring))
		usleep(1000);
	write_garbage(region.memory, region.bytes);
}
