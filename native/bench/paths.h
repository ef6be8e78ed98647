/* Benchmarks of netvmd's data path, a packet in full bursts, on a port without DPDK behind it and NFs in this thread. */
#ifndef NETVM_BENCH_PATHS_H
#define NETVM_BENCH_PATHS_H

#include <stdint.h>

struct path_step {
	const char *name;
	/* Cycles for each packet; adds to the checksum. */
	double (*run)(uint32_t rounds, uint64_t *checksum);
};

/* The last has no name. */
extern const struct path_step path_steps[];

/* Before any of them. Returns 0, or -1 without memory. */
int bench_paths_start(void);

#endif
