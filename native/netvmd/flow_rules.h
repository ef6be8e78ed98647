/* Which chain a flow is of that no exact match says anything about: wildcard rules, the first that matches wins. */
#ifndef NETVM_NETVMD_FLOW_RULES_H
#define NETVM_NETVMD_FLOW_RULES_H

#include "../match/classify.h"

#define FLOW_RULES_MAX 10000u

struct flow_rules;

/*
 * Makes rules ready to be looked up; the verdict of each is its chain. It takes memory and time (tenths of a second for as many as there may be),
 * so it is for the control thread: the data path is given the new rules, and the old ones are freed when it has let go of them.
 * NULL with a sentence in `error` that names the field (`rules[2].dst: ...`).
 */
struct flow_rules *flow_rules_build(const struct match_rule *rules, uint32_t n, char *error, uint32_t error_bytes);
void flow_rules_free(struct flow_rules *rules);

/* The chain of the first rule that matches, or -1. Changes nothing. */
int flow_rules_find(const struct flow_rules *rules, const struct netvm_flow *flow);

#endif
