/* Benchmarks of what netvmd finds out of a burst's flows: its flow table and its rules. */
#ifndef NETVM_BENCH_CLASSIFY_H
#define NETVM_BENCH_CLASSIFY_H

#include "paths.h"

/* The last has no name. */
extern const struct path_step classify_steps[];

/* Makes a full flow table, rules and room for frames. Returns 0, or -1 with a sentence in `error`. */
int bench_classify_start(char *error, uint32_t error_bytes);

#endif
