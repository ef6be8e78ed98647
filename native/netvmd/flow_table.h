/* stub */
#ifndef NETVM_NETVMD_FLOW_TABLE_H
#define NETVM_NETVMD_FLOW_TABLE_H
#include "../abi/flow.h"
struct flow_entry { _Alignas(64) struct netvm_flow flow; uint64_t expires; uint16_t chain, route, epoch; uint8_t pinned, generation; };
struct flow_batch { struct netvm_flow flow[64]; uint32_t hash[64]; struct flow_entry *entry[64]; uint64_t has_flow; };
struct flow_table;
struct flow_table *flow_table_create(uint32_t capacity, char *error, uint32_t error_bytes);
void flow_table_destroy(struct flow_table *);
void flow_table_find(const struct flow_table *, const uint8_t *const *frames, const uint16_t *lengths, uint32_t n, uint64_t now, struct flow_batch *);
struct flow_entry *flow_table_add(struct flow_table *, const struct netvm_flow *, uint32_t hash, uint64_t now);
struct flow_entry *flow_table_get(const struct flow_table *, const struct netvm_flow *, uint32_t hash, uint64_t now);
void flow_table_remove(struct flow_table *, struct flow_entry *);
uint32_t flow_table_index(const struct flow_table *, const struct flow_entry *);
struct flow_entry *flow_table_at(const struct flow_table *, uint32_t index);
uint32_t flow_table_used(const struct flow_table *);
uint32_t flow_table_capacity(const struct flow_table *);
#endif
