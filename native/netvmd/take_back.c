/* The way out: every descriptor that comes back is checked against what netvmd itself knows. */
#include <assert.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../base/wire.h"
#include "path.h"

static uint32_t transmit(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	uint32_t sent = rte_eth_tx_burst(p->port, queue, m, (uint16_t)n);
	p->telemetry.values[COUNT_TX] += sent;
	p->telemetry.values[count_queue_tx(queue)] += sent;
	return sent;
}

static void keep(struct path *p, struct unsent *u, struct rte_mbuf **m, uint32_t n)
{
	assert(u->count + n <= BURST); /* nothing is taken for a queue that has some */
	for (uint32_t i = 0; i < n; i++)
		u->m[u->count++] = m[i];
	p->unsent_count += n;
}

/* Of one queue. A wire that is down takes nothing any more: what waits for it is dropped by name. */
static void send_kept_on(struct path *p, uint16_t queue)
{
	struct unsent *u = &p->unsent[queue];
	uint32_t n = u->count, gone = transmit(p, queue, u->m, n);
	if (gone == 0 && !wire_link_up(p->port)) {
		rte_pktmbuf_free_bulk(u->m, n);
		p->telemetry.values[COUNT_DROP_TX_DOWN] += n;
		gone = n;
	}
	u->count = n - gone;
	p->unsent_count -= gone;
	for (uint32_t i = 0; i < u->count; i++)
		u->m[i] = u->m[gone + i];
}

int path_send_kept(struct path *p)
{
	for (uint16_t q = 0; p->unsent_count > 0 && q < p->queues; q++) {
		if (p->unsent[q].count > 0)
			send_kept_on(p, q);
	}
	return p->unsent_count == 0;
}

void path_send(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct unsent *u = &p->unsent[queue];
	uint32_t sent = u->count == 0 ? transmit(p, queue, m, n) : 0;
	if (sent < n)
		keep(p, u, m + sent, n - sent);
}

/* The mbuf behind a descriptor and its holder byte, or NULL where the NF does not hold that buffer or its bounds make no sense. */
static inline struct rte_mbuf *check(struct region *r, const struct netvm_desc *d, uint8_t *holder)
{
	if (d->buffer >= r->buffers || (*holder = r->holder[d->buffer]) == HELD_BY_HOST ||
	    (uint32_t)d->offset + d->length > BUFFER_STRIDE || d->length == 0)
		return NULL;
	r->holder[d->buffer] = HELD_BY_HOST;
	return r->mbufs[d->buffer];
}

static void refuse(struct path *p, struct hop *hop)
{
	p->telemetry.values[COUNT_REFUSED]++;
	hop->refused++;
}

/* Asks for the mbuf headers (both lines: the port frees the buffer in the end) of the burst after this one. */
static void prefetch_next(const struct region *r, const struct netvm_consumer *out)
{
	for (uint32_t i = 0; i < BURST; i++) {
		uint32_t buffer = netvm_ring_peek(out, i)->buffer;
		if (buffer < r->buffers) {
			rte_prefetch0(r->mbufs[buffer]);
			rte_prefetch0((char *)r->mbufs[buffer] + RTE_CACHE_LINE_SIZE);
		}
	}
}

/* Packets of one queue: into the next segment, or out of the port where there is none. */
static void pass_on(struct path *p, struct segment *next, uint8_t holder, struct rte_mbuf **m, uint32_t n)
{
	if (next)
		path_hand_to(p, next, holder, m, n);
	else
		path_send(p, (uint16_t)(holder - HELD_BY_CHAIN), m, n);
}

/* The n packets have been held as `holders` say: those of one queue in a row go together. */
static void pass_on_runs(struct path *p, struct segment *next, const uint8_t *holders, struct rte_mbuf **m, uint32_t n)
{
	for (uint32_t start = 0, end; start < n; start = end) {
		for (end = start + 1; end < n && holders[end] == holders[start]; end++)
			;
		pass_on(p, next, holders[start], m + start, end - start);
	}
}

static void leave(struct path *p, struct segment *s, uint32_t n)
{
	p->in_flight -= n;
	s->in_flight -= n < s->in_flight ? n : s->in_flight;
}

static void take_burst(struct path *p, struct segment *s, struct hop *hop, const struct netvm_desc *desc, uint32_t n)
{
	struct rte_mbuf *going[BURST], *dropped[BURST];
	uint8_t holders[BURST] = {0}, mixed = 0;
	uint32_t goings = 0, drops = 0;
	struct region *r = s->region;
	struct segment *next = s + 1 < p->chain.segment + p->chain.segments ? s + 1 : NULL;
	struct region *to = next ? next->region : &p->region;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t holder;
		struct rte_mbuf *m = check(r, &desc[i], &holder);
		if (!m) {
			refuse(p, hop);
			continue;
		}
		if (desc[i].action == NETVM_ACTION_NEXT) {
			m->data_off = desc[i].offset;
			m->data_len = desc[i].length;
			m->pkt_len = desc[i].length;
			holders[goings] = holder;
			mixed |= holder ^ holders[0];
			going[goings++] = m;
		} else {
			dropped[drops++] = m;
		}
	}
	leave(p, s, goings + drops);
	if (to != r && goings > 0)
		goings = path_cross(p, r, to, going, goings);
	if (mixed == 0 && goings > 0) /* packets come in by bursts of one queue, and the chain keeps their order */
		pass_on(p, next, holders[0], going, goings);
	else
		pass_on_runs(p, next, holders, going, goings);
	if (drops > 0) {
		rte_pktmbuf_free_bulk(dropped, drops);
		p->telemetry.values[COUNT_NF_DROP_FIRST + hop->number] += drops;
	}
}

static uint32_t take_from(struct path *p, struct segment *s, struct hop *hop)
{
	struct netvm_desc desc[BURST];
	uint32_t n, taken = 0;
	while (p->unsent_count == 0 && (n = netvm_ring_pop(&hop->out, desc, BURST)) > 0) {
		prefetch_next(s->region, &hop->out);
		take_burst(p, s, hop, desc, n);
		path_look_at_clock(p, rte_rdtsc(), n);
		taken += n;
		if (hop->refused + hop->out.broken > REFUSED_MAX || taken > s->region->ring_entries)
			break;
	}
	return taken;
}

uint32_t path_take_back_from(struct path *p, struct segment *s)
{
	uint32_t taken = 0;
	for (uint32_t i = s->length; i-- > 0;)
		taken += take_from(p, s, &p->chain.hops[s->first + i]);
	return taken;
}

uint32_t path_take_back(struct path *p)
{
	uint32_t taken = 0;
	if (!path_send_kept(p))
		return 0;
	for (uint32_t i = p->chain.segments; i-- > 0;)
		taken += path_take_back_from(p, &p->chain.segment[i]);
	return taken;
}
