/* Benchmarks of the NFs, one packet in one burst after another. */
#ifndef NETVM_BENCH_NFS_H
#define NETVM_BENCH_NFS_H

#include "setups.h"

/* The NF of a setup. */
const struct netvm_nf *bench_nf(const struct setup *s);

/* Cycles for each packet of the NF that was started last, in the smallest frames of 1024 flows (64 bytes, 88 of IPv6); adds to the checksum. */
double bench_nf_run(const struct netvm_nf *nf, const struct setup *s, uint32_t rounds, uint64_t *checksum);

/* Builds a classifier of 10,000 rules. Returns 0, or -1 with a sentence in `error`. */
int bench_rules_start(char *error, uint32_t error_bytes);

/* Cycles for each look-up among 10,000 rules, without a cache of verdicts; adds to the checksum. */
double bench_rules_run(uint32_t rounds, uint64_t *checksum);

#endif
