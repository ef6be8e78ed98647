/* The stateful firewall's memory: who talks to whom, so that answers pass without a rule of their own. */
#ifndef NETVM_FIREWALL_CONNECTIONS_H
#define NETVM_FIREWALL_CONNECTIONS_H

#include "../common/flows.h"

#define CONNECTIONS 262144u /* a power of two; 16 MB */

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u

enum connection_state {
	CONNECTION_OPENING = 0, /* one side was heard so far */
	CONNECTION_OPEN = 1,
	CONNECTION_CLOSING = 2,
	CONNECTION_STATES = 3,
};

/* In `value` of an entry, beside the state: the one that began is the greater endpoint. */
#define CONNECTION_TURNED 4u

struct connections {
	struct nf_flows flows;
	uint64_t timeout[2][CONNECTION_STATES]; /* ticks; of others, of TCP */
};

enum connection_verdict { CONNECTION_KNOWN, CONNECTION_NEW, CONNECTION_NONE };

/* The connection of a flow: both directions have one key, the lesser endpoint first. */
static inline struct netvm_flow connection_key(const struct netvm_flow *f, uint32_t *turned)
{
	int64_t by_address = f->src.high != f->dst.high ? (f->src.high < f->dst.high ? -1 : 1)
							: (f->src.low < f->dst.low ? -1 : f->src.low > f->dst.low);
	*turned = by_address > 0 || (by_address == 0 && f->src_port > f->dst_port) ? CONNECTION_TURNED : 0;
	uint32_t ports = *turned ? (uint32_t)f->dst_port << 16 | f->src_port : (uint32_t)f->src_port << 16 | f->dst_port;
	return (struct netvm_flow){
		.src = {*turned ? f->dst.high : f->src.high, *turned ? f->dst.low : f->src.low},
		.dst = {*turned ? f->src.high : f->dst.high, *turned ? f->src.low : f->dst.low},
		.rest = netvm_flow_rest(ports, f->protocol, f->version),
	};
}

/*
 * What is known about a packet's connection: KNOWN (it may pass; the connection's time begins anew), NEW (the rules decide,
 * then connection_add), or NONE (TCP that belongs to no connection and opens none). tcp_flags: 0 where there is no TCP
 * header.
 */
static inline enum connection_verdict connection_look(struct connections *c, const struct netvm_flow *flow, uint8_t tcp_flags,
						      uint64_t now)
{
	uint32_t turned, tcp = flow->protocol == NETVM_TCP;
	struct netvm_flow key = connection_key(flow, &turned);
	struct nf_flow_entry *e = nf_flows_find(&c->flows, netvm_flow_hash(&key), &key, now);
	int opens = (tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
	if (!e || (opens && (e->value & 3) == CONNECTION_CLOSING))
		return tcp && !opens ? CONNECTION_NONE : CONNECTION_NEW;
	uint64_t state = e->value & 3, begun_turned = e->value & CONNECTION_TURNED;
	if (tcp_flags & (TCP_FIN | TCP_RST))
		state = CONNECTION_CLOSING;
	else if (state == CONNECTION_OPENING && turned != begun_turned)
		state = CONNECTION_OPEN;
	e->value = state | begun_turned;
	e->expires = now + c->timeout[tcp][state];
	return CONNECTION_KNOWN;
}

/* Remembers a connection that the rules allow. 0 where its places are all taken by open ones; half-open ones give way. */
static inline int connection_add(struct connections *c, const struct netvm_flow *flow, uint64_t now)
{
	uint32_t turned, tcp = flow->protocol == NETVM_TCP;
	struct netvm_flow key = connection_key(flow, &turned);
	uint32_t hash = netvm_flow_hash(&key);
	struct nf_flow_entry *e = nf_flows_place(&c->flows, hash, &key);
	if (e->expires > now && !netvm_flow_equal(&e->flow, &key)) {
		struct nf_flow_entry *set = nf_flows_set(&c->flows, hash);
		e = NULL;
		for (uint32_t i = 0; i < NF_FLOWS_WAYS && !e; i++)
			e = (set[i].value & 3) == CONNECTION_OPEN ? NULL : &set[i];
		if (!e)
			return 0;
	}
	*e = (struct nf_flow_entry){.flow = key, .expires = now + c->timeout[tcp][CONNECTION_OPENING], .value = turned};
	return 1;
}

#endif
