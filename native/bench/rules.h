/* Rules of all shapes for benchmarks of what looks them up. */
#ifndef NETVM_BENCH_RULES_H
#define NETVM_BENCH_RULES_H

#include "../match/classify.h"

#define BENCH_RULES 10000u

/* BENCH_RULES rules on the generator's addresses, the same each time; their verdicts are 1. */
const struct match_rule *bench_rules(void);

#endif
