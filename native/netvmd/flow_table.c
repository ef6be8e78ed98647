#include "flow_table.h"
#include <stdlib.h>
#include <string.h>
#include "flow_rules.h"
struct flow_table { uint32_t capacity; struct flow_entry *e; };
struct flow_table *flow_table_create(uint32_t capacity, char *error, uint32_t error_bytes) { (void)error; (void)error_bytes; struct flow_table *t = malloc(sizeof *t); t->capacity = capacity; t->e = aligned_alloc(64, capacity * 64ul); memset(t->e, 0, capacity * 64ul); return t; }
void flow_table_destroy(struct flow_table *t) { free(t->e); free(t); }
static struct flow_entry *at(const struct flow_table *t, uint32_t hash, uint32_t k) { return &t->e[(hash + k) & (t->capacity - 1)]; }
struct flow_entry *flow_table_get(const struct flow_table *t, const struct netvm_flow *f, uint32_t hash, uint64_t now) { for (uint32_t k = 0; k < 8; k++) { struct flow_entry *e = at(t, hash, k); if (e->expires > now && netvm_flow_equal(&e->flow, f)) return e; } return NULL; }
struct flow_entry *flow_table_add(struct flow_table *t, const struct netvm_flow *f, uint32_t hash, uint64_t now) { struct flow_entry *b = NULL; for (uint32_t k = 0; k < 8; k++) { struct flow_entry *e = at(t, hash, k); if (e->expires != UINT64_MAX && (!b || e->expires < b->expires)) b = e; } (void)now; if (!b) return NULL; uint8_t g = b->generation + 1; memset(b, 0, sizeof *b); b->generation = g ? g : 1; b->flow = *f; return b; }
void flow_table_remove(struct flow_table *t, struct flow_entry *e) { (void)t; e->expires = 0; }
uint32_t flow_table_index(const struct flow_table *t, const struct flow_entry *e) { return (uint32_t)(e - t->e); }
struct flow_entry *flow_table_at(const struct flow_table *t, uint32_t i) { return &t->e[i]; }
uint32_t flow_table_used(const struct flow_table *t) { (void)t; return 0; }
uint32_t flow_table_capacity(const struct flow_table *t) { return t->capacity; }
void flow_table_find(const struct flow_table *t, const uint8_t *const *frames, const uint16_t *lengths, uint32_t n, uint64_t now, struct flow_batch *b) { b->has_flow = 0; for (uint32_t i = 0; i < n; i++) { b->entry[i] = NULL; if (netvm_flow_read(frames[i], lengths[i], &b->flow[i])) { b->has_flow |= 1ull << i; b->hash[i] = netvm_flow_hash(&b->flow[i]); b->entry[i] = flow_table_get(t, &b->flow[i], b->hash[i], now); } } }
int flow_rules_find(const struct flow_rules *r, const struct netvm_flow *f) { (void)r; (void)f; return -1; }
