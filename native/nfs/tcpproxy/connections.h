/*
 * Connections whose client has shown a valid cookie: what it takes to splice them. Four places for each, as in common/flows.h, but the place is chosen by
 * a hash with a secret: who owns many addresses cannot fill a set of his choice.
 */
#ifndef NETVM_TCPPROXY_CONNECTIONS_H
#define NETVM_TCPPROXY_CONNECTIONS_H

#include "cookie.h"

#define CONNECTIONS 262144u /* a power of two; 16 MB */
#define CONNECTIONS_WAYS 4u

enum connection_state {
	CONNECTION_OPENING, /* the server was asked */
	CONNECTION_OPEN,    /* and has answered */
	CONNECTION_CLOSING, /* both have sent a FIN, or one a RST */
	CONNECTION_STATES,
};

struct connection {
	_Alignas(64) struct netvm_flow flow; /* client to server */
	uint32_t expires_s;                  /* free where that is not after now */
	uint32_t client_isn;
	uint32_t cookie; /* the proxy's own initial number towards the client */
	uint32_t delta;  /* cookie less the server's initial number */
	uint8_t state;   /* enum connection_state */
	uint8_t mss_index;
	uint8_t client_fin, server_fin;
	uint8_t syn_again; /* the client has begun anew, or somebody in its name: its next cookie decides */
};
_Static_assert(sizeof(struct connection) == 64, "a look-up reads one cache line where the first place hits");

struct connections {
	struct connection *entries;
	uint32_t timeout_s[CONNECTION_STATES];
};

static inline struct connection *connection_set(const struct connections *c, const uint64_t key[2], const struct netvm_flow *flow)
{
	uint64_t words[COOKIE_WORDS];
	uint32_t n = cookie_flow_words(flow, words);
	return &c->entries[(siphash(key, words, n, 1, 3) * CONNECTIONS_WAYS) & (CONNECTIONS - 1)];
}

/* The living connection of a flow from client to server, or NULL. */
static inline struct connection *connection_find(const struct connections *c, const uint64_t key[2], const struct netvm_flow *flow,
						 uint32_t now_s)
{
	struct connection *set = connection_set(c, key, flow);
	for (uint32_t i = 0; i < CONNECTIONS_WAYS; i++) {
		if (netvm_flow_equal(&set[i].flow, flow))
			return set[i].expires_s > now_s ? &set[i] : 0;
	}
	return 0;
}

/* A place for a connection that is not known: its own of before, a free one, or that of one that is not open. NULL where four are open. */
static inline struct connection *connection_place(const struct connections *c, const uint64_t key[2], const struct netvm_flow *flow,
						  uint32_t now_s)
{
	struct connection *set = connection_set(c, key, flow), *first = 0;
	for (uint32_t i = 0; i < CONNECTIONS_WAYS; i++) {
		int is_free = set[i].expires_s <= now_s;
		if (netvm_flow_equal(&set[i].flow, flow))
			return &set[i];
		if ((is_free || set[i].state != CONNECTION_OPEN) && (!first || set[i].expires_s < first->expires_s))
			first = &set[i];
	}
	return first;
}

/* Its time begins anew. */
static inline void connection_refresh(const struct connections *c, struct connection *one, uint32_t now_s)
{
	one->expires_s = now_s + c->timeout_s[one->state];
}

#endif
