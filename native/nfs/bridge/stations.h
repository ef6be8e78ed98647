/* The bridge's table: which station was heard of on which port, and when. Four places for each, no chains. */
#ifndef NETVM_BRIDGE_STATIONS_H
#define NETVM_BRIDGE_STATIONS_H

#include "../../abi/bytes.h"

#define STATIONS 8192u /* a power of two */
#define STATIONS_WAYS 4u

/* 16 bytes, so that a set of four is one cache line. */
struct station {
	uint64_t key;
	uint32_t seen_s; /* seconds, from 1; 0: free */
	uint32_t port;
};

struct stations {
	struct station *table;
	uint64_t ageing_s;
	uint64_t moved, not_learned;
};

static inline uint64_t station_key(const uint8_t *mac, uint32_t vlan)
{
	return (uint64_t)vlan << 48 | (uint64_t)netvm_be16(mac) << 32 | netvm_be32(mac + 2);
}

static inline struct station *station_set(const struct stations *t, uint64_t key)
{
	return &t->table[(key * 0x9e3779b97f4a7c15ull >> 40) * STATIONS_WAYS & (STATIONS - 1)];
}

static inline int station_is_old(const struct stations *t, const struct station *s, uint32_t now_s)
{
	return s->seen_s == 0 || now_s - s->seen_s > t->ageing_s;
}

/* NULL where the station is not known. */
static inline struct station *station_find(const struct stations *t, uint64_t key, uint32_t now_s)
{
	struct station *set = station_set(t, key);
	for (uint32_t i = 0; i < STATIONS_WAYS; i++) {
		if (set[i].key == key && !station_is_old(t, &set[i], now_s))
			return &set[i];
	}
	return 0;
}

/* A full set keeps what it has: a storm of made-up addresses must not push known stations out. */
static inline void station_learn(struct stations *t, uint64_t key, uint32_t port, uint32_t now_s)
{
	struct station *s = station_find(t, key, now_s), *set = station_set(t, key);
	for (uint32_t i = 0; i < STATIONS_WAYS && !s; i++) {
		if (station_is_old(t, &set[i], now_s)) {
			s = &set[i];
			*s = (struct station){.key = key, .port = port};
		}
	}
	if (!s) {
		t->not_learned++;
		return;
	}
	t->moved += s->port != port;
	s->port = port;
	s->seen_s = now_s;
}

#endif
