/* stub */
#ifndef NETVM_NETVMD_FLOW_RULES_H
#define NETVM_NETVMD_FLOW_RULES_H
#include "../abi/flow.h"
struct flow_rules;
int flow_rules_find(const struct flow_rules *, const struct netvm_flow *);
#endif
